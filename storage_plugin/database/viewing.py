"""What one user may see, for the page: shared records that the user's filter lets through, and the own plain ones.

Accounts are shared records, too: devices show them only to those who want them, the page shows them to everybody. Of
the past it is the same: a state that was another user's plain contact then, or that the filter hides, is not told.

Nothing is drained here: looking the viewer up has done it (``Users.viewer``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, islice
from json import dumps
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from storage_plugin.database.browsing import PER_PAGE, Browsing
from storage_plugin.database.contacts import CHUNK, RECORDS, record_of
from storage_plugin.database.deleted_items import DeletedItem, item_of
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.past import Event, events_seen
from storage_plugin.database.pictures import picture_of
from storage_plugin.database.raw_reads import one_of
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import EVERYONE, book, card, trash
from storage_plugin.database.timeline import Author, State, authors_of, timeline
from storage_plugin.database.visibility import visible, was_visible
from storage_plugin.model.book import ContactId, NotFound, Record, Refused, Viewer
from storage_plugin.model.view import View

_THIS: Any = bindparam("contact")
_OLDEST = select(book.c.oldest_number).where(book.c.id == bindparam("book"))
_TRASH = (
    select(trash)
    .where(trash.c.book_id == bindparam("book"), trash.c.number.is_not(None))
    .where(trash.c.audience.in_((*range(-1, EVERYONE + 1), bindparam("user"))))
    .order_by(trash.c.number.desc(), trash.c.contact_id.desc())
)
_DELETED = _TRASH.where(trash.c.contact_id == _THIS)


@dataclass(frozen=True, slots=True)
class DeletedPage:
    """Deleted items, the latest first; ``page`` counts from 1."""

    items: Sequence[DeletedItem]
    page: int
    has_more: bool


class Viewing(Browsing):
    """The active book of a viewer as the page shows it; what the viewer may not know of is NotFound."""

    def __init__(self, database: Database, viewer: Viewer) -> None:
        super().__init__(database, viewer, on_page(viewer.view))

    # --- one record ---

    @retried
    def get(self, contact_id: ContactId) -> Record:
        """Read one record, with its account only when that may be seen; raise NotFound."""
        with self.database.reading() as connection:
            return self._read(connection, contact_id)

    @retried
    def seen(self, contact_ids: Iterable[ContactId]) -> set[ContactId]:
        """Name those of the records that are there and that the viewer sees."""
        wanted = self._who | {"ids": dumps(sorted(set(contact_ids)))}
        with self.database.reading() as connection:
            rows = tuples_of(connection, _seen(self.view, self.database.is_sqlite), wanted)
        return {ContactId(key) for (key,) in rows}

    def changeable(self, contact_id: ContactId) -> Record:
        """Read a record that the viewer wants to change; raise NotFound, or Refused for a view that may only read."""
        record = self.get(contact_id)
        self.refuse_readers()
        return record

    def refuse_readers(self) -> None:
        """Raise Refused when the viewer may only read."""
        if self.viewer.view.read_only:
            raise Refused("you may not change this address book")

    @retried
    def photo(self, contact_id: ContactId) -> bytes | None:
        """Read the bytes of a record's picture; None where there is none. Raises NotFound."""
        with self.database.reading() as connection:
            row = connection.execute(_text(self.view), self._bound(contact_id)).first()
            if row is None:
                raise _unknown(contact_id)
            return picture_of(connection, row.text)

    @retried
    def photo_then(self, contact_id: ContactId, revision: int) -> bytes | None:
        """Read the bytes of the picture that a record had at ``revision``; raise as ``state`` does."""
        with self.database.reading() as connection:
            return picture_of(connection, self._state(connection, contact_id, revision).text)

    @retried
    def history(self, contact_id: ContactId) -> Sequence[Event]:
        """Tell what happened to a record that is there or in the deleted items, oldest first; raise NotFound."""
        with self.database.reading() as connection:
            if connection.execute(_text(self.view), self._bound(contact_id)).first() is None:
                self._deleted(connection, contact_id)
            life = timeline(connection, self.viewer.book_id, contact_id)
            oldest = connection.execute(_OLDEST, {"book": self.viewer.book_id}).scalar_one()
        return list(events_seen(life, oldest, self._could_be_seen))

    @retried
    def state(self, contact_id: ContactId, revision: int) -> State:
        """Give what a record said at ``revision``; raise NotFound for a version that is not kept, or not for this
        viewer.
        """
        with self.database.reading() as connection:
            return self._state(connection, contact_id, revision)

    # --- the deleted items ---

    @retried
    def deleted(self, page: int = 1) -> DeletedPage:
        """List deleted items, PER_PAGE at a time."""
        first = (max(page, 1) - 1) * PER_PAGE
        with self.database.reading() as connection:
            rows = list(islice(self._deleted_rows(connection), first, first + PER_PAGE + 1))
            shown = rows[:PER_PAGE]
            authors = authors_of(connection, self.viewer.book_id, {row.number for row in shown})
        items = [item_of(row, authors.get(row.number, Author())) for row in shown]
        return DeletedPage(items, max(page, 1), len(rows) > PER_PAGE)

    @retried
    def deleted_item(self, contact_id: ContactId) -> DeletedItem:
        """Read one deleted item; raise NotFound."""
        with self.database.reading() as connection:
            return self._deleted(connection, contact_id)

    @retried
    def deleted_ids(self) -> list[ContactId]:
        """Name all deleted items that the viewer sees."""
        with self.database.reading() as connection:
            return [ContactId(row.contact_id) for row in self._deleted_rows(connection)]

    # --- parts ---

    def _read(self, connection: Connection, contact_id: ContactId) -> Record:
        row = connection.execute(_record(self.view), self._bound(contact_id)).first()
        if row is None:
            raise _unknown(contact_id)
        record = record_of(row)
        if record.account_id is None:
            return record
        account = connection.execute(_text(self.view), self._bound(record.account_id)).first()
        return record if account is not None else replace(record, account_id=None)

    def _state(self, connection: Connection, contact_id: ContactId, revision: int) -> State:
        self._read(connection, contact_id)
        states = timeline(connection, self.viewer.book_id, contact_id).states
        found = next((state for state in reversed(states) if state.revision == revision), None)
        if found is None or not self._could_be_seen(found):
            raise NotFound(f"version {revision} of record {contact_id} is not kept")
        return found

    def _bound(self, contact_id: ContactId) -> dict[str, Any]:
        return self._who | {"contact": contact_id}

    def _deleted_rows(self, connection: Connection) -> Iterator[Any]:
        for at in count(0, CHUNK):
            rows = connection.execute(_TRASH.limit(CHUNK).offset(at), self._who).all()
            yield from (row for row in rows if self._could_be_seen(row))
            if len(rows) < CHUNK:
                return

    def _could_be_seen(self, row: Any) -> bool:
        return was_visible(self.viewer.user_id, self.view, row.audience, row.text, row.record)

    def _deleted(self, connection: Connection, contact_id: ContactId) -> DeletedItem:
        row = connection.execute(_DELETED, self._bound(contact_id)).first()
        if row is None or not self._could_be_seen(row):
            raise _unknown(contact_id)
        return item_of(row, authors_of(connection, self.viewer.book_id, {row.number}).get(row.number, Author()))


def on_page(view: View) -> View:
    """Give the view by which a user sees the page: accounts are shown."""
    return replace(view, show_accounts=True)


@lru_cache(256)
def _record(view: View) -> Select[Any]:
    return RECORDS.where(visible(view, by_key=True), card.c.contact_id == _THIS)


@lru_cache(256)
def _seen(view: View, is_sqlite: bool) -> Select[Any]:
    among = one_of(card.c.contact_id, "ids", sqlite=is_sqlite)
    return select(card.c.contact_id).where(visible(view, by_key=True), among)


@lru_cache(256)
def _text(view: View) -> Select[Any]:
    return select(card.c.text).where(visible(view, by_key=True), card.c.contact_id == _THIS)


def _unknown(contact_id: ContactId) -> NotFound:
    return NotFound(f"there is no record {contact_id} here")
