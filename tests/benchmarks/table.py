"""The results as a table in markdown, for people, and as JSON, for programs."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.operations import Measure, Operation
from tests.benchmarks.race import Result

_NONE = "–"
_SHOWN_FAULTS = 2


def table(results: Sequence[Result], operations: Sequence[Operation], cards: int, command: str) -> str:
    """Write everything: what was run where, the table, and what was wrong or estimated."""
    ours, rivals = results[0], results[1:]
    titles = ["", ours.server.name, "its CPU", *(rival.server.name for rival in rivals)]
    titles += ["÷ best rival"] if rivals else []
    rows = [_row(operation, ours, rivals) for operation in operations]
    rows += [_memory_row(results)]
    lines = [_line(titles), f"|---|{'---:|' * (len(titles) - 1)}", *map(_line, rows)]
    parts = [_head(results, cards, command), "\n".join(lines), _LEGEND, "\n".join(_remarks(results))]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_json(results: Sequence[Result], operations: Sequence[Operation], cards: int) -> dict[str, Any]:
    """Give the same for programs: seconds and rates by server and operation."""
    servers = {
        result.server.name: {
            "edition": result.server.edition,
            "memory_mb": result.memory,
            "operations": {each.name: _numbers(each, result.measures[each.name]) for each in operations},
        }
        for result in results
    }
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "cards": cards, "servers": servers}


def write_between(file: Path, mark: str, text: str) -> None:
    """Replace what stands between ``<!-- mark -->`` and ``<!-- /mark -->``; raise ValueError if these are missing."""
    before = file.read_text("utf-8")
    pattern = rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)"
    after, found = re.subn(pattern, lambda marks: f"{marks[1]}{text}{marks[2]}", before, flags=re.S)
    if not found:
        raise ValueError(f"{file.name} has no marks <!-- {mark} --> … <!-- /{mark} -->")
    file.write_text(after, "utf-8")


def p95(times: Sequence[float]) -> float:
    """Give the time that 19 of 20 answers do not exceed."""
    return quantiles(times, n=20)[-1] if len(times) > 1 else max(times, default=0.0)


_LEGEND = (
    "Median of an operation in milliseconds, seen by a client on the same machine (sockets, log-in and reading of "
    "the answer included, XML parsing excluded); with many clients: answers per second, and the time which 95 % of "
    "the answers do not exceed. *its CPU*: processor time of all our processes per operation, or per answer. "
    "*÷ best rival*: our time divided by the best time among the others, less is better; with many clients, their "
    "rate divided by ours. *≈*: estimated from the part that could be done in its time. All servers run at once, and "
    "each operation goes round them several times. Wrong answers are listed below and not counted; nor is anybody's "
    "first look at the book."
)


def _row(operation: Operation, ours: Result, rivals: Sequence[Result]) -> list[str]:
    own = ours.measures[operation.name]
    others = [rival.measures[operation.name] for rival in rivals]
    cpu = _ms(own.cpu / own.requests) if own.requests else _NONE
    cells = [_shown(operation, measure) for measure in (own, *others)]
    best = min((cost for other in others if (cost := _cost(operation, other))), default=None)
    mine = _cost(operation, own)
    ratio = [f"{mine / best:.2g}" if best and mine else _NONE] if rivals else []
    return [operation.name, cells[0], cpu, *cells[1:], *ratio]


def _memory_row(results: Sequence[Result]) -> list[str]:
    cells = [
        f"{len(result.memory)} × {sum(result.memory) / len(result.memory):.0f} MB" if result.memory else _NONE
        for result in results
    ]
    return ["memory of the processes (PSS)", cells[0], "", *cells[1:], *([""] if len(results) > 1 else [])]


def _shown(operation: Operation, measure: Measure) -> str:
    if not measure.times:
        return _NONE
    if not operation.is_rush:
        return f"{'≈ ' if measure.is_estimate else ''}{_ms(median(measure.times))}"
    errors = f", {measure.errors} errors" if measure.errors else ""
    return f"{len(measure.times) / measure.wall:,.0f}/s, {_ms(p95(measure.times))}{errors}"


def _cost(operation: Operation, measure: Measure) -> float | None:
    """Give the seconds of an operation, or of an answer among many: what ratios are made of."""
    if not measure.times:
        return None
    return measure.wall / len(measure.times) if operation.is_rush else median(measure.times)


def _ms(seconds: float) -> str:
    ms = seconds * 1000
    return f"{ms:,.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 10 else f"{ms:.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _head(results: Sequence[Result], cards: int, command: str) -> str:
    editions = "; ".join(f"{result.server.name} {result.server.edition}" for result in results)
    return f"`{command}` on {datetime.now(UTC):%Y-%m-%d}: {cards:,} cards on {machine()}. {editions}."


def machine() -> str:
    """Say what this machine is."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.M)
    model = cpu[1].strip() if cpu else platform.machine()
    gigabytes = f", {int(memory[1]) / 1024**2:.0f} GB memory" if memory else ""
    return (
        f"{os.cpu_count()} cores ({model}){gigabytes}, Linux {platform.release()}, Python {platform.python_version()}"
    )


def _remarks(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        for name, measure in result.measures.items():
            for fault, times in measure.faults.most_common(_SHOWN_FAULTS):
                again = f" ({times} times)" if times > 1 else ""
                yield f"- {result.server.name}, {name}: {fault}{again}"


def _numbers(operation: Operation, measure: Measure) -> dict[str, Any]:
    numbers: dict[str, Any] = {"samples": len(measure.times), "errors": measure.errors, "faults": measure.faults}
    if measure.times:
        numbers |= {
            "median_ms": median(measure.times) * 1000,
            "p95_ms": p95(measure.times) * 1000,
            "cpu_ms": measure.cpu / max(1, measure.requests) * 1000,
            "is_estimate": measure.is_estimate,
        }
    if operation.is_rush and measure.wall:
        numbers["rate"] = len(measure.times) / measure.wall
    return numbers
