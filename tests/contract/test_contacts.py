"""The contract of ``model.book.Contacts``: the same tests over SQLite, PostgreSQL and memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.model.book import ContactId, NotFound, Origin, Precondition
from storage_plugin.model.contact import Contact

CLI = Origin("cli")
ANNA = Contact(formatted_name="Anna Abel", given_name="Anna", family_name="Abel")


@pytest.fixture
def contacts(database: Database) -> SqlContacts:
    return SqlContacts(database, 1)


def test_a_saved_contact_is_read_back(contacts):
    record = contacts.save(ANNA, CLI)
    assert contacts.get(record.id) == record
    assert record.contact == ANNA


def test_a_change_against_an_old_revision_is_refused(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.save(replace(ANNA, note="x"), CLI, contact_id=record.id, revision=record.revision)
    with pytest.raises(Precondition):
        contacts.save(replace(ANNA, note="y"), CLI, contact_id=record.id, revision=record.revision)


def test_a_record_that_was_never_there_is_not_found(contacts):
    with pytest.raises(NotFound):
        contacts.get(ContactId(4711))


def test_a_restored_record_keeps_its_customer_number(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    assert contacts.restore(record.id, CLI).customer_number == record.customer_number == "10001"
