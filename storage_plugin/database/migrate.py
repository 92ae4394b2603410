"""Make the tables of a new database, and bring those of an older one up to date."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import Connection, insert, inspect, select

from storage_plugin.database import triggers
from storage_plugin.database.engine import Database
from storage_plugin.database.schema import book, installation, metadata, record_type
from storage_plugin.database.writing import now

FIRST_BOOK = "Business Contacts"


def migrate(database: Database) -> None:
    """Create what is missing."""
    with database.engine.connect() as connection, connection.begin():
        if inspect(connection).has_table("installation"):
            return
        metadata.create_all(connection)
        for statement in triggers.statements(connection.dialect.name):
            connection.exec_driver_sql(statement)
        _first_rows(connection)


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
