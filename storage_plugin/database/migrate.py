"""Make the tables of a new database, and bring those of an older one up to date.

The revisions in ``migrations`` are run by alembic under a lock, in one transaction: several processes may start at
once, and one that is killed leaves the database as it was. Triggers belong to no revision: they are made anew after
every upgrade. There is no way back but the backup that is made before a schema is changed.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select

from storage_plugin.database import backup, triggers
from storage_plugin.database.engine import Database
from storage_plugin.database.schema import book, installation, record_type
from storage_plugin.database.writing import now
from storage_plugin.model.book import SchemaMismatch

FIRST_BOOK = "Business Contacts"
SCRIPTS = "storage_plugin.database:migrations"
MIGRATION_SECONDS = 60.0
"""How long to wait for another process that migrates."""

_log = logging.getLogger(__name__)


def migrate(database: Database, backups: Path | None = None) -> None:
    """Make the schema of this version; raise SchemaMismatch, StorageFull, Unavailable.

    Before an older schema is changed, a backup is written into the folder ``backups`` (by default that of the
    SQLite file; a database on a server is then left to its own backups).
    """
    if schema_of(database) == head():
        return
    with database.migrating(MIGRATION_SECONDS) as connection:
        found = _revision(connection)
        if found == head():
            return
        _refuse_foreign(connection, found)
        if found is not None:
            _back_up(database, found, backups)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for statement in triggers.renewal(connection):
            connection.exec_driver_sql(statement)
        if found is None:
            _first_rows(connection)


def check_schema(database: Database) -> None:
    """Raise SchemaMismatch unless the database has the schema of this version (for processes that do not migrate)."""
    with database.reading() as connection:
        found = _revision(connection)
        if found != head():
            _refuse_foreign(connection, found)
            raise SchemaMismatch(
                f"the database has schema {found or 'none'}, and {head()} is needed: run `contact-bridge migrate`"
            )


def schema_of(database: Database) -> str | None:
    """Name the revision of a database; None when it is empty."""
    with database.reading() as connection:
        return _revision(connection)


def head() -> str:
    """Name the revision of this version."""
    return _scripts().get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_foreign(connection: Connection, found: str | None) -> None:
    if found is None and inspect(connection).has_table("installation"):
        raise SchemaMismatch("the tables in this database are of no version of Contact Bridge: name another database")
    if found is not None and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaMismatch(
            f"the database has schema {found}, which is newer than this version of Contact Bridge knows ({head()}):"
            " install the newer version"
        )


def _back_up(database: Database, found: str, folder: Path | None) -> None:
    if database.file is not None:
        folder = folder or database.file.parent
    if folder is None:
        _log.warning("schema %s is changed without a backup of ours: the server keeps its own", found)
        return
    name = database.file.name if database.file is not None else "contact-bridge"
    file = folder / f"{name}.schema-{found}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    if database.file is not None:
        backup.copy_sqlite(database, file)
    else:
        backup.backup(database, file.with_name(f"{file.name}.backup"))
    _log.info("a backup of schema %s is in %s", found, file)


def _first_rows(connection: Connection) -> None:
    connection.execute(insert(installation), {"id": 1, "key": str(uuid4()), "created_at": now()})
    add_book(connection, FIRST_BOOK)


def add_book(connection: Connection, name: str) -> int:
    """Make an empty book with its record types; give its id."""
    values = {"name": name, "key": str(uuid4()), "created_at": now()}
    key: int = connection.execute(insert(book).returning(book.c.id), values).scalar_one()
    types = [{"name": "Business Contact", "base": "contact"}, {"name": "Account", "base": "account"}]
    connection.execute(insert(record_type), [{"book_id": key} | values for values in types])
    return key


def books(connection: Connection) -> dict[str, int]:
    """Name the books of this installation."""
    return {row.name: row.id for row in connection.execute(select(book.c.name, book.c.id))}
