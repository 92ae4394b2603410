"""People, phones and the business side of one book, for tests that read as stories."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text, update

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.schema import card, change, metadata
from storage_plugin.database.users import Users
from storage_plugin.model.book import Changes, Expect, Origin, Record, Stored
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View

CLI = Origin("cli")
ANNA = Contact(formatted_name="Anna Abel", given_name="Anna", family_name="Abel", company="Contoso")


def vcard(uid: str, name: str, *lines: str, version: str = "3.0") -> str:
    """A small card; REV would change with every edit of a true client."""
    family, given = name.split()[-1], name.split()[0]
    more = "".join(f"{line}\r\n" for line in lines)
    return (
        f"BEGIN:VCARD\r\nVERSION:{version}\r\nUID:{uid}\r\nFN:{name}\r\nN:{family};{given};;;\r\n{more}END:VCARD\r\n"
    )


class Phone:
    """A device of a user: it writes cards, and syncs from where it was."""

    def __init__(self, database: Database, user: str, name: str) -> None:
        self.database, self.user, self.name = database, user, name
        self.users = Users(database)
        self.secret = self.users.add_device(user, name)
        self.number = self.book.entries()[0]
        (self.id,) = (device.id for device in self.users.devices(user) if device.name == name)

    @property
    def book(self) -> SqlAddressBook:
        viewer = self.users.sign_in(self.user, self.secret)
        assert viewer is not None
        return SqlAddressBook(self.database, viewer)

    def put(self, uid: str, name: str, *lines: str, version: str = "3.0") -> Stored:
        text_ = vcard(uid, name, *lines, version=version)
        return self.book.put(f"{uid}.vcf", text_.encode(), Expect())

    def read(self, uid: str) -> str:
        return self.book.cards([f"{uid}.vcf"])[f"{uid}.vcf"].text

    def delete(self, uid: str) -> None:
        self.book.delete(f"{uid}.vcf", Expect())

    @property
    def hrefs(self) -> set[str]:
        return {entry.href for entry in self.book.entries()[1]}

    def sync(self) -> Changes:
        changes = self.book.changes_since(self.number)
        self.number = changes.number
        return changes


class Installation:
    """One book with the users alice (whose new contacts are accepted) and bob (whose wait in the inbox)."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = Users(database)
        self.alice, self.bob = self.users.add("alice"), self.users.add("bob")
        self.users.set_view("alice", View(new_contacts=NewContacts.ACCEPT))
        self.contacts = SqlContacts(database, 1)

    def phone(self, user: str = "alice", name: str = "phone") -> Phone:
        return Phone(self.database, user, name)

    def let_bob_see(self, property_: str, value: str) -> None:
        self.users.set_view("bob", View(Filter((Condition(property_, Operator.CONTAINS, value),))))

    def add(self, name: str = "Anna Abel", **more: Any) -> Record:
        given, family = name.split()
        return self.contacts.save(Contact(name, given_name=given, family_name=family, **more), CLI)

    def edit(self, record: Record, **fields: Any) -> Record:
        present = self.contacts.get(record.id).contact
        return self.contacts.save(replace(present, **fields), CLI, contact_id=record.id)

    def id_of(self, uid: str) -> Any:
        with self.database.reading() as connection:
            return connection.execute(select(card.c.contact_id).where(card.c.uid == uid)).scalar_one()

    def text_of(self, contact_id: int) -> str:
        with self.database.reading() as connection:
            return str(connection.execute(select(card.c.text).where(card.c.contact_id == contact_id)).scalar_one())

    def sql(self, statement: str) -> None:
        """Write as a person with a shell does, behind our back."""
        with self.database.engine.connect() as connection, connection.begin():
            connection.execute(text(statement))

    def make_all_older(self, at: str) -> None:
        """Let everything so far have happened at ``at``."""
        with self.database.writing() as connection:
            connection.execute(update(change).values(at=at))

    def dump(self) -> str:
        """Everything that the tables say."""
        with self.database.reading() as connection:
            rows = {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}
        return repr(rows)


def moment() -> datetime:
    """The time now, as the tables can tell it from what comes before and after."""
    time.sleep(0.002)
    at = datetime.now(UTC)
    time.sleep(0.002)
    return at
