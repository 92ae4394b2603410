"""Which kind of file target a path is."""

from __future__ import annotations

from pathlib import Path

from bridge.targets.base import Forbidden
from bridge.targets.file.contacts import FolderTarget
from bridge.targets.file.csv_contacts import TableTarget


def target_at(path: Path, folder: str = "") -> FolderTarget | TableTarget:
    """Give the target for ``path``; ``folder`` is what an earlier run found.

    An Outlook data file (.pst, BCM-28) has its place here; until it is supported it raises Forbidden.
    """
    match path.suffix.casefold():
        case ".pst":
            raise Forbidden(f"{path} is an Outlook data file, which is not supported yet: name a folder.")
        case ".csv":
            return TableTarget(path, folder=folder)
        case _:
            return FolderTarget(path, folder=folder)
