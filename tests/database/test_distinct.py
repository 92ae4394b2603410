"""Two that are told apart, on each database: found no more as duplicates, and found again when one changes."""

from __future__ import annotations

from dataclasses import replace

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.distinct import take_back, tell_apart, told_apart
from storage_plugin.database.duplicates import duplicates
from storage_plugin.database.engine import Database
from storage_plugin.database.users import Users
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import Contact, Email


def test_two_are_told_apart_until_one_changes(database: Database) -> None:
    Users(database).add("anna")
    viewer = Users(database).viewer("anna")
    assert viewer is not None
    viewing, contacts = Viewing(database, viewer), SqlContacts(database, 1)
    mail = (Email("info@x.example"),)
    one, other = (contacts.save(Contact(name, emails=mail), Origin("cli")) for name in ("Abel", "Benz"))
    assert len(duplicates(viewing)) == 1
    for _ in range(2):
        tell_apart(viewing, other, one)
    assert [(each.names, each.by) for each in told_apart(viewing)] == [(("Abel", "Benz"), "anna")]
    assert duplicates(viewing) == []
    contacts.save(replace(one.contact, given_name="Ida"), Origin("cli"), contact_id=one.id)
    assert told_apart(viewing) == [] and len(duplicates(viewing)) == 1
    tell_apart(viewing, contacts.get(one.id), other)
    assert duplicates(viewing) == []
    take_back(viewing, other.id, one.id)
    assert len(duplicates(viewing)) == 1
