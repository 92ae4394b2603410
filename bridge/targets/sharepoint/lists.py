"""What the two ways to a contacts list have in common: the port between the target and its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bridge.targets.base import FolderGone, Forbidden, ItemError, Step
from bridge.targets.sharepoint.columns import TEMPLATE, Column, Columns
from bridge.targets.sharepoint.mapping import Row, Values
from storage_plugin.model.mirror import ItemId


@dataclass(frozen=True, slots=True)
class Insert:
    """Make a row."""

    values: Values


@dataclass(frozen=True, slots=True)
class Change:
    """Write some values of a row that is at ``version``."""

    id: ItemId
    version: str
    values: Values


@dataclass(frozen=True, slots=True)
class Recycle:
    """Move a row that is at ``version`` into the site's recycle bin."""

    id: ItemId
    version: str


Write = Insert | Change | Recycle

Done = Row | ItemError | None
"""What became of a write: the row, None when it is in the recycle bin, or why it was not done."""


@dataclass(frozen=True, slots=True)
class Read:
    """Rows, and why some that are there cannot be read."""

    rows: Sequence[Row]
    unread: Mapping[ItemId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What changed; ``full``: ``rows`` is the whole list, but for those that cannot be read."""

    rows: Sequence[Row]
    removed: Sequence[ItemId]
    cursor: str
    full: bool
    unread: Mapping[ItemId, str] = field(default_factory=dict)


class ContactsList(Protocol):
    """A way to a list. Methods may raise the errors of TargetError that concern more than one row.

    ``batch`` is how many writes ``write`` takes; ``folder`` names the list once it was found, ``""`` before.
    """

    batch: int
    folder: str

    def steps(self) -> AsyncIterator[Step]:
        """Check sign-in, site and list; change nothing."""

    async def find(self) -> Columns:
        """Find the list, or make it if it was never found; read its columns. Raises FolderGone."""

    async def add(self, column: Column) -> None:
        """Add a column; raise Forbidden."""

    async def index(self, column: Column) -> None:
        """Index a column; raise Forbidden."""

    async def changes(self, cursor: str | None) -> Told:
        """Read what changed since ``cursor``, or everything; raise CursorExpired."""

    async def read(self, ids: Sequence[ItemId]) -> Read:
        """Read rows; what is not there is left out. Raises FolderGone where the list itself is not there."""

    async def where(self, column: Column, texts: Sequence[str]) -> Read:
        """Find rows by the text of an indexed column."""

    async def write(self, writes: Sequence[Write]) -> Sequence[Done]:
        """Do up to ``batch`` writes; a failed one does not stop the rest."""

    async def remove(self) -> None:
        """Move the list into the site's recycle bin."""

    async def close(self) -> None:
        """Give back connections."""


def no_list(name: str) -> FolderGone:
    """Say that a list is gone."""
    return FolderGone(f"The list {name} is no longer on the site.")


def no_contacts(name: str) -> Forbidden:
    """Say that a list is another sort of list."""
    return Forbidden(f"The list {name} is no contacts list (template {TEMPLATE}): choose another name.")


def no_columns(words: str) -> Forbidden:
    """Say that a column is missing that this account may not add."""
    return Forbidden(
        f"The list needs the columns of Contact Bridge, and this account may not add them ({words}): have somebody "
        "start the mirror once who may manage the list, or grant Sites.Manage.All to the app."
    )


def other_column(column: Column) -> FolderGone:
    """Say that a column of another type has the name of one of ours."""
    return FolderGone(f"The list has a column {column.name} of another type: rename it, or choose another list.")
