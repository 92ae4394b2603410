"""Random lives of a book against a plain dictionary: whatever happens, three observers agree with it.

The observers: the book itself, the business side that follows by change numbers, and the phones of alice and bob
that follow by sync tokens (where there is a database).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.memory import MemoryContacts
from storage_plugin.database.users import Users
from storage_plugin.model.book import ChangeNumber, NotFound, Origin, Precondition
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.effort import examples

CLI = Origin("cli")
NAMES = st.sampled_from(["Anna", "Bert", "Çelik", "山田"])
NOTES = st.sampled_from(["", "x", "key account", "l1\nl2"])


@dataclass(frozen=True)
class Known:
    """What the model knows of a record."""

    contact: Contact
    owner: int | None
    number: str
    is_account: bool = False

    def is_seen_by(self, user: int) -> bool:
        """Tell whether a phone shows it: bob's filter lets only key accounts through."""
        if self.owner is not None:
            return self.owner == user
        return not self.is_account and (user == 1 or "key" in self.contact.note)


class Phone:
    """A device that has what it was told, and asks for changes now and then."""

    def __init__(self, database: Database, user: str) -> None:
        self.database, self.user = database, user
        self.cards: dict[str, str] = {}
        self.number: ChangeNumber | None = None

    def sync(self) -> set[str]:
        viewer = Users(self.database).viewer(self.user)
        assert viewer is not None
        book = SqlAddressBook(self.database, viewer)
        if self.number is None:
            self.number, entries = book.entries()
            self.cards = dict(entries)
            return set(self.cards)
        changes = book.changes_since(self.number)
        for href in changes.removed:
            assert self.cards.pop(href, None), "told to remove what it never had"
        self.cards |= dict(changes.changed)
        self.number = changes.number
        assert self.cards == dict(book.entries()[1])
        return set(self.cards)


class BookMachine(RuleBasedStateMachine):
    """Everything that the port can do, in any order."""

    make: Callable[[], tuple[Any, list[Phone], Callable[[], None]]]
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.contacts, self.phones, self.close = type(self).make()
        self.living: dict[int, Known] = {}
        self.deleted: dict[int, Known] = {}
        self.events: list[tuple[int, int]] = []
        self.hrefs: dict[int, str] = {}
        self.tokens = [0]
        self.customers = 10000

    def teardown(self) -> None:
        for phone in self.phones:
            self.check_phone(phone)
        self.close()

    @rule(target=ids, name=NAMES, note=NOTES, owner=st.sampled_from([None, 1, 2]), is_account=st.booleans())
    def add(self, name: str, note: str, owner: int | None, is_account: bool) -> int:
        who = Contact(formatted_name=name, given_name=name, note=note, emails=(Email(f"{len(name)}@example.com"),))
        is_account = is_account and owner is None
        type_ = "Account" if is_account else "Business Contact"
        record = self.contacts.save(who, CLI, owner_id=owner, type=type_)
        self.living[record.id] = Known(record.contact, owner, self.next_customer(owner), is_account)
        assert record.customer_number == self.living[record.id].number
        self.hrefs[record.id] = record.href
        self.happened(record.id, record.number)
        return record.id

    @rule(key=ids, note=NOTES, email=st.booleans())
    def change(self, key: int, note: str, email: bool) -> None:
        if key not in self.living:
            with pytest.raises(NotFound):
                self.contacts.save(Contact(formatted_name="x"), CLI, contact_id=key)
            return
        known = self.living[key]
        wanted = replace(known.contact, note=note, emails=known.contact.emails if email else ())
        record = self.contacts.save(wanted, CLI, contact_id=key)
        assert record.contact == wanted
        if wanted != known.contact:
            self.living[key] = replace(known, contact=wanted)
            self.happened(key, record.number)

    @rule(key=ids)
    def change_an_old_revision(self, key: int) -> None:
        if key in self.living:
            revision = self.contacts.get(key).revision
            with pytest.raises(Precondition):
                self.contacts.save(Contact(formatted_name="x"), CLI, contact_id=key, revision=revision - 1)

    @rule(key=ids)
    def delete(self, key: int) -> None:
        if key not in self.living:
            with pytest.raises(NotFound):
                self.contacts.delete(key, CLI)
            return
        self.contacts.delete(key, CLI)
        self.deleted[key] = self.living.pop(key)
        self.happened(key, self.contacts.changes_since(0)[0])

    @rule(key=ids)
    def restore(self, key: int) -> None:
        if key not in self.deleted:
            with pytest.raises(NotFound):
                self.contacts.restore(key, CLI)
            return
        record = self.contacts.restore(key, CLI)
        self.living[key] = self.deleted.pop(key)
        assert record.customer_number == self.living[key].number
        self.happened(key, record.number)

    @rule(key=ids, by=st.sampled_from([None, 1, 2]))
    def promote(self, key: int, by: int | None) -> None:
        known = self.living.get(key)
        origin = Origin("dav", by)
        if known is None or (known.owner is not None and by not in (None, known.owner)):
            with pytest.raises(NotFound):
                self.contacts.promote(key, origin)
        elif known.owner is not None:
            record = self.contacts.promote(key, origin)
            self.living[key] = replace(known, owner=None, number=self.next_customer(None))
            self.happened(key, record.number)

    @rule(at=st.integers(0, 9))
    def ask_for_changes(self, at: int) -> None:
        since = self.tokens[at % len(self.tokens)]
        now, changes = self.contacts.changes_since(since)
        latest = dict(self.events)
        expected = {key: key in self.deleted for key, number in latest.items() if number > since}
        assert {change.id: change.deleted for change in changes} == expected
        assert [change.number for change in changes] == sorted(latest[change.id] for change in changes)
        self.tokens.append(now)

    @rule(at=st.integers(0, 1))
    def sync_a_phone(self, at: int) -> None:
        if self.phones:
            self.check_phone(self.phones[at])

    @invariant()
    def the_book_says_what_the_model_says(self) -> None:
        said = {
            record.id: (record.contact, record.owner_id, record.customer_number) for record in self.contacts.list()
        }
        assert said == {key: (known.contact, known.owner, known.number) for key, known in self.living.items()}

    def check_phone(self, phone: Phone) -> None:
        user = 1 if phone.user == "alice" else 2
        assert phone.sync() == {self.hrefs[key] for key, known in self.living.items() if known.is_seen_by(user)}

    def happened(self, key: int, number: int) -> None:
        assert all(number > earlier for _, earlier in self.events)
        self.events.append((key, number))

    def next_customer(self, owner: int | None) -> str:
        if owner is not None:
            return ""
        self.customers += 1
        return str(self.customers)


def run(make: Callable[[], Any], tried: int) -> None:
    machine = type("Machine", (BookMachine,), {"make": staticmethod(make)})
    relaxed = settings(
        max_examples=tried,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=relaxed)


def with_database(url: str) -> tuple[Any, list[Phone], Callable[[], None]]:
    database = Database.open(url)
    users = Users(database)
    users.add("alice"), users.add("bob")
    users.set_view("bob", View(Filter((Condition("note", Operator.CONTAINS, "KEY"),))))
    return SqlContacts(database, 1), [Phone(database, "alice"), Phone(database, "bob")], database.close


def test_memory_lives_as_the_model():
    run(lambda: (MemoryContacts(), [], lambda: None), examples(100))


def test_sqlite_lives_as_the_model(make_sqlite):
    run(lambda: with_database(make_sqlite()), examples(25))


def test_postgresql_lives_as_the_model(make_postgresql):
    run(lambda: with_database(make_postgresql()), examples(8))
