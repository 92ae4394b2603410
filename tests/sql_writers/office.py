"""What the tests of SQL writers share: a phone, a shell, and the checks that hold after everything they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import Connection, Table, func, select

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.engine import Database
from storage_plugin.database.mirror_schema import link
from storage_plugin.database.records import read_contacts
from storage_plugin.database.schema import (
    card,
    change,
    conflict,
    contact,
    hidden,
    metadata,
    search,
    touched,
    trash,
    version,
)
from storage_plugin.database.users import Users
from storage_plugin.model.book import ChangeNumber, Changes, Expect
from storage_plugin.model.view import NewContacts, View
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from tests.sql_writers.shells import Shell

ODD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iPhone OS 17.5//EN\r\nUID:{uid}\r\n"
    "N:Muster;Anna;;;\r\nFN:Anna Muster\r\n"
    "ORG:Example GmbH;\r\nTITLE:Assistant\r\n"
    "item1.EMAIL;type=INTERNET;type=pref:anna@example.com\r\nitem1.X-ABLabel:_$!<Work>!$_\r\n"
    "TEL;type=CELL;type=VOICE;type=pref:+49 30 1234\r\n"
    "ADR;type=WORK:;;Hauptstr. 1;Berlin;;10115;Germany\r\n"
    "URL;type=WORK:https://example.com/\r\n"
    'X-ABDATE;X-ODD="a;b":2001-02-03\r\n'
    "IMPP;X-SERVICE-TYPE=Skype;type=HOME:skype:anna.m\r\n"
    "CATEGORIES:Friends\r\n"
    "NOTE:A note that is long enough to be folded by the phone which has writte\r\n n it\\, at its own width\r\n"
    "X-UNKNOWN;a=1:kept  to the byte \r\nEND:VCARD\r\n"
)


class Phone:
    """One device: what it knows, and what it learns with each poll."""

    def __init__(self, database: Database, user: str, device: str) -> None:
        self.users, self.database, self.user = Users(database), database, user
        self.secret = self.users.add_device(user, device)
        self.number = ChangeNumber(0)
        self.members: dict[str, str] = {}
        self.poll()

    @property
    def book(self) -> SqlAddressBook:
        """Sign in anew, as every request does."""
        viewer = self.users.sign_in(self.user, self.secret)
        assert viewer is not None
        return SqlAddressBook(self.database, viewer)

    def poll(self) -> tuple[set[str], set[str]]:
        """Sync; give the names of what is changed (or new) and of what is gone."""
        book = self.book
        changes: Changes = book.changes_since(self.number)
        self.number = changes.number
        gone = set(changes.removed)
        assert gone <= self.members.keys(), f"told of names that the phone never had: {gone}"
        for name in gone:
            del self.members[name]
        self.members |= {entry.href: entry.etag for entry in changes.changed}
        number, entries = book.entries()
        assert number != changes.number or self.members == {entry.href: entry.etag for entry in entries}
        return {entry.href for entry in changes.changed}, gone

    def text(self, href: str) -> str:
        """Fetch a card."""
        return self.book.cards([href])[href].text

    def put(self, href: str, text: str) -> None:
        """Store a card over what the phone knows of it."""
        known = self.members.get(href)
        expect = Expect(match=(known,)) if known else Expect(none_match=("*",))
        self.book.put(href, text.encode(), expect)


class Office:
    """A database with a user who may make business contacts, a phone of theirs, and a shell."""

    def __init__(self, database: Database, url: str) -> None:
        self.database, self.url = database, url
        self.sql = Shell(url)
        users = Users(database)
        users.add("anna")
        users.set_view("anna", View(new_contacts=NewContacts.ACCEPT))
        self.phone = Phone(database, "anna", "iPhone")

    def card(self, href: str = "a.vcf") -> int:
        """Have the phone make the odd card as a business contact; give the contact's id."""
        self.phone.put(href, ODD.format(uid=f"uid-{href}"))
        self.phone.poll()
        return self.id_of(href)

    def id_of(self, href: str) -> int:
        """Give the id of the contact behind a name."""
        return self.sql.number(f"SELECT contact_id FROM card WHERE href = '{href}'")

    def versions(self, key: int) -> list[str]:
        """Give the texts that a record had before."""
        with self.database.reading() as connection:
            texts = select(version.c.text).where(version.c.contact_id == key).order_by(version.c.from_number)
            return list(connection.execute(texts).scalars())

    def check(self) -> None:
        """Check what must hold at any time after a poll."""
        self.phone.poll()
        with self.database.reading() as connection:
            for table in metadata.sorted_tables:
                _check_references(connection, table)
            _check_cards(connection)
            _check_history(connection)


def _check_references(connection: Connection, table: Table) -> None:
    for key in table.foreign_keys:
        there, here = key.column, key.parent
        if there.table is table:
            there = there.table.alias().c[there.name]
        lost = select(func.count()).where(here.is_not(None), ~select(there).where(there == here).exists())
        assert connection.execute(lost).scalar() == 0, f"orphans in {table.name}.{here.name}"
    if table in (hidden, version, conflict, link):
        key = table.c.contact_id
        known = select(contact.c.id).where(contact.c.id == key).exists()
        dead = select(trash.c.contact_id).where(trash.c.contact_id == key).exists()
        lost = select(func.count()).where(key.is_not(None), ~known, ~dead)
        assert connection.execute(lost).scalar() == 0, f"orphans in {table.name}"


def _check_cards(connection: Connection) -> None:
    """Each contact has its card, each card says what the tables say, and nothing is left to settle."""
    assert connection.execute(select(func.count()).select_from(touched)).scalar() == 0
    ids = set(connection.execute(select(contact.c.id)).scalars())
    assert ids == set(connection.execute(select(card.c.contact_id)).scalars())
    assert ids == set(connection.execute(select(search.c.contact_id)).scalars())
    assert not ids & set(connection.execute(select(trash.c.contact_id)).scalars())
    nameless = select(func.count()).select_from(contact).where(contact.c.owner_id.is_(None))
    assert connection.execute(nameless.where(contact.c.customer_number.is_(None))).scalar() == 0
    if len(ids) > 500:
        return
    truths = read_contacts(connection, sorted(ids))
    for key, text in connection.execute(select(card.c.contact_id, card.c.text)):
        who = replace(truths[key][1], photo=contact_from_vcard(text).photo)
        assert vcard_with(text, who) == text, f"card {key} does not say what the tables say"


def _check_history(connection: Connection) -> None:
    """Versions follow each other without a gap, up to the card, and each number is that of a change."""
    numbers = {row.number: row.at for row in connection.execute(select(change))}
    times = [datetime.fromisoformat(numbers[number]) for number in sorted(numbers)]
    waits = [newest - at for newest, at in zip(accumulate(times, max), times, strict=True)]
    assert max(waits) < timedelta(seconds=20), "numbers are not in the order of commits"
    since = dict(connection.execute(select(card.c.contact_id, card.c.since_number)).all())
    since |= dict(connection.execute(select(trash.c.contact_id, trash.c.since_number)).all())
    until: dict[int, int] = {}
    for row in connection.execute(
        select(version).order_by(version.c.contact_id, version.c.from_number, version.c.id)
    ):
        assert row.from_number < row.until_number, "a version that never was"
        assert row.from_number >= until.get(row.contact_id, 0), "versions overlap"
        until[row.contact_id] = row.until_number
    for key, number in until.items():
        assert number <= since[key]
    assert set(until.values()) <= numbers.keys()
