"""What the commands on records share: the opened book, how a record is named, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from bridge.cli.options import print_json, print_table
from bridge.place import Place

if TYPE_CHECKING:
    from storage_plugin.database.contacts import SqlContacts
    from storage_plugin.database.engine import Database
    from storage_plugin.model.book import ContactId, Origin, Record

record_argument = click.argument("record", metavar="ID")
"""A record: its id as listed, or ``customer:10001``."""

COLUMNS = ("id", "number", "name", "company", "email", "phone")


@dataclass(frozen=True, slots=True)
class Book:
    """The book that the command works on."""

    database: Database
    id: int
    contacts: SqlContacts
    owners: Mapping[int, str]

    @property
    def by(self) -> Origin:
        """Say who makes the changes."""
        from storage_plugin.model.book import Origin

        return Origin("cli")

    def key(self, text: str) -> ContactId:
        """Find the id that ``text`` names; raise NotFound."""
        from storage_plugin.model.book import ContactId

        if text.startswith("customer:"):
            return self.contacts.numbered(text.removeprefix("customer:")).id
        if not text.isdecimal():
            raise click.UsageError(f"{text!r} is no id: take one from `contact list`, or customer:NUMBER.")
        return ContactId(int(text))

    def get(self, text: str) -> Record:
        """Read the record that ``text`` names; raise NotFound."""
        return self.contacts.get(self.key(text))

    def owner_id(self, name: str | None) -> int | None:
        """Find a user; raise NotFound."""
        from storage_plugin.model.book import NotFound

        if name is None:
            return None
        key = next((key for key, each in self.owners.items() if each == name), None)
        if key is None:
            raise NotFound(f"there is no user {name}")
        return key


@contextmanager
def opened(place: Place, user: str | None = None) -> Iterator[Book]:
    """Open the book that ``place`` names; else the one that ``user`` sees now, or the first of the installation."""
    from storage_plugin.database.books import Books
    from storage_plugin.database.contacts import SqlContacts
    from storage_plugin.database.users import Users

    with place.opened() as database:
        key = Books(database).find(place.book, user=user)
        owners = {user.id: user.name for user in Users(database).all()}
        yield Book(database, key, SqlContacts(database, key), owners)


def print_records(book: Book, records: Iterable[Record], *, as_json: bool, empty: str) -> None:
    """Print a list of records."""
    from bridge.records import as_line, as_row

    if as_json:
        print_json([as_row(record, book.owners) for record in records])
    else:
        print_table([as_line(record) for record in records], COLUMNS, empty=empty)


def print_record(book: Book, record: Record, *, as_json: bool) -> None:
    """Print all of one record."""
    from bridge.records import as_row, in_words

    row = as_row(record, book.owners)
    if as_json:
        print_json(row)
        return
    contact: dict[str, Any] = row.pop("contact")
    custom = {f"custom.{name}": value for name, value in row.pop("custom", {}).items()}
    for name, value in {**row, **custom, **contact}.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        for each in values:
            if each is not None:
                lines = in_words(each).splitlines() or [""]
                click.echo(f"{name.replace('_', ' '):<20} {lines[0]}".rstrip())
                for line in lines[1:]:
                    click.echo(f"{'':<20} {line}")
