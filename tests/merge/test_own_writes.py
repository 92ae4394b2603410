"""Edits without If-Match after a device's own writes: what it last wrote it has, whether it was told or not."""

from __future__ import annotations

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.engine import Database
from storage_plugin.database.users import Users
from storage_plugin.model.book import Expect

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\nFN:Ada\r\nN:;Ada;;;\r\nNOTE:{note}\r\nTITLE:{title}\r\nEND:VCARD\r\n"


def _phone(database: Database, name: str) -> SqlAddressBook:
    users = Users(database)
    viewer = users.sign_in("anna", users.add_device("anna", name))
    assert viewer is not None
    return SqlAddressBook(database, viewer)


def _put(phone: SqlAddressBook, note: str, title: str) -> None:
    phone.put("u1.vcf", CARD.format(note=note, title=title).encode(), Expect())


def test_a_device_that_wrote_a_field_before_does_not_write_it_again(database: Database) -> None:
    Users(database).add("anna")
    first, second = _phone(database, "first"), _phone(database, "second")
    _put(first, "x0", "Boss")
    first.presented(first.entries()[0])
    _put(first, "x1", "Boss")
    second.presented(second.entries()[0])
    _put(second, "y2", "Boss")

    _put(first, "x1", "Chief")

    text = first.cards(["u1.vcf"])["u1.vcf"].text
    assert "NOTE:y2" in text and "TITLE:Chief" in text


def test_a_device_that_never_synced_still_merges_onto_its_own_write(database: Database) -> None:
    Users(database).add("anna")
    first, second = _phone(database, "first"), _phone(database, "second")
    _put(first, "x1", "Boss")
    second.presented(second.entries()[0])
    _put(second, "y2", "Boss")

    _put(first, "x1", "Chief")

    text = first.cards(["u1.vcf"])["u1.vcf"].text
    assert "NOTE:y2" in text and "TITLE:Chief" in text


def test_a_merged_write_is_not_what_the_device_has(database: Database) -> None:
    Users(database).add("anna")
    first, second = _phone(database, "first"), _phone(database, "second")
    _put(first, "x0", "Boss")
    first.presented(first.entries()[0])
    second.presented(second.entries()[0])
    _put(second, "y2", "Boss")
    _put(first, "x0", "Chief")  # merged: the book says y2 and Chief, the device x0 and Chief

    _put(first, "x0", "Head")

    text = first.cards(["u1.vcf"])["u1.vcf"].text
    assert "NOTE:y2" in text and "TITLE:Head" in text


def test_names_and_uids_of_any_length_are_stored(database: Database) -> None:
    Users(database).add("anna")
    phone, long = _phone(database, "phone"), "".join(f"{number:x}" for number in range(4_000))
    card = CARD.format(note="n", title="t").replace("FN:Ada", f"FN:{long}").replace("UID:u1", f"UID:{long}")

    phone.put("long.vcf", card.encode(), Expect())

    assert phone.cards(["long.vcf"])["long.vcf"].text == card
