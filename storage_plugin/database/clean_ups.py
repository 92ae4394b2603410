"""Clean-ups of a book: contacts that were imported when a user switched, contacts that people deleted in a folder.

The third one, of what a switch left in a folder, is the mirror's (``leftovers``). See BCM-60 and BCM-64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, delete, or_, select

from storage_plugin.database import business
from storage_plugin.database.deleted_items import DeletedItem, deleted_items
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold
from storage_plugin.database.mirror_schema import imported, run
from storage_plugin.database.schema import card, change, trash
from storage_plugin.model.book import ContactId, NotFound, Origin
from storage_plugin.model.contact import display_name
from storage_plugin.vcard.mapping import contact_from_vcard

_BOOK: Any = bindparam("book")
_IMPORTED = (
    select(card.c.contact_id, card.c.text, card.c.revision, imported.c.revision.label("then"))
    .join_from(imported, card, card.c.contact_id == imported.c.contact_id)
    .where(card.c.book_id == _BOOK)
    .order_by(card.c.contact_id)
)
_RUNS = ("incremental", "full")
"""The kinds of runs that take a deletion in; the end of a mirror clears plain contacts away by itself."""
_DELETED_THERE = (
    select(trash.c.contact_id)
    .join_from(trash, change, and_(change.c.book_id == trash.c.book_id, change.c.number == trash.c.number))
    .join(run, run.c.id == change.c.run_id, isouter=True)
    .where(trash.c.book_id == _BOOK, change.c.source == "mirror", or_(run.c.id.is_(None), run.c.kind.in_(_RUNS)))
)


@dataclass(frozen=True, slots=True)
class Imported:
    """A record that came from another book; ``is_edited``: somebody has worked on it since, so that it stays."""

    id: ContactId
    name: str
    is_edited: bool


@retried
def imported_records(database: Database, book_id: int) -> list[Imported]:
    """List the records of a book that came from another one when a user switched (BCM-54), in order of their ids."""
    drain(database)
    with database.reading() as connection:
        rows = connection.execute(_IMPORTED, {"book": book_id}).all()
    return [
        Imported(row.contact_id, display_name(contact_from_vcard(row.text)), row.revision != row.then) for row in rows
    ]


@retried
def discard_imported(database: Database, book_id: int, contact_id: ContactId, by: Origin) -> bool:
    """Move a record that was imported to the deleted items; tell whether it was: not if it has been edited since.

    One that somebody brings back from there is no imported one any more.
    """
    with database.writing() as connection:
        then = connection.execute(select(imported.c.revision).where(imported.c.contact_id == contact_id)).scalar()
        try:
            if then is None or hold(connection, book_id, contact_id)["revision"] != then:
                return False
        except NotFound:
            return False
        business.discard(connection, book_id, contact_id, by)
        connection.execute(delete(imported).where(imported.c.contact_id == contact_id))
        return True


def deleted_there(database: Database, book_id: int) -> Sequence[DeletedItem]:
    """List the deleted items that people deleted in a mirrored folder (BCM-11), in the order of deletion."""
    ids = _deleted_there(database, book_id)
    return [item for item in deleted_items(database, book_id) if item.id in ids]


@retried
def _deleted_there(database: Database, book_id: int) -> set[ContactId]:
    with database.reading() as connection:
        return {ContactId(key) for key in connection.execute(_DELETED_THERE, {"book": book_id}).scalars()}
