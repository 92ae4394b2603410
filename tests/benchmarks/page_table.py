"""What the benchmark of the page found, as a table in markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from tests.benchmarks.page_visits import SEARCH, Wish
from tests.benchmarks.table import machine


@dataclass(frozen=True, slots=True)
class Found:
    """A page as it was answered: ``cpu`` of the page's process and ``wall`` as the browser sees it, in seconds."""

    wish: Wish
    status: int
    octets: int
    cpu: Sequence[float]
    wall: Sequence[float]

    @property
    def cpu_ms(self) -> float:
        """Give the median."""
        return median(self.cpu) * 1000

    @property
    def wall_ms(self) -> float:
        """Give the median."""
        return median(self.wall) * 1000

    @property
    def misses(self) -> bool:
        """Tell whether the processor time is above the goal."""
        return self.wish.goal is not None and self.cpu_ms >= self.wish.goal


def table(found: Sequence[Found], cards: int, memory: float, least: float = 0.0) -> str:
    """Write all of it; ``memory`` of the page's process in MB (PSS).

    Pages below ``least`` milliseconds have a sentence in common, but for searches.
    """
    times = len(found[0].cpu)
    head = (
        f"`make bench-pages N={cards}` on {datetime.now(UTC):%Y-%m-%d}, on {machine()}. Medians of {times} "
        f"requests of an administrator after two others, one at a time, in milliseconds: processor time of the "
        f"page's process, SQLite included, and what the browser waits for beside whatever else ran on this machine. "
        f"The process uses {memory:.0f} MB (PSS)."
    )
    missed = [each for each in found if each.misses]
    said = ", ".join(f"{each.wish.name} ({each.cpu_ms:.0f} ms)" for each in missed)
    foot = f"Above its goal: {said}." if missed else "Every page is below its goal."
    quick = [each for each in found if each.cpu_ms < least and each.wish.goal != SEARCH]
    rows = [_row(each) for each in found if each not in quick]
    lines = ["| page | CPU | wall | goal | kB |", "|---|---:|---:|---:|---:|", *rows]
    if quick:
        foot = f"The other {len(quick)} take {min(map(_cpu, quick)):.0f} to {max(map(_cpu, quick)):.0f} ms. {foot}"
    return f"{head}\n\n" + "\n".join(lines) + f"\n\n{foot}\n"


def _cpu(found: Found) -> float:
    return found.cpu_ms


def _row(found: Found) -> str:
    goal = f"{found.wish.goal:.0f}" if found.wish.goal is not None else "–"
    mark = "**" if found.misses else ""
    cells = [found.wish.name, f"{mark}{found.cpu_ms:.1f}{mark}", f"{found.wall_ms:.1f}", goal]
    return f"| {' | '.join(cells)} | {found.octets / 1000:.1f} |"
