"""An office for the tests: a book of its own, two users with phones, an administrator, and somebody who knows SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, text, update

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import add_book
from storage_plugin.database.schema import (
    book,
    card,
    conflict,
    contact,
    group_card,
    record_type,
    setting,
    trash,
    user,
)
from storage_plugin.database.users import Users
from storage_plugin.dav.tokens import number_in, token_at
from storage_plugin.model.book import Expect, InvalidToken, Stored, Viewer
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View

_names = count(1)


def vcard(uid: str, name: str = "Ada Lovelace", *lines: str, version: str = "3.0") -> bytes:
    """A card as a phone would write it."""
    given, _, family = name.partition(" ")
    head = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", f"N:{family};{given};;;"]
    return "\r\n".join([*head, *lines, "END:VCARD", ""]).encode()


def group(uid: str, name: str, *members: str) -> bytes:
    """A list, as an iPhone writes it."""
    lines = ["X-ADDRESSBOOKSERVER-KIND:group", *(f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{m}" for m in members)]
    return vcard(uid, name, *lines)


def only(property: str, operator: str = "is", value: str = "", **more: Any) -> View:
    """A view with one condition."""
    return View(Filter((Condition(property, Operator(operator), value),)), **more)


class Phone:
    """A phone that keeps what it was told: its ``cards`` are href → ETag (None: not known)."""

    def __init__(self, office: Office, user: str, name: str) -> None:
        self.office, self.user, self.name = office, user, name
        self.secret = office.users.add_device(user, name)
        self.token = ""
        self.cards: dict[str, str | None] = {}
        self.ever: set[str] = set()

    @property
    def viewer(self) -> Viewer:
        found = self.office.users.sign_in(self.user, self.secret)
        assert found is not None, "the device is shut out"
        return found

    @property
    def book(self) -> SqlAddressBook:
        """The book as of a new request."""
        return SqlAddressBook(self.office.database, self.viewer)

    def listing(self) -> dict[str, str]:
        entries = self.book.entries()[1]
        assert len({entry.href for entry in entries}) == len(entries), "two members of one name"
        return {entry.href: entry.etag for entry in entries}

    def text(self, href: str) -> str:
        return self.book.cards([href])[href].text

    def put(self, href: str, body: bytes, *, match: str | None = None, none_match: str | None = None) -> Stored:
        expect = Expect((match,) if match else (), (none_match,) if none_match else ())
        stored = self.book.put(href, body, expect)
        self.cards[href] = stored.etag
        self.ever.add(href)
        return stored

    def delete(self, href: str, *, match: str | None = None) -> None:
        self.book.delete(href, Expect((match,) if match else ()))
        self.cards.pop(href, None)

    def move(self, href: str, new: str, *, overwrite: bool = False) -> bool:
        done = self.book.move(href, new, Expect(), overwrite=overwrite)
        etag = self.cards.pop(href, None)
        self.cards[new] = etag
        self.ever.add(new)
        return done

    def sync(self) -> tuple[set[str], set[str]]:
        """Bring the phone up to date as RFC 6578 has it; give what was told: changed names, removed names."""
        viewer = self.viewer
        book = SqlAddressBook(self.office.database, viewer)
        try:
            since = number_in(viewer, self.token)
            book.presented(since)
            changes = book.changes_since(since)
        except InvalidToken:
            number, entries = book.entries()
            self.cards = {entry.href: entry.etag for entry in entries}
            self.ever |= self.cards.keys()
            self.token = token_at(viewer, number)
            return set(self.cards), set()
        changed, removed = [entry.href for entry in changes.changed], list(changes.removed)
        assert len(set(changed + removed)) == len(changed) + len(removed), "a member is told of twice"
        assert set(removed) <= self.ever, f"{set(removed) - self.ever} removed, which this phone never had"
        for entry in changes.changed:
            self.cards[entry.href] = entry.etag
        for href in removed:
            self.cards.pop(href, None)
        self.ever |= self.cards.keys()
        self.token = token_at(viewer, changes.number)
        return set(changed), set(removed)


class Office:
    """A book with users of its own in a database that may hold other offices."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = Users(database)
        mark = next(_names)
        self.alice, self.bob = f"alice{mark}", f"bob{mark}"
        with database.writing() as connection:
            self.book_id = add_book(connection, f"office {mark} {uuid4()}")
        self.business = SqlContacts(database, self.book_id)
        for name in (self.alice, self.bob):
            self.users.add(name)
            self.switch(name, self.book_id)
        self.phone = Phone(self, self.alice, "phone")
        self.bobs = Phone(self, self.bob, "phone")

    def another(self, user: str, name: str = "tablet") -> Phone:
        return Phone(self, user, name)

    def switch(self, name: str, book_id: int) -> None:
        with self.database.writing() as connection:
            connection.execute(update(user).where(user.c.name == name).values(book_id=book_id))

    def new_book(self) -> int:
        with self.database.writing() as connection:
            return add_book(connection, f"book {uuid4()}")

    def sees(self, name: str, view: View) -> None:
        self.users.set_view(name, view)

    def set(self, name: str, value: str) -> None:
        with self.database.writing() as connection:
            connection.execute(insert(setting), {"name": name, "value": value})

    def id_of(self, name: str) -> int:
        with self.database.reading() as connection:
            return connection.execute(select(user.c.id).where(user.c.name == name)).scalar_one()

    # --- the one who knows SQL ---

    def sql(self, statement: str, **values: Any) -> None:
        """Write as a person at a prompt does: no mark of ours, so that the triggers do their part."""
        with self.database.engine.connect() as connection, connection.begin():
            connection.execute(text(statement), values)

    def ask(self, statement: str, **values: Any) -> Sequence[Any]:
        with self.database.reading() as connection:
            return connection.execute(text(statement), values).all()

    def insert(self, company: str, owner: str | None = None) -> int:
        """Make a contact with SQL; give its id."""
        values = {"book_id": self.book_id, "company": company, "formatted_name": f"Someone of {company}"}
        values |= {"owner_id": None if owner is None else self.id_of(owner)}
        with self.database.engine.connect() as connection, connection.begin():
            return connection.execute(insert(contact).returning(contact.c.id), values).scalar_one()

    def type_id(self, name: str) -> int:
        with self.database.reading() as connection:
            mine = select(record_type.c.id).where(record_type.c.book_id == self.book_id, record_type.c.name == name)
            return connection.execute(mine).scalar_one()

    # --- what is in the tables ---

    def rows(self) -> dict[int, Mapping[str, Any]]:
        """Every live card of the book, hidden or not: contact id → row."""
        return self._table(card, "contact_id")

    def deleted(self) -> dict[int, Mapping[str, Any]]:
        return self._table(trash, "contact_id")

    def contacts(self) -> dict[int, Mapping[str, Any]]:
        return self._table(contact, "id")

    def proposals(self) -> list[str]:
        """What read-only users wrote, or others without knowing what is there."""
        with self.database.reading() as connection:
            mine = select(conflict.c.theirs).where(conflict.c.book_id == self.book_id, conflict.c.theirs.is_not(None))
            return list(connection.execute(mine).scalars())

    def groups(self) -> dict[int, Mapping[str, Any]]:
        return self._table(group_card, "id")

    def _table(self, table: Any, key: str) -> dict[int, Mapping[str, Any]]:
        with self.database.reading() as connection:
            rows = connection.execute(select(table).where(table.c.book_id == self.book_id)).mappings().all()
        return {row[key]: row for row in rows}

    def number(self) -> int:
        with self.database.reading() as connection:
            return connection.execute(select(book.c.number).where(book.c.id == self.book_id)).scalar_one()

    def only_id(self) -> int:
        (key,) = self.rows()
        return key


def key_of(etag: str) -> int:
    """The id in an ETag of a contact's card."""
    return int(etag[1:].partition("-")[0])


ACCEPT, INBOX, REFUSE = NewContacts.ACCEPT, NewContacts.INBOX, NewContacts.REFUSE
