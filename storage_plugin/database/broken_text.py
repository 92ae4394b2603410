"""Text that is no UTF-8, as the sqlite3 shell imports it from files of older programs (PostgreSQL refuses it).

The driver refuses to read it at all, and with it the whole row. What cannot be read as UTF-8 is taken for
Windows-1252, the usual encoding of such files, and written back, so that everybody can read it from then on.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.exc import OperationalError

from storage_plugin.database.schema import contact, trash
from storage_plugin.database.triggers import TOUCHING

R = TypeVar("R")


class _Repaired(str):
    """Text that was not UTF-8."""


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("contact_bridge.windows", _as_windows)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _Repaired(raw.decode(errors="contact_bridge.windows"))


def readable(connection: Connection, contact_ids: Sequence[int], read: Callable[[], R]) -> R:
    """Give what ``read`` reads of these contacts, and repair their text first if need be."""
    try:
        return read()
    except OperationalError as error:
        if "decode to UTF-8" not in str(error.orig):
            raise
    for table, key in (
        (contact, contact.c.id),
        (trash, trash.c.contact_id),
        *((t, t.c.contact_id) for t in TOUCHING),
    ):
        _repair(connection, table, key, contact_ids)
    return read()


def _repair(connection: Connection, table: Table, key: Any, contact_ids: Sequence[int]) -> None:
    driver: Any = connection.connection.driver_connection
    driver.text_factory = _decoded
    try:
        rows = connection.execute(select(table).where(key.in_(contact_ids))).mappings().all()
    finally:
        driver.text_factory = str
    own = next(iter(table.primary_key))
    for row in rows:
        if broken := {name: str(value) for name, value in row.items() if isinstance(value, _Repaired)}:
            connection.execute(update(table).where(own == row[own.name]).values(broken))
