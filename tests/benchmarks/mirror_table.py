"""What the benchmark of the mirror found, as a table in markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from tests.benchmarks.mailbox import Asked, Limits
from tests.benchmarks.one_run import Run
from tests.benchmarks.table import machine


@dataclass(slots=True)
class Phase:
    """A part of the benchmark: its runs, and the requests that these needed."""

    name: str
    runs: list[Run]
    requests: list[Asked]
    refused: int
    changes: int = 0


@dataclass(slots=True)
class Result:
    """What a benchmark of one size found; ``phone`` are the seconds from a phone's change to the mailbox."""

    cards: int
    limits: Limits
    conflicts: int = 0
    phases: list[Phase] = field(default_factory=list)
    phone: list[float] = field(default_factory=list)

    def phase(self, name: str) -> Phase:
        """Find a phase."""
        return next(each for each in self.phases if each.name == name)


def table(results: Sequence[Result]) -> str:
    """Write the results of one size, and of smaller ones to compare with."""
    first = results[0]
    limits = first.limits
    head = (
        f"`make bench-mirror N={first.cards}` on {datetime.now(UTC):%Y-%m-%d}, on {machine()}. The mailbox is the "
        f"simulator in a process of its own: {limits.requests:,} requests in {limits.window:g} s, 4 at a time, each "
        f"takes {limits.latency * 1000:g} ms. CPU and memory are those of the process that runs the mirror."
    )
    rows = [_row_of_first(first), _row("the run after it, its own echo", first.phase("its echo"))]
    rows += [_row_of_idle(first), *(_row_of_changes(each) for each in results), *_row_of_phone(first)]
    lines = ["| | requests | of them 429 | time | CPU | memory, at most |", "|---|---:|---:|---:|---:|---:|", *rows]
    return f"{head}\n\n" + "\n".join(lines) + "\n"


def rate(times: Sequence[float], limits: Limits) -> float | None:
    """Give how many requests there were in the whole windows from first to last, as a share of those permitted.

    ``times`` in seconds. None where all were answered within one window.
    """
    windows = int((times[-1] - times[0]) / limits.window)
    if not windows:
        return None
    asked = sum(each < times[0] + windows * limits.window for each in times)
    return asked / (windows * limits.requests)


def _row_of_first(result: Result) -> str:
    phase = result.phase("first mirror")
    begun = next((index for index, each in enumerate(phase.requests) if each.what == "POST contacts"), 0)
    share = rate([each.at for each in phase.requests[begun:]], result.limits)
    told = f", at {share:.1%} of the permitted rate from its first write on" if share is not None else ""
    return _row(f"first mirror of {result.cards:,}{told}", phase)


def _row_of_idle(result: Result) -> str:
    idle = result.phase("idle")
    first, *later = idle.runs
    took, cpu = (median(getattr(run, name) for run in later) * 1000 for name in ("seconds", "cpu"))
    cells = [f"{len(idle.requests) / len(idle.runs):g}", str(idle.refused), f"{took:.0f} ms"]
    cells += [f"{cpu:.0f} ms; the first one {first.cpu * 1000:.0f} ms", _memory(idle)]
    return f"| idle run, {result.cards:,} linked | {' | '.join(cells)} |"


def _row_of_changes(result: Result) -> str:
    phase = result.phase("changes")
    done = sum(phase.runs[0].counts.values())
    said = f"{phase.changes:,} changes in {done:,} contacts of {result.cards:,}, {result.conflicts:,} in conflict"
    return _row(said, phase)


def _row_of_phone(result: Result) -> Iterator[str]:
    if result.phone:
        took = f"{median(result.phone):.2f} s, at most {max(result.phone):.2f} s"
        yield f"| a change on a phone is in the mailbox after | | | {took} | | |"


def _row(name: str, phase: Phase) -> str:
    (run,) = phase.runs
    cells = [
        f"{len(phase.requests):,}",
        str(phase.refused),
        f"{run.seconds:,.1f} s",
        f"{run.cpu:.1f} s",
        _memory(phase),
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _memory(phase: Phase) -> str:
    return f"{max(run.memory for run in phase.runs):.0f} MB"
