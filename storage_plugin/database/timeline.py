"""The life of one record: what it said from one change number until another, and by whom each change was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from storage_plugin.database.schema import card, change, device, trash, user, version

_CONTACT: BindParameter[int] = bindparam("contact")
_OF_BOOK: BindParameter[int] = bindparam("book")
_STATES = (
    select(version)
    .where(version.c.contact_id == _CONTACT, version.c.book_id == _OF_BOOK)
    .order_by(version.c.from_number, version.c.id)
)
_CARD = select(card).where(card.c.contact_id == _CONTACT, card.c.book_id == _OF_BOOK)
_TRASH = select(trash).where(trash.c.contact_id == _CONTACT, trash.c.book_id == _OF_BOOK)
_AUTHORS = (
    select(
        *(change.c.number, change.c.at, change.c.source, change.c.device_id, change.c.user_id, change.c.run_id),
        *(user.c.name.label("user"), device.c.name.label("device")),
    )
    .join_from(change, user, user.c.id == change.c.user_id, isouter=True)
    .join(device, device.c.id == change.c.device_id, isouter=True)
    .where(change.c.book_id == _OF_BOOK, change.c.number.in_(bindparam("numbers", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class State:
    """What a record said from ``from_number`` until ``until_number`` (None: until now)."""

    contact_id: int
    book_id: int
    from_number: int
    until_number: int | None
    revision: int
    audience: int
    href: str
    vcard_version: str
    record: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a change, when and by which way; names are ``""`` where not known (any more)."""

    at: str = ""
    source: str = ""
    user: str = ""
    device: str = ""
    device_id: int | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """All known states of a record, oldest first; between two of them it may have been deleted for a while."""

    states: tuple[State, ...]
    authors: dict[int, Author]

    @property
    def is_alive(self) -> bool:
        """Tell whether the record is there now."""
        return bool(self.states) and self.states[-1].until_number is None

    def author(self, number: int) -> Author:
        """Say who made the change of ``number``."""
        return self.authors.get(number, Author())


def timeline(connection: Connection, book_id: int, contact_id: int) -> Timeline:
    """Read the life of a record; empty when there is none of this id in the book."""
    this = {"contact": contact_id, "book": book_id}
    states = [_state(row, row.from_number, row.until_number) for row in connection.execute(_STATES, this)]
    if (row := connection.execute(_CARD, this).first()) is not None:
        states.append(_state(row, row.since_number, None))
    elif (row := connection.execute(_TRASH, this).first()) is not None:
        states.append(_state(row, row.since_number, row.number))
    numbers = {state.from_number for state in states} | {state.until_number for state in states}
    return Timeline(tuple(states), authors_of(connection, book_id, numbers - {None}))


def authors_of(connection: Connection, book_id: int, numbers: Any) -> dict[int, Author]:
    """Say who made the changes of ``numbers``."""
    rows = connection.execute(_AUTHORS, {"book": book_id, "numbers": sorted(numbers)})
    return {
        row.number: Author(row.at, row.source, row.user or "", row.device or "", row.device_id, row.run_id)
        for row in rows
    }


def _state(row: Any, since: int, until: int | None) -> State:
    return State(
        contact_id=row.contact_id,
        book_id=row.book_id,
        from_number=since,
        until_number=until,
        revision=row.revision,
        audience=row.audience,
        href=row.href,
        vcard_version=row.vcard_version,
        record=row.record,
        text=row.text,
    )
