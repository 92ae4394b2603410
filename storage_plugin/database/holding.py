"""Hold one record still while it is changed: locked, and with everything that SQL wrote to it brought in.

The order of locks is that of ``card_writer``: contact, card, views, and last the book's counter.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from storage_plugin.database import drain
from storage_plugin.database.row_locks import lock_records
from storage_plugin.database.schema import card, touched, trash
from storage_plugin.model.book import NotFound

_THIS: dict[str, Any] = {"contact": bindparam("contact"), "book": bindparam("book")}
_TOUCHED = select(touched.c.id).where(touched.c.contact_id == _THIS["contact"]).limit(1)
_CARD = select(card).where(card.c.contact_id == _THIS["contact"], card.c.book_id == _THIS["book"])
_TRASH = select(trash).where(trash.c.contact_id == _THIS["contact"], trash.c.book_id == _THIS["book"])


def hold(connection: Connection, book_id: int, contact_id: int) -> dict[str, Any]:
    """Lock a record of the book and give its ``card`` row; raise NotFound."""
    return _held(connection, book_id, contact_id, _CARD)


def hold_deleted(connection: Connection, book_id: int, contact_id: int) -> dict[str, Any]:
    """Lock a record in the deleted items and give its ``trash`` row; raise NotFound."""
    return _held(connection, book_id, contact_id, _TRASH)


def _held(connection: Connection, book_id: int, contact_id: int, statement: Select[Any]) -> dict[str, Any]:
    this = {"contact": contact_id, "book": book_id}
    if connection.dialect.name != "sqlite":
        lock_records(connection, [contact_id])
        statement = statement.with_for_update(nowait=True)
    if connection.execute(_TOUCHED, this).first():
        drain.settle(connection, [contact_id])
    row = connection.execute(statement, this).mappings().first()
    if row is None:
        raise NotFound(f"there is no record {contact_id} here")
    return dict(row)
