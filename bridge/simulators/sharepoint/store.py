"""A site with its contacts lists: rows, the change log, the recycle bin. Both faces stand over it.

What a person does at the site's pages is done with the methods here (``put``, ``recycle``, ``restore``, ``copy``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bridge.simulators.sharepoint.columns import SITE_COLUMNS, Column, Refusal, contacts_columns

Clock = Callable[[], datetime]
Values = Mapping[str, Any]

ADD, UPDATE, DELETE, RESTORE = 1, 2, 3, 7
"""The change types of ``SP.Change``."""

CONTACT, FOLDER = "0x0106", "0x0120"
"""How the ids of the content types begin."""

KEPT = timedelta(days=60)
"""How long the change log is kept."""


@dataclass(slots=True)
class Row:
    """A row; ``version`` grows by one with each write, also of its attached ``files`` (name → content)."""

    id: int
    values: dict[str, Any]
    created: datetime
    modified: datetime
    version: int = 1
    type: str = CONTACT
    guid: str = field(default_factory=lambda: str(uuid4()))
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the change log."""

    number: int
    at: datetime
    kind: int
    row: int
    guid: str


class ContactsList:
    """A list. ``threshold``: how many rows a query may look through (the list view threshold).

    ``corrupt`` are the IDs of rows over whose values the server fails: it can tell that they are there, no more.
    """

    def __init__(self, site: Site, title: str, template: int = 105) -> None:
        self.site = site
        self.id = str(uuid4())
        self.title = title
        self.template = template
        self.columns = contacts_columns() if template == 105 else {"Title": Column("Title")}
        self.rows: dict[int, Row] = {}
        self.bin: dict[int, Row] = {}
        self.log: list[Change] = []
        self.threshold = 5_000
        self.corrupt: set[int] = set()
        self._last = 0

    def add_site_columns(self) -> None:
        """Add the site columns that Outlook's contacts would need."""
        for name, kind in SITE_COLUMNS.items():
            self.columns[name] = Column(name, kind)

    def row(self, id: int) -> Row:
        """Find a row; raise Refusal ``gone``."""
        if id not in self.rows:
            raise Refusal("gone", "Item does not exist. It may have been deleted by another user.")
        return self.rows[id]

    def add(self, values: Values, type: str = CONTACT) -> Row:
        """Make a row."""
        taken = self._taken(values, {}, None)
        now = self.site.clock()
        self._last += 1
        row = Row(self._last, taken, now, now, type=type)
        self.rows[row.id] = row
        self._note(ADD, row)
        return row

    def put(self, row: Row, values: Values) -> None:
        """Write values into a row; each write is a new version, even one that changes nothing."""
        row.values = self._taken(values, row.values, row)
        self._touch(row)

    def copy(self, row: Row) -> Row:
        """Paste a row with all that is in it; where a column must be unique, SharePoint refuses this."""
        return self.add(row.values)

    def recycle(self, row: Row) -> None:
        """Move a row into the recycle bin."""
        self.bin[row.id] = self.rows.pop(row.id)
        self._note(DELETE, row)

    def delete(self, row: Row) -> None:
        """Delete a row for good."""
        del self.rows[row.id]
        self._note(DELETE, row)

    def attach(self, row: Row, name: str, content: bytes) -> None:
        """Attach a file; raise Refusal ``attached``."""
        if name.casefold() in map(str.casefold, row.files):
            raise Refusal("attached", f"The specified name is already in use: {name}.")
        self.site.check_room()
        row.files[name] = content
        self._touch(row)

    def detach(self, row: Row, name: str) -> None:
        """Take an attached file away."""
        del row.files[name]
        self._touch(row)

    def restore(self, id: int) -> None:
        """Bring a row back from the recycle bin, with its id."""
        row = self.bin.pop(id)
        self.rows[id] = row
        self._note(RESTORE, row)

    def where(self, name: str, value: str) -> list[Row]:
        """Find rows by a column (``ID`` too); raise Refusal ``threshold`` where this would look through too many."""
        if name == "ID":
            return [self.rows[int(value)]] if int(value) in self.rows else []
        if name not in self.columns:
            raise Refusal("unknown", f"The field or property '{name}' does not exist.")
        if not self.columns[name].indexed and len(self.rows) > self.threshold:
            raise Refusal(
                "threshold", "The attempted operation is prohibited because it exceeds the list view threshold."
            )
        return [row for row in self.rows.values() if str(row.values.get(name) or "").casefold() == value.casefold()]

    def changes(self, since: int) -> list[Change]:
        """List the changes after one, as far as the log is kept."""
        oldest = self.site.clock() - KEPT
        return [change for change in self.log if change.number > since and change.at > oldest]

    @property
    def last_change(self) -> int:
        """Give the number of the last change."""
        return self.site.changes

    def _touch(self, row: Row) -> None:
        row.version += 1
        row.modified = self.site.clock()
        self._note(UPDATE, row)

    def _taken(self, values: Values, before: Values, row: Row | None) -> dict[str, Any]:
        self.site.check_room()
        unknown = [name for name in values if name not in self.columns]
        if unknown:
            raise Refusal("unknown", f"Field '{unknown[0]}' is not recognized.")
        after = dict(before)
        for name, value in values.items():
            after[name] = self.columns[name].taken(value, self.site.zone)
        for column in self.columns.values():
            if column.required and not after.get(column.name):
                raise Refusal("required", f"You must specify a value for this required field: {column.name}.")
            if column.unique:
                self._check_unique(column, after.get(column.name), row)
        if reason := self.site.refuses(after):
            raise Refusal("value", reason)
        return {name: value for name, value in after.items() if value is not None}

    def _check_unique(self, column: Column, value: Any, row: Row | None) -> None:
        if value and any(each is not row and each.values.get(column.name) == value for each in self.rows.values()):
            raise Refusal(
                "duplicate",
                "The list item could not be added or updated because duplicate values were found in the following "
                f"field(s) in the list: [{column.label or column.name}].",
            )

    def _note(self, kind: int, row: Row) -> None:
        self.site.changes += 1
        self.log.append(Change(self.site.changes, self.site.clock(), kind, row.id, row.guid))


class Site:
    """A site. ``address``: ``https://contoso.sharepoint.com/sites/office``; ``zone``: its time zone, east of UTC.

    Faults that last: ``full`` refuses what needs room, ``refuses`` gives a sentence for values that are not taken, or
    "". A permission taken away: ``may`` is what its users may do there: ``read``, ``write``, ``manage``.
    """

    def __init__(self, address: str, clock: Clock, zone: timedelta = timedelta(hours=1)) -> None:
        self.address = address
        self.clock = clock
        self.zone = zone
        self.id = str(uuid4())
        self.web = str(uuid4())
        self.lists: dict[str, ContactsList] = {}
        self.changes = 0
        self.full = False
        self.may = {"read", "write", "manage"}
        self.refuses: Callable[[Mapping[str, Any]], str] = lambda values: ""

    def add_list(self, title: str, template: int = 105) -> ContactsList:
        """Make a list; raise Refusal ``exists``."""
        if self.titled(title) is not None:
            raise Refusal("exists", f"A list, survey, discussion board, or document library titled {title} exists.")
        made = ContactsList(self, title, template)
        self.lists[made.id] = made
        return made

    def titled(self, title: str) -> ContactsList | None:
        """Find a list by its title."""
        return next((each for each in self.lists.values() if each.title.casefold() == title.casefold()), None)

    def remove_list(self, one: ContactsList) -> None:
        """Delete a list with all its rows."""
        del self.lists[one.id]

    def check_room(self) -> None:
        """Refuse a write where the storage quota is used up."""
        if self.full:
            raise Refusal("full", "Your changes could not be saved because this site has exceeded the storage quota.")
