"""A disk that really gets full: a small file system where we may mount one.

Where we may not, files are bounded instead (RLIMIT_FSIZE of the processes that write): the kernel then refuses to let
them grow (EFBIG) as it does when a quota is used up (EDQUOT), in the places where a full disk says ENOSPC.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 20


@dataclass(frozen=True)
class SmallDisk:
    """A folder with little room; ``is_real`` tells a file system of its own from the substitute."""

    folder: Path
    is_real: bool

    @contextmanager
    def with_room_for(self, octets: int, processes: Iterable[int]) -> Iterator[None]:
        """Leave so much room: in all, or (substitute) in the write-ahead log that ``processes`` write first."""
        processes = list(processes)
        if self.is_real:
            self._fill(octets)
        else:
            grown = max((path.stat().st_size for path in self.folder.rglob("*-wal")), default=0)
            _bound(processes, grown + octets)
        try:
            yield
        finally:
            (self.folder / "ballast").unlink(missing_ok=True)
            if not self.is_real:
                _bound(processes, resource.RLIM_INFINITY)

    def _fill(self, leave: int) -> None:
        with (self.folder / "ballast").open("wb", buffering=0) as file:
            room = os.statvfs(self.folder)
            file.write(bytes(max(0, room.f_bavail * room.f_frsize - leave)))


def _bound(processes: Iterable[int], octets: int) -> None:
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


@contextmanager
def small_disk(folder: Path, *, mounts: bool) -> Iterator[SmallDisk]:
    """Make one; where it cannot be mounted (or shall not be), the substitute."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    is_real = mounts and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield SmallDisk(folder, is_real)
    finally:
        if is_real:
            subprocess.run(["umount", "-l", str(folder)], check=True)
