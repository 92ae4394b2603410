"""How many requests the DAV workers answered, with what, and how fast: counted where it costs least.

Each worker counts into a file of 3.4 kB that it has mapped into memory (two microseconds a request, no system call);
whoever wants to know adds the files up. The supervisor makes the files in the data folder and holds a lock on each: a
worker that is started again goes on counting, and a file that nobody holds is of a server that has ended.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

FOLDER = "counts"
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes of latency, in seconds; one more class is without a bound."""

METHODS = ("PROPFIND", "REPORT", "GET", "PUT", "DELETE", "other")
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")

_CLASSES = len(BOUNDS) + 1
_SUM = len(STATUSES) * _CLASSES
_WIDTH = _SUM + 1
_ROWS = {method: row * _WIDTH for row, method in enumerate(METHODS)}
_OTHER = _ROWS["other"]
_SIZE = 8 * _WIDTH * len(METHODS)
"""A row for each method: how many answers, by status and then by latency; and the microseconds together."""

Application = Callable[..., Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Counts:
    """What was answered to one method: by class of latency, the seconds together, and by class of status."""

    classes: Sequence[int]
    seconds: float
    statuses: Mapping[str, int]


class Counter:
    """Counts in memory that is shared with whoever reads the file."""

    def __init__(self, descriptor: int) -> None:
        self._cells = memoryview(mmap.mmap(descriptor, _SIZE)).cast("Q")
        self._lock = Lock()

    def note(self, method: str, status: str, seconds: float) -> None:
        """Count one answer; ``status`` is a status line."""
        row, cells = _ROWS.get(method, _OTHER), self._cells
        cell = row + (int(status[0]) - 1) * _CLASSES + bisect_left(BOUNDS, seconds)
        with self._lock:
            cells[cell] += 1
            cells[row + _SUM] += int(seconds * 1e6)


def counted(application: Application, counter: Counter) -> Application:
    """Wrap a WSGI application whose answers are to be counted; the time includes waiting for the client's body."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began, said = perf_counter(), "5"

        def start(status: str, *more: Any) -> Any:
            nonlocal said
            said = status
            return start_response(status, *more)

        try:
            return application(environ, start)
        finally:
            counter.note(environ["REQUEST_METHOD"], said, perf_counter() - began)

    return answer


def make(folder: Path, name: str, number: int) -> list[int]:
    """Make the files of a server's workers, and give their descriptors, locked; none where they cannot be written."""
    place = folder / FOLDER
    try:
        place.mkdir(exist_ok=True, mode=0o700)
        for old in place.iterdir():
            with suppress(OSError), old.open("rb") as raw:
                fcntl.flock(raw, fcntl.LOCK_EX | fcntl.LOCK_NB)
                old.unlink()
        return [_made(place / f"{name}-{index}") for index in range(1, number + 1)]
    except OSError:  # a folder that may not be written to, or none: phones are answered all the same
        return []


def _made(file: Path) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    os.ftruncate(descriptor, _SIZE)
    return descriptor


def read(folder: Path) -> Mapping[str, Counts]:
    """Add up what all workers on this machine have counted, by method."""
    total = [0] * (_SIZE // 8)
    place = folder / FOLDER
    for file in place.iterdir() if place.is_dir() else ():
        with suppress(FileNotFoundError):
            content = file.read_bytes()
            if len(content) == _SIZE:
                total = [sum(pair) for pair in zip(total, memoryview(content).cast("Q"), strict=True)]
    return {method: _counts(total[row : row + _WIDTH]) for method, row in _ROWS.items()}


def _counts(row: Sequence[int]) -> Counts:
    by_status = [row[at : at + _CLASSES] for at in range(0, _SUM, _CLASSES)]
    classes = [sum(each) for each in zip(*by_status, strict=True)]
    return Counts(classes, row[_SUM] / 1e6, dict(zip(STATUSES, map(sum, by_status), strict=True)))
