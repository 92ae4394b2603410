"""What a server's processes use: processor time to the nanosecond, and memory with shared pages counted once.

A process's clock can be read by other processes (clock_getcpuclockid(3)); it counts threads that have ended, too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_SCHEDULED = 2
"""CPUCLOCK_SCHED of the kernel's posix-timers."""


def family(root: int) -> list[int]:
    """Give a process and all that descend from it."""
    found, todo = [], [root]
    while todo:
        found.append(pid := todo.pop())
        with suppress(OSError):
            for listed in Path(f"/proc/{pid}/task").glob("*/children"):
                todo += [int(child) for child in listed.read_text().split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> dict[int, float]:
    """Give the processor time that each of these processes has used up to now; those that have ended are left out."""
    used = {}
    for pid in pids:
        with suppress(OSError):
            used[pid] = time.clock_gettime((~pid << 3) | _SCHEDULED)
    return used


def memory(pids: Iterable[int]) -> list[float]:
    """Give the proportional set size of each process, in MB."""
    sizes = []
    for pid in pids:
        with suppress(OSError):
            rolled = Path(f"/proc/{pid}/smaps_rollup").read_text()
            if size := re.search(r"^Pss:\s+(\d+)", rolled, re.M):
                sizes.append(int(size[1]) / 1024)
    return sizes
