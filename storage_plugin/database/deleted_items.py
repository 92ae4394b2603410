"""The deleted items as people see them: what lies there, and emptying it for good.

Bringing a record back is ``SqlContacts.restore``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.farewell import forget
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold_deleted
from storage_plugin.database.schema import EVERYONE, trash
from storage_plugin.database.timeline import Author, authors_of
from storage_plugin.model.book import ContactId, NotFound
from storage_plugin.model.contact import Contact
from storage_plugin.vcard.mapping import contact_from_vcard

SLICE = 200
_ITEMS = (
    select(trash)
    .where(trash.c.book_id == bindparam("book"), trash.c.number.is_not(None))
    .order_by(trash.c.number, trash.c.contact_id)
)


@dataclass(frozen=True, slots=True)
class DeletedItem:
    """A record in the deleted items; ``owner_id`` None means that it was shared."""

    id: ContactId
    contact: Contact
    customer_number: str
    owner_id: int | None
    deleted_at: str
    author: Author


@retried
def deleted_items(database: Database, book_id: int) -> Sequence[DeletedItem]:
    """List what lies in the deleted items of a book, in the order of deletion."""
    drain(database)
    with database.reading() as connection:
        rows = connection.execute(_ITEMS, {"book": book_id}).all()
        authors = authors_of(connection, book_id, {row.number for row in rows})
    return [item_of(row, authors.get(row.number, Author())) for row in rows]


def item_of(row: Any, author: Author) -> DeletedItem:
    """Make the item of a ``trash`` row."""
    return DeletedItem(
        id=row.contact_id,
        contact=contact_from_vcard(row.text),
        customer_number=(json.loads(row.record) if row.record else {}).get("customer_number", ""),
        owner_id=row.audience if row.audience > EVERYONE else None,
        deleted_at=row.deleted_at or "",
        author=author,
    )


def empty(database: Database, book_id: int, ids: Sequence[ContactId] | None = None) -> int:
    """Remove what lies in the deleted items (or only ``ids`` of it) for good; give the number of records.

    Phones that have not been seen since the deletion still remove them at their next sync. Customer numbers are
    not used again. Raises NotFound when one of ``ids`` does not lie there.
    """
    lying = [item.id for item in deleted_items(database, book_id)]
    if ids is not None:
        if missing := sorted(set(ids) - set(lying)):
            raise NotFound(f"there is no record {missing[0]} in the deleted items")
        lying = sorted(set(ids))
    for at in range(0, len(lying), SLICE):
        _empty_slice(database, book_id, lying[at : at + SLICE])
    return len(lying)


@retried
def _empty_slice(database: Database, book_id: int, ids: Sequence[ContactId]) -> None:
    with database.writing() as connection:
        for contact_id in sorted(ids):
            try:
                row = hold_deleted(connection, book_id, contact_id)
            except NotFound:
                continue  # somebody has brought it back meanwhile
            forget(connection, book_id, contact_id, row["number"])
