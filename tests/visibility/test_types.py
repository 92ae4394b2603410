"""A record type that is renamed, or built on something else, decides anew who sees its records (BCM-39, BCM-42)."""

from __future__ import annotations

import pytest

from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import Origin, Refused
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import Base, Field, RecordType
from tests.visibility.office import Office, Phone, only

CLI = Origin("cli")


def suppliers(office: Office) -> int:
    """A record of a type of the firm's own, and one that is of no such type; give the first one's id."""
    RecordTypes(office.database, office.book_id).add(RecordType("Supplier", Base.CONTACT, (Field("Rating"),)))
    office.business.save(Contact(formatted_name="Cy"), CLI)
    return office.business.save(Contact(formatted_name="Ada"), CLI, type="Supplier", custom={"Rating": "A"}).id


def by_sql(office: Office, name: str) -> None:
    mine = {"book": office.book_id, "name": name}
    office.sql("UPDATE record_type SET name = :name WHERE name = 'Supplier' AND book_id = :book", **mine)


def by_rename(office: Office, name: str) -> None:
    RecordTypes(office.database, office.book_id).rename("Supplier", name)


@pytest.mark.parametrize("rename", [by_sql, by_rename])
def test_a_renamed_type_is_filtered_by_its_new_name(office: Office, phone: Phone, bobs: Phone, rename) -> None:
    key = suppliers(office)
    office.sees(office.alice, only("type", "is", "Supplier"))
    office.sees(office.bob, only("type", "is", "Vendor"))
    phone.sync(), bobs.sync()
    (href,) = phone.cards
    assert not bobs.cards
    rename(office, "Vendor")
    assert phone.sync() == (set(), {href})
    assert bobs.sync() == ({href}, set())
    assert phone.cards == phone.listing() and bobs.cards == bobs.listing()
    assert office.business.get(key).type == "Vendor"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Supplier", "Account", "already"),
        ("Supplier", " ", "needs a name"),
        ("Vendor", "Seller", "no record type"),
        ("Business Contact", "Contact", "keeps its name"),
    ],
)
def test_a_name_that_a_type_cannot_take_is_refused(office: Office, old: str, new: str, sentence: str) -> None:
    key = suppliers(office)
    types = RecordTypes(office.database, office.book_id)
    before = types.list()
    with pytest.raises(Refused, match=sentence):
        types.rename(old, new)
    assert types.list() == before
    assert office.business.get(key).type == "Supplier"


def test_a_type_that_becomes_one_of_accounts_leaves_the_phones(office: Office, phone: Phone) -> None:
    suppliers(office)
    phone.sync()
    mine = {"book": office.book_id}
    office.sql("UPDATE record_type SET base = 'account' WHERE name = 'Supplier' AND book_id = :book", **mine)
    _, gone = phone.sync()
    assert len(gone) == 1 and phone.cards == phone.listing()
    office.sql("UPDATE record_type SET base = 'contact' WHERE name = 'Supplier' AND book_id = :book", **mine)
    assert phone.sync() == (gone, set())


def test_a_renamed_field_is_filtered_by_its_new_name(office: Office, phone: Phone) -> None:
    suppliers(office)
    office.sees(office.alice, only("custom.Grade", "is", "A"))
    phone.sync()
    assert not phone.cards
    of_book = "SELECT id FROM record_type WHERE book_id = :book"
    office.sql(f"UPDATE record_field SET name = 'Grade' WHERE record_type_id IN ({of_book})", book=office.book_id)
    phone.sync()
    assert len(phone.cards) == 1 and phone.cards == phone.listing()
