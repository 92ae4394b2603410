"""A book of each kind, made alike: with the users alice and bob, the administrator root, and a type of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.memory import MemoryContacts
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.users import Users
from storage_plugin.model.book import Origin
from storage_plugin.model.record_type import Base, Field, FieldKind, RecordType

SUPPLIER = RecordType(
    "Supplier",
    Base.CONTACT,
    (
        Field("Terms"),
        Field("Rating", FieldKind.CHOICE, ("A", "B")),
        Field("Since", FieldKind.DATE),
        Field("Discount", FieldKind.NUMBER),
    ),
)


@dataclass(frozen=True)
class Book:
    """A book under test, and who may write to it."""

    contacts: Any
    alice: Origin
    bob: Origin
    root: Origin


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def book(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        yield Book(MemoryContacts([SUPPLIER], [3]), Origin("dav", 1), Origin("dav", 2), Origin("dav", 3))
        return
    database = Database.open(request.getfixturevalue(f"make_{request.param}")())
    yield sql_book(database)
    database.close()


def sql_book(database: Database) -> Book:
    users = Users(database)
    alice, bob = users.add("alice"), users.add("bob")
    root = users.add("root", role="administrator")
    RecordTypes(database, 1).add(SUPPLIER)
    return Book(SqlContacts(database, 1), Origin("dav", alice), Origin("dav", bob), Origin("dav", root))


@pytest.fixture
def contacts(book: Book) -> Any:
    return book.contacts
