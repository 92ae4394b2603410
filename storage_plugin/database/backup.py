"""Backup and restore, the same for every database: also the way from SQLite to PostgreSQL and back.

A backup is a zip file of one ``tables/NAME.jsonl`` per table (a JSON object per row, in the order of the primary
key) and a ``manifest.json``: schema revision, the last id given per table, rows and SHA-256 of each part. It is read
from one snapshot while phones go on writing, and it is checked as a whole before a restore writes anything.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, select
from sqlalchemy.dialects.postgresql import REGCLASS

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.model.book import BookError, StorageFull
from storage_plugin.model.watching import Watch, unwatched

FORMAT = 1
MANIFEST = "manifest.json"
SEALED_KEY = "secret.key.sealed"
_NOT_OURS = ("alembic_version", "writing")
_STRETCH = 500
_CHUNK = 1 << 20


class Damaged(BookError):
    """The file is not a whole backup; nothing was read from it."""


def backup(
    database: Database, file: Path, *, sealed_key: str | None = None, watch: Watch = unwatched
) -> dict[str, int]:
    """Write a backup; give the number of rows per table. Raises StorageFull, Unavailable, OSError.

    ``sealed_key`` is the key of the mirrors' tokens, under a passphrase (``Vault.sealed``).
    """
    drain(database)
    part = file.with_name(f"{file.name}.part")
    try:
        with (
            _room(),
            _private(part) as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive,
        ):
            with database.reading() as connection:
                manifest = _write_tables(connection, archive, watch)
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
            if sealed_key is not None:
                archive.writestr(SEALED_KEY, sealed_key)
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return {name: said["rows"] for name, said in manifest["tables"].items()}


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("there is no room for the backup") from error
        raise


@contextmanager
def _private(path: Path) -> Iterator[Any]:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as raw:
        yield raw
        raw.flush()
        os.fsync(raw.fileno())


def _write_tables(connection: Connection, archive: zipfile.ZipFile, watch: Watch) -> dict[str, Any]:
    found = watch(tables_of(connection), "Writing tables")
    tables = {table.name: _write_table(connection, archive, table) for table in found}
    schema = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "format": FORMAT,
        "schema": schema,
        "made_at": made_at,
        "last_ids": last_ids(connection),
        "tables": tables,
    }


def tables_of(connection: Connection) -> list[Table]:
    """Find the tables as they are in the database (of an older schema, too), each after those it refers to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in _NOT_OURS]


def _write_table(connection: Connection, archive: zipfile.ZipFile, table: Table) -> dict[str, Any]:
    digest, rows = sha256(), 0
    with archive.open(part_of(table.name), "w", force_zip64=True) as part:
        found = connection.execute(
            select(table).order_by(*table.primary_key), execution_options={"yield_per": _STRETCH}
        )
        for row in found.mappings():
            line = json.dumps(dict(row), ensure_ascii=False).encode() + b"\n"
            part.write(line)
            digest.update(line)
            rows += 1
    return {"rows": rows, "sha256": digest.hexdigest()}


def part_of(table: str) -> str:
    """Name the part of a table."""
    return f"tables/{table}.jsonl"


def last_ids(connection: Connection) -> dict[str, int]:
    """Give the last id that was given in each table that never gives one twice."""
    if connection.dialect.name == "sqlite":
        return {name: last for name, last in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}
    found = {}
    for table in tables_of(connection):
        if "id" in table.c:
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id").cast(REGCLASS)
            found[table.name] = connection.execute(select(func.pg_sequence_last_value(sequence))).scalar()
    return {name: last for name, last in found.items() if last is not None}


def checked(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Read every part of a backup once and give the manifest; raise Damaged."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise Damaged(f"the backup has format {manifest['format']}, which this version does not know")
        for name, said in manifest["tables"].items():
            _check_part(archive, name, said)
    except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise Damaged("the file is damaged, or no backup: nothing was restored") from error
    return manifest


def _check_part(archive: zipfile.ZipFile, name: str, said: dict[str, Any]) -> None:
    digest, rows = sha256(), 0
    with archive.open(part_of(name)) as part:
        while chunk := part.read(_CHUNK):
            digest.update(chunk)
            rows += chunk.count(b"\n")
    if (digest.hexdigest(), rows) != (said["sha256"], said["rows"]):
        raise Damaged(f"the table {name} in the backup is damaged: nothing was restored")


def rows_of(archive: zipfile.ZipFile, table: str) -> Iterator[list[dict[str, Any]]]:
    """Read the rows of a table, some hundred at a time."""
    with archive.open(part_of(table)) as part:
        while rows := [json.loads(line) for line in islice(part, _STRETCH)]:
            yield rows


def copy_sqlite(database: Database, file: Path) -> None:
    """Copy a SQLite file as it stands, while others use it."""
    assert database.file is not None
    os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(database.file)) as source, closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
