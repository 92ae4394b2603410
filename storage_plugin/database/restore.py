"""Bring a backup into an empty database, whatever kind of database it came from.

All or nothing, in one transaction. Every book gets a new key: a sync token of the old database means nothing in a
book whose later numbers may be given anew, so phones are told to list afresh, and stamps in mirrored folders do not
speak for it. Mirrors that ran ask before they go on.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, func, select, update

from storage_plugin.database.backup import SEALED_KEY, Damaged, checked, rows_of
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.migrate import head, migrate
from storage_plugin.database.mirror_schema import mirror
from storage_plugin.database.mirrors import State
from storage_plugin.database.schema import (
    book,
    card,
    contact,
    installation,
    metadata,
    record_type,
    trash,
    user,
    version,
)
from storage_plugin.model.book import Refused, SchemaMismatch
from storage_plugin.model.marking import N_
from storage_plugin.model.watching import Watch, unwatched

_FIRST_ROWS = (record_type, book, installation)
_LINK = update(contact).where(contact.c.id == bindparam("this")).values(account_id=bindparam("to"))


def restore(database: Database, file: Path, *, watch: Watch = unwatched) -> dict[str, int]:
    """Fill an empty database from a backup; give the number of rows per table.

    Raises Damaged, SchemaMismatch, and Refused unless the database is empty; then nothing was changed.
    """
    with _opened(file) as archive:
        manifest = checked(archive)
        if manifest["schema"] != head():
            raise SchemaMismatch(
                f"the backup has schema {manifest['schema']}, this version restores {head()}:"
                " use the version that made it"
            )
        migrate(database)
        _load(database, archive, manifest, watch)
    return {name: said["rows"] for name, said in manifest["tables"].items()}


def sealed_key(file: Path) -> str | None:
    """Read the key that is in a backup (``vault.unsealed`` opens it); None of a backup without. Raises Damaged."""
    with _opened(file) as archive:
        try:
            return archive.read(SEALED_KEY).decode() if SEALED_KEY in archive.namelist() else None
        except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, NotImplementedError) as error:
            raise Damaged("the key in the backup is damaged") from error


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:  # a damaged directory may say anything
        raise Damaged("the file is damaged, or no backup: nothing was restored") from error
    with archive:
        yield archive


@retried
def _load(database: Database, archive: zipfile.ZipFile, manifest: dict[str, Any], watch: Watch) -> None:
    with database.writing() as connection:
        _refuse_unless_empty(connection)
        for table in _FIRST_ROWS:
            connection.execute(delete(table))
        for table in watch(metadata.sorted_tables, "Restoring tables"):
            for rows in rows_of(archive, table.name):
                connection.execute(table.insert(), [_row(table.name, row, database.is_sqlite) for row in rows])
        for rows in rows_of(archive, contact.name):
            if links := [{"this": row["id"], "to": row["account_id"]} for row in rows if row["account_id"]]:
                connection.execute(_LINK, links)
        for key in connection.execute(select(book.c.id)).scalars().all():
            connection.execute(update(book).where(book.c.id == key).values(key=str(uuid4())))
        _hold_mirrors(connection)
        _set_last_ids(connection, manifest["last_ids"])


def _hold_mirrors(connection: Connection) -> None:
    """Let no mirror run by itself: where this is a copy for a trial, the old one still writes into the folders."""
    connection.execute(update(mirror).values(leased_by=None, leased_until=None))
    reason = N_("the database comes from a backup: see that the old one runs no more, then start the mirror again")
    running = mirror.c.state == State.ON.value
    connection.execute(update(mirror).where(running).values(state=State.ASKING.value, reason=reason))


def _refuse_unless_empty(connection: Connection) -> None:
    used = [
        table.name
        for table in (user, contact, card, trash, version)
        if connection.execute(select(func.count()).select_from(table)).scalar()
    ]
    if used:
        raise Refused(f"a backup is restored into an empty database only: this one has rows in {', '.join(used)}")


def _row(table: str, row: dict[str, Any], is_sqlite: bool) -> dict[str, Any]:
    """Fit a row: accounts are linked when all are there, and PostgreSQL has no text with a NUL in it."""
    if table == contact.name:
        row["account_id"] = None
    if is_sqlite:
        return row
    return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}


def _set_last_ids(connection: Connection, last: dict[str, int]) -> None:
    """Go on behind the ids that were given before, to records too that are no longer there."""
    for table in metadata.sorted_tables:
        if "id" not in table.c or table is installation:
            continue
        ids = [table.c.id] if table is not contact else [table.c.id, trash.c.contact_id, version.c.contact_id]
        known = [connection.execute(select(func.max(key))).scalar() or 0 for key in ids]
        if (newest := max(*known, last.get(table.name, 0), 0)) > 0:
            _set_last_id(connection, table.name, newest, is_kept=bool(table.kwargs.get("sqlite_autoincrement")))


def _set_last_id(connection: Connection, table: str, newest: int, *, is_kept: bool) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.setval(func.pg_get_serial_sequence(f'"{table}"', "id"), newest)))
    elif is_kept:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, newest))
