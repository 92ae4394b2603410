"""The book in the words of the business, over the database: ``model.book.Contacts``, and what people look up.

Everything that SQL wrote is brought in first (``drain``), so that what is read here is what phones will see.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select

from storage_plugin.database import business, promotion
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.finding import matches
from storage_plugin.database.numbers import known_numbers
from storage_plugin.database.schema import EVERYONE, NOBODY, book, card, contact, tombstone, trash
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import Change, ChangeNumber, ContactId, InvalidToken, NotFound, Origin, Record, Viewer
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import BUSINESS_CONTACT
from storage_plugin.vcard.mapping import contact_from_vcard

CHUNK = 500
RECORDS = (
    select(
        *(card.c.contact_id, card.c.text, card.c.uid, card.c.href, card.c.revision, card.c.number, card.c.record),
        *(card.c.modified_at, contact.c.owner_id, contact.c.account_id, contact.c.customer_number),
    )
    .join_from(card, contact)
    .where(card.c.book_id == bindparam("book"))
    .order_by(card.c.contact_id)
)
"""Records as ``record_of`` reads them, in the order of their ids."""

_ONE = RECORDS.where(card.c.contact_id == bindparam("contact"))
_NEXT = RECORDS.where(card.c.contact_id > bindparam("after")).limit(CHUNK)
_NUMBERS = select(book.c.number, book.c.oldest_number).where(book.c.id == bindparam("book"))
_SINCE: dict[str, Any] = {"book": bindparam("book"), "since": bindparam("since")}
_CHANGED = select(card.c.contact_id, card.c.number).where(
    card.c.book_id == _SINCE["book"], card.c.number > _SINCE["since"]
)
_DELETED = select(trash.c.contact_id, trash.c.number).where(
    trash.c.book_id == _SINCE["book"], trash.c.number > _SINCE["since"]
)
_ERASED = select(tombstone.c.href, tombstone.c.number).where(
    tombstone.c.user_id == EVERYONE,
    tombstone.c.book_id == _SINCE["book"],
    tombstone.c.number > _SINCE["since"],
)


class SqlContacts:
    """``model.book.Contacts`` over a database; each method is one transaction of its own."""

    def __init__(self, database: Database, book_id: int) -> None:
        self.database = database
        self.book_id = book_id

    # --- the port ---

    @retried
    def get(self, contact_id: ContactId) -> Record:
        """Read one record; raise NotFound (also for one in the deleted items)."""
        drain(self.database)
        with self.database.reading() as connection:
            return read_record(connection, self.book_id, contact_id)

    def list(self) -> Iterator[Record]:
        """Read all records of the book, in the order of their ids; each stretch of them is one reading."""
        drain(self.database)
        after = 0
        while records := self._next(after):
            yield from records
            after = records[-1].id

    @retried
    def _next(self, after: int) -> Sequence[Record]:
        with self.database.reading() as connection:
            rows = connection.execute(_NEXT, {"book": self.book_id, "after": after})
            return [record_of(row) for row in rows]

    @retried
    def save(
        self,
        contact: Contact,
        by: Origin,
        *,
        contact_id: ContactId | None = None,
        owner_id: int | None = None,
        type: str = BUSINESS_CONTACT.name,
        revision: int | None = None,
        account_id: ContactId | None = None,
        custom: Mapping[str, str] | None = None,
        photo: bytes | None = None,
    ) -> Record:
        """Create a record, or change the one of ``contact_id``: only the card lines of changed fields are touched.

        ``owner_id`` and ``type`` count only for a new record; ``account_id`` links it to an account, 0 to none;
        ``custom`` sets fields of its record type, ``""`` removes one; ``photo`` is a new picture, ``b""`` removes it.
        Raises Precondition when ``revision`` is given and is not the present one, NotFound, Refused.
        """
        drain(self.database)
        links: dict[str, Any] = {"account_id": account_id, "custom": custom, "photo": photo}
        with self.database.writing() as connection:
            if contact_id is None:
                links |= {"owner_id": owner_id, "type": type}
                contact_id = business.add(connection, self.book_id, contact, by, **links)
            else:
                links["revision"] = revision
                business.change(connection, self.book_id, contact_id, contact, by, **links)
            return read_record(connection, self.book_id, contact_id)

    @retried
    def delete(self, contact_id: ContactId, by: Origin, *, revision: int | None = None) -> None:
        """Move a record to the deleted items; raise NotFound, and Precondition when it is not at ``revision``."""
        with self.database.writing() as connection:
            business.discard(connection, self.book_id, contact_id, by, revision)

    @retried
    def restore(self, contact_id: ContactId, by: Origin) -> Record:
        """Bring a record back from the deleted items under its id and customer number; raise NotFound."""
        with self.database.writing() as connection:
            business.restore(connection, self.book_id, contact_id, by)
            return read_record(connection, self.book_id, contact_id)

    @retried
    def promote(self, contact_id: ContactId, by: Origin, *, type: str = BUSINESS_CONTACT.name) -> Record:
        """Make a plain contact a shared record with a customer number (BCM-41); raise NotFound, Refused.

        A record that is shared already becomes one of ``type``.
        """
        with self.database.writing() as connection:
            promotion.promote(connection, self.book_id, contact_id, by, type)
            return read_record(connection, self.book_id, contact_id)

    @retried
    def copy(self, contact_id: ContactId, by: Origin, *, type: str = BUSINESS_CONTACT.name) -> Record:
        """Make a shared record of what a plain contact says, which stays (BCM-44); raise NotFound, Refused."""
        with self.database.writing() as connection:
            made = promotion.copy(connection, self.book_id, contact_id, by, type)
            return read_record(connection, self.book_id, made)

    @retried
    def changes_since(self, number: ChangeNumber) -> tuple[ChangeNumber, Sequence[Change]]:
        """Tell each record changed or deleted after ``number``, once, in number order, and the number now.

        Raises InvalidToken for a number of the future, or one that history does not reach back to.
        """
        drain(self.database)
        wanted = {"book": self.book_id, "since": number}
        with self.database.reading() as connection:
            now, oldest = connection.execute(_NUMBERS, wanted).one()
            if not oldest <= number <= now:
                raise InvalidToken(f"number {number} is not between {oldest} and {now}")
            found = [Change(key, at, True) for key, at in connection.execute(_DELETED, wanted)]
            found += [Change(ContactId(int(key)), at, True) for key, at in connection.execute(_ERASED, wanted)]
            found += [Change(key, at, False) for key, at in connection.execute(_CHANGED, wanted)]
        latest = {change.id: change for change in sorted(found, key=lambda change: change.number)}
        return now, sorted(latest.values(), key=lambda change: (change.number, change.id))

    # --- looking up ---

    @retried
    def numbered(self, customer_number: str) -> Record:
        """Read the record of a customer number, or of one that it has elsewhere; raise NotFound."""
        drain(self.database)
        with self.database.reading() as connection:
            key = known_numbers(connection, self.book_id, [customer_number]).get(customer_number)
            if key is None:
                raise NotFound(f"there is no record with the customer number {customer_number}")
            return read_record(connection, self.book_id, key)

    def search(self, text: str) -> Sequence[Record]:
        """Find the records in which each word of ``text`` stands, in any script and case, or whose number it is."""
        wanted = matches(self.database, text)
        return [] if wanted is None else self._where(card.c.contact_id.in_(wanted))

    def inbox(self, owner_id: int | None = None) -> Sequence[Record]:
        """List the plain contacts that wait for promotion, of one user or of all."""
        return self._where(card.c.audience > EVERYONE if owner_id is None else card.c.audience == owner_id)

    def accounts(self) -> Sequence[Record]:
        """List the accounts."""
        return self._where(card.c.audience == NOBODY)

    def contacts_of(self, account_id: ContactId) -> Sequence[Record]:
        """List the records that are linked to an account."""
        return self._where(contact.c.account_id == account_id)

    @retried
    def _where(self, condition: ColumnElement[bool]) -> Sequence[Record]:
        drain(self.database)
        with self.database.reading() as connection:
            rows = connection.execute(RECORDS.where(condition), {"book": self.book_id})
            return [record_of(row) for row in rows]


def records_seen(database: Database, viewer: Viewer) -> Iterator[Record]:
    """Read the records that a viewer sees, in the order of their ids; each stretch of them is one reading."""
    drain(database)
    wanted = RECORDS.where(visible(viewer.view, by_key=True), card.c.contact_id > bindparam("after")).limit(CHUNK)
    after = 0
    while records := _seen(database, wanted, {"book": viewer.book_id, "user": viewer.user_id, "after": after}):
        yield from records
        after = records[-1].id


@retried
def _seen(database: Database, wanted: Select[Any], bound: dict[str, Any]) -> Sequence[Record]:
    with database.reading() as connection:
        return [record_of(row) for row in connection.execute(wanted, bound)]


def read_record(connection: Connection, book_id: int, contact_id: int) -> Record:
    """Read one record; raise NotFound."""
    row = connection.execute(_ONE, {"book": book_id, "contact": contact_id}).first()
    if row is None:
        raise NotFound(f"there is no record {contact_id} here")
    return record_of(row)


def record_of(row: Any) -> Record:
    """Make the Record of a joined row; a plain contact has no type."""
    said = json.loads(row.record) if row.record else {}
    return Record(
        id=row.contact_id,
        contact=contact_from_vcard(row.text),
        uid=row.uid,
        href=row.href,
        revision=row.revision,
        number=row.number,
        type=said.get("type", BUSINESS_CONTACT.name) if row.owner_id is None else "",
        owner_id=row.owner_id,
        account_id=row.account_id,
        customer_number=row.customer_number or "",
        custom=said.get("custom", {}),
        modified_at=row.modified_at,
    )
