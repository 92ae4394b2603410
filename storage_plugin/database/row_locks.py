"""Hold a record's rows against people who write with SQL, on PostgreSQL (SQLite has one writer).

Those lock rows in any order and keep them as long as they like. So we wait for none of theirs while we hold one that
they may want: we take all at once or none (Busy), and the whole transaction is tried again. What they have committed
by then shows in ``touched``, and they can change nothing more of the record until we are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, func, select

from storage_plugin.database.schema import card, contact
from storage_plugin.database.triggers import TOUCHING


def lock_records(connection: Connection, contact_ids: Sequence[int]) -> None:
    """Lock the rows of these records, those of child tables too; raise Busy."""
    if contact_ids and connection.dialect.name != "sqlite":
        for statement in _LOCKS:
            connection.execute(statement, {"ids": list(contact_ids)})


def _locking(key: ColumnElement[Any]) -> Select[Any]:
    return select(key).where(key.in_(bindparam("ids", expanding=True))).with_for_update(nowait=True)


def _count(table: Table) -> Any:
    return select(func.count()).select_from(_locking(table.c.contact_id).subquery()).scalar_subquery()


_LOCKS = (_locking(contact.c.id), select(*(_count(table) for table in TOUCHING)), _locking(card.c.contact_id))
