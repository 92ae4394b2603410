"""The books of an installation: each has its own contacts, record types and customer numbers (BCM-48, BCM-63).

Making one is here; switching a user to another one is ``switching``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.migrate import add_book
from storage_plugin.database.schema import book, contact, user
from storage_plugin.model.book import NotFound, Refused


@dataclass(frozen=True, slots=True)
class BookRow:
    """One book as listed: how many records it has (plain ones too), and the users who see it now, by name."""

    id: int
    name: str
    key: str
    contacts: int
    users: tuple[str, ...]


_BOOKS = (
    select(book.c.id, book.c.name, book.c.key, func.count(contact.c.id).label("contacts"))
    .join_from(book, contact, contact.c.book_id == book.c.id, isouter=True)
    .group_by(book.c.id, book.c.name, book.c.key)
    .order_by(book.c.id)
)
_USERS = select(user.c.book_id, user.c.name).order_by(user.c.name)
_OF_USER = select(user.c.book_id).where(user.c.name == bindparam("user"))
_NAMED: Any = select(book.c.id).where(book.c.name == bindparam("name"))


class Books:
    """List, find and make books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    def all(self) -> list[BookRow]:
        """List the books, the first one first."""
        with self._database.reading() as connection:
            users: dict[int, list[str]] = {}
            for book_id, name in connection.execute(_USERS):
                users.setdefault(book_id, []).append(name)
            rows = connection.execute(_BOOKS).all()
        return [BookRow(row.id, row.name, row.key, row.contacts, tuple(users.get(row.id, ()))) for row in rows]

    @retried
    def find(self, name: str | None = None, *, user: str | None = None) -> int:
        """Give the id of the book ``name``; without a name that of the user's active book, or the first one.

        Raises NotFound for a book or user that there is not.
        """
        with self._database.reading() as connection:
            return find_book(connection, name, user=user)

    @retried
    def create(self, name: str) -> int:
        """Make an empty book and give its id; raise Refused when the name is taken or says nothing."""
        if not name.strip() or name != name.strip():
            raise Refused(f"{name!r} cannot be a book's name: it must say something, without blanks around it")
        with self._database.writing() as connection:
            if connection.execute(_NAMED, {"name": name}).first():
                raise Refused(f"there is a book {name} already")
            return add_book(connection, name)


def find_book(connection: Connection, name: str | None = None, *, user: str | None = None) -> int:
    """Do what ``Books.find`` does, in an open transaction."""
    if name is not None:
        found = connection.execute(_NAMED, {"name": name}).scalar()
        missing = f"there is no book {name!r}: see `contact-bridge book list`"
    elif user is not None:
        found = connection.execute(_OF_USER, {"user": user}).scalar()
        missing = f"there is no user {user}"
    else:
        found = connection.execute(select(func.min(book.c.id))).scalar()
        missing = "there is no book"
    if found is None:
        raise NotFound(missing)
    return int(found)
