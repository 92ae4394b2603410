"""A book with users, one of whom has a mirror that is being run, over both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.failures import Failures
from storage_plugin.database.journal import Journal
from storage_plugin.database.leases import Lease, take_lease
from storage_plugin.database.links import Links
from storage_plugin.database.mirrors import Mirror, Mirrors
from storage_plugin.database.our_side import OurRecord, OurSide
from storage_plugin.database.our_writes import OurWrites
from storage_plugin.database.runs import Runs
from storage_plugin.database.users import Users
from storage_plugin.model.book import ContactId, Record
from storage_plugin.model.book import Origin as By
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import ItemId, Link, Origin
from storage_plugin.model.view import Condition, Filter, Operator, View

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLI = By("cli")


def person(name: str, **more: Any) -> Contact:
    given, family = name.split()
    return Contact(formatted_name=name, given_name=given, family_name=family, **more)


def linking(item: str, origin: Origin = Origin.CREATED, version: str = "v1") -> Callable[[OurRecord], Link]:
    """A function that links a record with an item that shows all of it."""

    def made(record: OurRecord) -> Link:
        view = replace(record.contact, photo="")
        return Link(record.id, ItemId(item), version, origin, view, view)

    return made


class Office:
    """Alice has a mirror; bob has not."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = Users(database)
        self.alice, self.bob = self.users.add("alice"), self.users.add("bob")
        self.contacts = SqlContacts(database, 1)
        self.mirrors = Mirrors(database)
        self.mirror: Mirror = self.mirrors.create(self.alice, "memory", folder="Contacts")
        lease = take_lease(database, self.mirror.id, "one", NOON, 600)
        assert lease is not None
        self.lease: Lease = lease
        self.runs = Runs(database)
        self.run = self.runs.start(lease, "incremental")
        self.side = OurSide(database, self.mirror)
        self.writes = OurWrites(database, self.mirror, lease, self.run)
        self.links = Links(database, self.mirror.id)
        self.journal = Journal(database, lease)
        self.failures = Failures(database, self.mirror.id)

    def add(self, name: str = "Anna Abel", *, owner: int | None = None, **more: Any) -> Record:
        return self.contacts.save(person(name, **more), CLI, owner_id=owner)

    def edit(self, record: Record, **fields: Any) -> Record:
        present = self.contacts.get(record.id).contact
        return self.contacts.save(replace(present, **fields), CLI, contact_id=record.id)

    def link(self, *records: Record, origin: Origin = Origin.CREATED) -> None:
        known = self.side.load([record.id for record in records])
        self.writes.settle(links=[linking(f"item-{key}", origin)(known[key]) for key in known])

    def one(self, contact_id: ContactId) -> OurRecord:
        return self.side.load([contact_id])[contact_id]

    def let_alice_see(self, property_: str, value: str, **more: Any) -> None:
        self.users.set_view("alice", View(Filter((Condition(property_, Operator.CONTAINS, value),)), **more))

    def ids_since(self, since: Any) -> Sequence[ContactId]:
        return self.side.since(since.number, since.view).ids

    def sql(self, statement: str) -> None:
        """Write as a person with a shell does, behind our back."""
        with self.database.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(statement)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)
