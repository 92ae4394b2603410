"""What a mailbox holds: contacts, folders, categories, and the entries of the folders' logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

Value = str | list[str]


@dataclass(slots=True)
class Item:
    """A contact. ``properties`` is the open store; ``is_list`` marks a contact list, counted but never shown.

    ``changed`` says for each property at which change it was last written; ``before`` is the state one change ago.
    ``older_photos`` are pictures that EWS shows beside the present one.
    """

    key: int
    folder: str
    properties: dict[str, Value]
    created: datetime
    modified: datetime
    change: int
    moves: int = 0
    photo: bytes | None = None
    older_photos: list[bytes] = field(default_factory=list)
    is_list: bool = False
    changed: dict[str, int] = field(default_factory=dict)
    before: tuple[int, dict[str, Value]] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """The last thing that happened to an item in a folder; ``removed`` is the reason why it is not there any more.

    The ids are those that the item had there: a move changes the classic one.
    """

    change: int
    removed: str | None
    immutable: str
    classic: str


@dataclass(slots=True)
class Folder:
    """A folder of the class ``kind``: of contacts, the bin, the root, or one of those that EWS shows beside them.

    ``listed`` False: v1.0 does not show it (docs-contrib#6327). A ``deleted`` folder is in the bin, where EWS still
    finds it by its id; a ``purged`` one is nowhere.
    """

    id: str
    name: str
    parent: str
    log: dict[int, Entry] = field(default_factory=dict)
    deleted: bool = False
    purged: bool = False
    listed: bool = True
    kind: str = "IPF.Contact"


@dataclass(frozen=True, slots=True)
class Category:
    """An entry of the master list of categories."""

    id: str
    name: str
    color: str
