"""A folder on disk: files are read with their versions and replaced as a whole (POSIX rename(2), fsync(2)).

A version is the SHA-256 of the bytes, so that it says the same after a copy, a backup or a sync program. A file is
written under a hidden name beside its place, brought to the disk, and then renamed: whoever reads meanwhile, and
whatever breaks off, finds the old file or the new one. The hidden file ``.contact-bridge`` tells a folder that is
mirrored from the empty place where a drive or a share was not mounted.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from bridge.targets.base import Changed, FolderGone, Forbidden, Full, Gone, Unreachable

MARKER = ".contact-bridge"
ENDING = ".vcf"
_NEW = ".new"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class Disk:
    """The files of one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, known: str, fresh: str) -> str:
        """Give the folder's id: ``known`` if it bears that, else what it bears, else ``fresh``; raise FolderGone."""
        with translated():
            if not known:
                self.path.mkdir(exist_ok=True)
                if not (self.path / MARKER).exists():
                    self._replace(MARKER, f"{fresh}\n".encode())
            found = self._id()
            if not found or known not in ("", found):
                raise FolderGone(f"The folder {self.path} is not there any more, or another one is in its place.")
            for left in self.path.glob(f".*{ENDING}{_NEW}"):
                left.unlink()
            return found

    def names(self) -> list[str]:
        """Name the files of contacts, hidden ones left out."""
        with translated():
            if not self._id():
                raise FolderGone(f"The folder {self.path} is not there any more.")
            with os.scandir(self.path) as entries:
                return sorted(
                    entry.name
                    for entry in entries
                    if entry.name.casefold().endswith(ENDING) and not entry.name.startswith(".") and entry.is_file()
                )

    def read(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""
        if not is_plain(name):
            return None
        with translated():
            try:
                return (self.path / name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes, version: str) -> None:
        """Replace the file if it is at ``version``, or make it (``""``); raise Changed, Gone."""
        with translated():
            self._replace(name, content, version)

    def delete(self, name: str, version: str) -> None:
        """Remove the file if it is at ``version``; raise Changed, Gone."""
        with translated():
            self._check(name, version)
            (self.path / name).unlink()
            self._settle()

    def remove(self) -> None:
        """Remove the folder if nothing else is in it."""
        with translated():
            if [entry.name for entry in self.path.iterdir()] == [MARKER]:
                (self.path / MARKER).unlink()
                self.path.rmdir()

    def _replace(self, name: str, content: bytes, version: str = "") -> None:
        hidden = self.path / f".{name}{_NEW}"
        try:
            with hidden.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if version:
                self._check(name, version)
            elif (self.path / name).exists():
                raise Changed(f"There is a file {name} already.")
            hidden.replace(self.path / name)
        except BaseException:
            hidden.unlink(missing_ok=True)
            raise
        self._settle()

    def _check(self, name: str, version: str) -> None:
        content = self.read(name)
        if content is None:
            if not self._id():
                raise FolderGone(f"The folder {self.path} is not there any more.")
            raise Gone(f"There is no file {name}.")
        if version_of(content) != version:
            raise Changed(f"The file {name} has changed.")

    def _id(self) -> str:
        try:
            return (self.path / MARKER).read_text("utf-8", "replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            return ""

    def _settle(self) -> None:
        """Bring the folder's own list to the disk."""
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def version_of(content: bytes) -> str:
    """Give the version of a file's content."""
    return sha256(content).hexdigest()


def is_plain(name: str) -> bool:
    """Tell whether ``name`` names a file in the folder itself."""
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name


@contextmanager
def translated() -> Iterator[None]:
    """Turn the failures of the disk into ours."""
    try:
        yield
    except OSError as error:
        reason = f"{error.filename or 'The folder'}: {error.strerror}."
        if error.errno in _FULL:
            raise Full(reason) from error
        if error.errno in _FORBIDDEN:
            raise Forbidden(reason) from error
        if isinstance(error, (FileNotFoundError, NotADirectoryError, FileExistsError)):
            raise FolderGone(reason) from error
        raise Unreachable(reason) from error
