"""Undo what a device did since a time (a lost phone, a child, a client that went mad), as new changes.

What it created goes to the deleted items, what it deleted comes back, what it edited says again what it said before;
what others have done since stays: it is merged onto the former text, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from storage_plugin.database import business
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold, hold_deleted
from storage_plugin.database.schema import EVERYONE, card, change, group_card, trash, version
from storage_plugin.database.timeline import Timeline, timeline
from storage_plugin.database.visibility import was_visible
from storage_plugin.database.without import Wanted, outcome, slim_text, without
from storage_plugin.model.book import ContactId, NotFound, Origin, Viewer
from storage_plugin.model.contact import display_name
from storage_plugin.vcard.mapping import contact_from_vcard

_BY_DEVICE = and_(
    change.c.book_id == bindparam("book"),
    change.c.device_id == bindparam("device"),
    change.c.at >= bindparam("since"),
)


What = Literal["deleted", "restored", "reverted", "left"]


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one record; ``reason`` says why it was left as it is, ``owner_id`` whose plain contact it is."""

    id: ContactId
    name: str
    what: What
    reason: str = ""
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was undone, record by record, and the lists of contacts (group cards) that could not be."""

    records: tuple[Undone, ...] = field(default=())
    groups_left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a device did in a book since ``since`` (UTC, as in the tables).

    ``viewer``: leave alone, and do not tell of, what this user may not see any more, nor would see afterwards.
    """

    book_id: int
    device_id: int
    since: str
    viewer: Viewer | None = None

    @classmethod
    def of(cls, book_id: int, device_id: int, since: datetime, viewer: Viewer | None = None) -> Deeds:
        """Name what the device did since an (aware) point in time."""
        stamp = since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return cls(book_id, device_id, stamp, viewer)

    def wanted(self, life: Timeline, row: Mapping[str, Any]) -> Wanted | str | None:
        """Say what a record should be without them; None where it is not concerned, or not to be told of."""
        found = without(life, lambda number: _is_by(life, number, self.device_id, self.since))
        if found is None or self.viewer is None:
            return found
        texts = {row["text"], found.text} if isinstance(found, Wanted) else {row["text"]}
        seen_by = (self.viewer.user_id, self.viewer.view, row["audience"])
        return found if any(was_visible(*seen_by, text, row["record"]) for text in texts) else None


def undo(
    database: Database, book_id: int, device_id: int, since: datetime, by: Origin, viewer: Viewer | None = None
) -> UndoReport:
    """Undo every change that the device made in the book since ``since`` (aware); one transaction per record."""
    deeds = Deeds.of(book_id, device_id, since, viewer)
    drain(database)
    ids, groups = _concerned(database, deeds)
    done = [_undo(database, contact_id, deeds, by) for contact_id in ids]
    return UndoReport(tuple(each for each in done if each is not None), groups)


def preview(
    database: Database, book_id: int, device_id: int, since: datetime, viewer: Viewer | None = None
) -> UndoReport:
    """Tell what ``undo`` would do now; nothing is written."""
    deeds = Deeds.of(book_id, device_id, since, viewer)
    drain(database)
    ids, groups = _concerned(database, deeds)
    told = [_preview(database, contact_id, deeds) for contact_id in ids]
    return UndoReport(tuple(each for each in told if each is not None), groups)


@retried
def _concerned(database: Database, deeds: Deeds) -> tuple[Sequence[ContactId], tuple[str, ...]]:
    """Name the records that the device has touched, and its group cards, of which no former text is kept."""
    book_id = deeds.book_id
    wanted = {"book": book_id, "device": deeds.device_id, "since": deeds.since}
    numbers = select(change.c.number).where(_BY_DEVICE)
    touching = [
        select(card.c.contact_id).where(card.c.book_id == book_id, card.c.since_number.in_(numbers)),
        select(trash.c.contact_id).where(
            trash.c.book_id == book_id, or_(trash.c.number.in_(numbers), trash.c.since_number.in_(numbers))
        ),
        select(version.c.contact_id).where(
            version.c.book_id == book_id,
            or_(version.c.from_number.in_(numbers), version.c.until_number.in_(numbers)),
        ),
    ]
    with database.reading() as connection:
        ids = {key for statement in touching for key in connection.execute(statement, wanted).scalars()}
        said = exists().where(_BY_DEVICE, change.c.number == group_card.c.number)
        names = select(group_card.c.name).where(group_card.c.book_id == book_id, said).order_by(group_card.c.id)
        groups = tuple(connection.execute(names, wanted).scalars())
    return sorted(ids), groups


@retried
def _undo(database: Database, contact_id: ContactId, deeds: Deeds, by: Origin) -> Undone | None:
    with database.writing() as connection:
        old = held_anywhere(connection, deeds.book_id, contact_id)
        life = timeline(connection, deeds.book_id, contact_id)
        wanted = deeds.wanted(life, old)
        if isinstance(wanted, str):
            return _told(old, "left", wanted)
        what = None if wanted is None else become(connection, old, life, wanted, by)
        return None if what is None else _told(old, what)


@retried
def _preview(database: Database, contact_id: ContactId, deeds: Deeds) -> Undone | None:
    with database.reading() as connection:
        life = timeline(connection, deeds.book_id, contact_id)
        row = _row(connection, deeds.book_id, contact_id)
    if row is None:
        return None
    wanted = deeds.wanted(life, row)
    if isinstance(wanted, str):
        return _told(row, "left", wanted)
    what = None if wanted is None else outcome(row, life, wanted)
    return None if what is None else _told(row, what)


def _row(connection: Connection, book_id: int, contact_id: ContactId) -> dict[str, Any] | None:
    """Read a record where it is now, in the book or in the deleted items."""
    for table in (card, trash):
        here = select(table).where(table.c.contact_id == contact_id, table.c.book_id == book_id)
        if (row := connection.execute(here).mappings().first()) is not None:
            return dict(row)
    return None


def _told(row: Mapping[str, Any], what: What, reason: str = "") -> Undone:
    owner_id = row["audience"] if row["audience"] > EVERYONE else None
    name = display_name(contact_from_vcard(row["text"]))
    return Undone(ContactId(row["contact_id"]), name, what, reason, owner_id)


def become(
    connection: Connection, old: dict[str, Any], life: Timeline, wanted: Wanted, by: Origin
) -> Literal["deleted", "restored", "reverted"] | None:
    """Make a held record what it should be; tell what that meant, None where it is so already."""
    book_id, contact_id = old["book_id"], ContactId(old["contact_id"])
    what, slim = outcome(old, life, wanted), slim_text(old, wanted)
    match what:
        case "deleted":
            business.discard(connection, book_id, contact_id, by)
        case "restored":
            business.restore(connection, book_id, contact_id, by, (slim, wanted.vcard_version))
        case "reverted":
            business.set_text(connection, old, slim, by, record=old["record"], version=wanted.vcard_version)
    return what


def held_anywhere(connection: Connection, book_id: int, contact_id: ContactId) -> dict[str, Any]:
    """Lock a record where it is now, in the book or in the deleted items."""
    try:
        return hold(connection, book_id, contact_id)
    except NotFound:
        return hold_deleted(connection, book_id, contact_id)


def _is_by(life: Timeline, number: int, device_id: int, since: str) -> bool:
    author = life.author(number)
    return author.device_id == device_id and author.at >= since
