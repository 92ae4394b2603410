"""A person is erased everywhere: no table and no file of the database holds the name any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from storage_plugin.database.engine import Database
from storage_plugin.database.erasure import erase, traces
from storage_plugin.database.past import history
from storage_plugin.database.schema import blob, tombstone
from storage_plugin.model.book import Expect, NotFound, Property
from storage_plugin.model.contact import Email
from storage_plugin.model.view import View
from tests.database.installation import CLI, Installation, vcard

NAME = "Xanthippe"
PHOTO = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 400
EMAIL = "EMAIL:xanthippe@example.com"


def live_fully(here: Installation):
    """Let a record leave traces wherever it can; the second phone is behind."""
    phone, late = here.phone(), here.phone(name="late")
    phone.put("u1", f"{NAME} Abel", EMAIL, PHOTO)
    late.sync()
    phone.put("u1", f"{NAME} Zorn", EMAIL, "NOTE:Xanthippe was here")
    late.put("u1", f"{NAME} Wut", EMAIL, "NOTE:no, Xanthippe was there")
    phone.delete("u1")
    key = here.phone(name="third").book and here.contacts.restore(_deleted_id(here), CLI).id
    here.sql(f"UPDATE contact SET note = 'Xanthippe by hand' WHERE id = {key}")
    here.contacts.get(key)
    return phone, late, key


def _deleted_id(here: Installation):
    from storage_plugin.database.deleted_items import deleted_items

    return deleted_items(here.database, 1)[0].id


def test_no_table_names_an_erased_person(here):
    _, _, key = live_fully(here)
    assert NAME in here.dump()
    erase(here.database, 1, [key], CLI)
    assert NAME.lower() not in here.dump().lower()


def test_no_byte_of_the_files_names_an_erased_person(make_sqlite):
    url = make_sqlite()
    here = Installation(Database.open(url))
    _, _, key = live_fully(here)
    folder = Path(url.removeprefix("sqlite:///"))
    files = [folder, folder.with_name(folder.name + "-wal")]
    assert any(NAME.encode() in file.read_bytes() for file in files)
    assert not [line for line in erase(here.database, 1, [key], CLI).out_of_reach if "log" in line]
    for file in files:
        assert NAME.lower().encode() not in file.read_bytes().lower()
    here.database.close()


def test_phones_remove_an_erased_card_and_others_stay(here):
    phone, late, key = live_fully(here)
    phone.put("u2", "Bert Boll", "EMAIL:b@example.com")
    phone.sync()
    erase(here.database, 1, [key], CLI)
    assert list(phone.sync().removed) == ["u1.vcf"]
    assert list(late.sync().removed) == ["u1.vcf"]
    assert phone.hrefs == {"u2.vcf"}
    assert list(phone.sync().removed) == []


def test_only_who_ever_saw_the_card_is_told_of_it(here):
    here.let_bob_see("note", "key account")
    secret, once = here.add("Sara Secret"), here.add("Otto Once", note="key account")
    here.edit(once, note="")
    phone = here.phone("bob")
    erase(here.database, 1, [secret.id, once.id], CLI)
    with here.database.reading() as connection:
        told = connection.execute(select(tombstone.c.href).where(tombstone.c.user_id == here.bob)).scalars().all()
    assert told == [once.href]
    assert list(phone.sync().removed) == []


def test_the_business_side_learns_of_it_as_a_deletion(here):
    anna = here.add()
    number, _ = here.contacts.changes_since(0)
    erase(here.database, 1, [anna.id], CLI)
    assert [(change.id, change.deleted) for change in here.contacts.changes_since(number)[1]] == [(anna.id, True)]


def test_nothing_is_known_of_an_erased_record(here):
    anna = here.add()
    erase(here.database, 1, [anna.id], CLI)
    with pytest.raises(NotFound):
        history(here.database, 1, anna.id)
    with pytest.raises(NotFound):
        here.contacts.restore(anna.id, CLI)
    with pytest.raises(NotFound):
        erase(here.database, 1, [anna.id], CLI)


def test_when_one_of_several_is_not_there_none_is_erased(here):
    anna = here.add()
    with pytest.raises(NotFound):
        erase(here.database, 1, [anna.id, 4711], CLI)
    assert here.contacts.get(anna.id) == anna


def test_a_photo_goes_unless_another_card_has_it(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com", PHOTO)
    phone.put("u2", "Bert Boll", "EMAIL:b@example.com", PHOTO)
    erase(here.database, 1, [here.id_of("u1")], CLI)
    assert PHOTO in phone.read("u2").replace("\r\n ", "")
    erase(here.database, 1, [here.id_of("u2")], CLI)
    with here.database.reading() as connection:
        assert connection.execute(select(blob)).all() == []


def test_a_proposal_for_the_erased_person_goes_too(here):
    here.users.set_view("bob", View(read_only=True))
    here.phone("bob").put("u1", f"{NAME} Abel", EMAIL)
    here.phone().put("u1", f"{NAME} Zorn", EMAIL)
    erase(here.database, 1, [here.id_of("u1")], CLI)
    assert NAME not in here.dump()


def test_the_report_says_who_saw_it_and_what_is_out_of_reach(here):
    anna = here.add("Anna Abel")
    here.add("Bert Boll", manager="Anna Abel")
    report = erase(here.database, 1, [anna.id], CLI)
    assert report.seen_by == ("alice", "bob")
    assert any("backups" in line for line in report.out_of_reach)
    assert any(line.endswith("mention the name: 2") for line in report.out_of_reach)


ME = "{http://calendarserver.org/ns/}me-card"


def said(user: str, name: str) -> Property:
    return Property(f'<ns0:href xmlns:ns0="DAV:">/{user}/contacts/{name}</ns0:href>')


def test_a_me_card_that_was_the_erased_one_is_forgotten_and_others_stay(here):
    alice, bob = here.phone("alice"), here.phone("bob")
    alice.book.put("Xanthippe Ä.vcf", vcard("u1", f"{NAME} Abel", EMAIL).encode(), Expect())
    alice.put("u2", "Bert Boll", "EMAIL:b@example.com")
    alice.book.set_properties(
        "home", [(ME, said("alice", "Xanthippe%20%C3%84.vcf")), ("{x:}colour", Property("red"))]
    )
    alice.book.set_properties("book", [(ME, said("alice", "u2.vcf"))])
    bob.book.set_properties("home", [(ME, said("bob", "Xanthippe%20%c3%84.vcf"))])
    report = erase(here.database, 1, [here.id_of("u1")], CLI)
    assert alice.book.properties("home") == {"{x:}colour": Property("red")}
    assert alice.book.properties("book") == {ME: said("alice", "u2.vcf")}
    assert bob.book.properties("home") == {}
    assert not any("devices and mentions" in line for line in report.out_of_reach)


def test_a_me_card_whose_name_another_card_has_by_now_stays(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com")
    key = here.id_of("u1")
    phone.delete("u1")
    phone.book.put("u1.vcf", vcard("u2", "Bert Boll", "EMAIL:b@example.com").encode(), Expect())
    phone.book.set_properties("home", [(ME, said("alice", "u1.vcf"))])
    erase(here.database, 1, [key], CLI)
    assert ME in phone.book.properties("home")


def test_a_name_in_what_devices_set_is_told(here):
    anna = here.add("Anna Abel")
    here.phone().book.set_properties(
        "book", [("{DAV:}displayname", Property("Anna ABEL &amp; friends")), ("{x:}y", Property("Anna"))]
    )
    note = Property('<a xmlns="x:" of="Anna Abel"/>')
    here.phone("bob").book.set_properties("home", [("{x:}note", note)])
    here.sql("UPDATE property SET value = 'Anna Abel <' WHERE name = '{x:}y'")
    report = erase(here.database, 1, [anna.id], CLI)
    (told,) = (line for line in report.out_of_reach if "devices and mentions" in line)
    assert told.endswith("mentions the name: displayname of alice's book, y of alice's book, note of bob's home")


def test_traces_are_found_in_the_book_the_deleted_items_and_the_past(here):
    living, deleted, renamed = here.add("Anna Abel"), here.add("Anna Böll"), here.add("Anna Çelik")
    here.contacts.delete(deleted.id, CLI)
    here.edit(renamed, formatted_name="Zoë Çelik", given_name="Zoë")
    here.add("Bert Boll", emails=(Email("b@example.com"),))
    assert [(trace.id, trace.where) for trace in traces(here.database, 1, "aNNa")] == [
        (living.id, "book"),
        (deleted.id, "deleted items"),
        (renamed.id, "history"),
    ]


def test_an_erased_customer_number_is_not_given_again(here):
    erase(here.database, 1, [here.add().id], CLI)
    assert here.add().customer_number == "10002"


def test_a_name_that_a_phone_uses_of_its_own_is_the_one_that_it_is_told(here):
    alice, bob = here.phone("alice"), here.phone("bob")
    here.let_bob_see("note", "key account")
    alice.book.put("same.vcf", vcard("u1", "Anna Abel", "EMAIL:a@example.com").encode(), Expect())
    bob.book.put("same.vcf", vcard("u2", "Bert Boll").encode(), Expect())
    bob.sync()
    erase(here.database, 1, [here.id_of("u2")], CLI)
    assert list(bob.sync().removed) == ["same.vcf"]


def test_a_deletion_is_told_under_the_name_that_a_phone_uses(here):
    alice, bob = here.phone("alice"), here.phone("bob")
    here.let_bob_see("note", "key account")
    alice.book.put("same.vcf", vcard("u1", "Anna Abel", "EMAIL:a@example.com").encode(), Expect())
    bob.book.put("same.vcf", vcard("u2", "Bert Boll").encode(), Expect())
    bob.sync()
    here.contacts.delete(here.id_of("u2"), CLI)
    assert list(bob.sync().removed) == ["same.vcf"]
