"""What only a database can show of the business side: phones, SQL writers, and looking things up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage_plugin.database.deleted_items import deleted_items, empty
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import Expect, NotFound, Precondition, Refused
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.record_type import ACCOUNT, BUSINESS_CONTACT, Field, FieldKind, RecordType
from storage_plugin.model.view import View
from tests.database.installation import ANNA, CLI, Installation, vcard

# --- with phones ---


def test_a_saved_contact_reaches_every_phone(here):
    alice, bob = here.phone("alice"), here.phone("bob")
    anna = here.add()
    assert [entry.href for entry in alice.sync().changed] == [anna.href] == [e.href for e in bob.sync().changed]


def test_an_edit_touches_only_the_lines_of_its_fields(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "item7.EMAIL;X-a=b:a@example.com", "X-CLUB:Rowing", "NOTE:old")
    before = phone.read("u1")
    here.edit(here.contacts.get(here.id_of("u1")), note="new")
    assert phone.read("u1") == before.replace("NOTE:old", "NOTE:new")


def test_an_account_is_on_no_phone_unless_a_view_shows_it(here):
    phone = here.phone("bob")
    account = here.contacts.save(Contact(formatted_name="Contoso"), CLI, type="Account")
    assert phone.hrefs == set()
    here.users.set_view("bob", View(show_accounts=True))
    assert phone.hrefs == {account.href}


def test_a_contact_that_becomes_an_account_leaves_the_phones(here):
    phone = here.phone("bob")
    phone.put("u1", "Bert Boll")
    phone.sync()
    here.contacts.promote(here.id_of("u1"), CLI, type="Account")
    changes = phone.sync()
    assert (list(changes.changed), list(changes.removed)) == ([], ["u1.vcf"])


def test_a_promoted_contact_reaches_those_whose_filter_lets_it_through(here):
    alice, bob = here.phone("alice"), here.phone("bob")
    here.let_bob_see("note", "key account")
    bob.put("u1", "Bert Boll")
    bob.put("u2", "Carl Coll", "NOTE:key account")
    alice.sync(), bob.sync()
    for uid in ("u1", "u2"):
        here.contacts.promote(here.id_of(uid), CLI)
    assert {entry.href for entry in alice.sync().changed} == {"u1.vcf", "u2.vcf"}
    changes = bob.sync()
    assert [entry.href for entry in changes.changed] == ["u2.vcf"] and list(changes.removed) == ["u1.vcf"]


def test_a_promoted_card_gets_a_new_identity_where_somebody_has_its_uid(here):
    alice, bob = here.phone("alice"), here.phone("bob")
    here.users.set_view("alice", View())
    alice.put("u1", "Bert Boll", "NOTE:alice knows him too")
    bob.book.put("b.vcf", alice.read("u1").replace("alice knows him too", "x").encode(), Expect())
    bob.sync(), alice.sync()
    key = next(record.id for record in here.contacts.inbox(here.bob))
    record = here.contacts.promote(key, CLI)
    assert record.uid != "u1"
    assert len(alice.hrefs) == 2 and "u1.vcf" in alice.hrefs
    assert list(bob.sync().removed) == ["b.vcf"] and bob.hrefs == {record.href}
    assert f"UID:{record.uid}\r\n" in bob.book.cards([record.href])[record.href].text


def test_a_restored_card_gets_another_name_where_its_own_is_taken(here):
    bob = here.phone("bob")
    bob.put("u1", "Bert Boll")
    key = here.id_of("u1")
    bob.delete("u1")
    bob.book.put("u1.vcf", vcard("u2", "Carl Coll").encode(), Expect())
    record = here.contacts.restore(key, CLI)
    assert record.href != "u1.vcf" and bob.hrefs == {"u1.vcf", record.href}


# --- with people who write SQL ---


def test_what_sql_wrote_is_read(here):
    here.sql("INSERT INTO contact (given_name, family_name) VALUES ('Sven', 'Sequel')")
    (record,) = here.contacts.list()
    assert (record.contact.formatted_name, record.type, record.customer_number) == (
        "Sven Sequel",
        "Business Contact",
        "10001",
    )


def test_what_sql_wrote_is_not_overwritten_by_a_save(here):
    anna = here.add()
    here.sql(f"UPDATE contact SET note = 'by hand' WHERE id = {anna.id}")
    here.contacts.save(replace(here.contacts.get(anna.id).contact, nickname="A"), CLI, contact_id=anna.id)
    assert (here.contacts.get(anna.id).contact.note, here.contacts.get(anna.id).contact.nickname) == ("by hand", "A")


def test_a_save_against_a_revision_notices_what_sql_wrote(here):
    anna = here.add()
    here.sql(f"UPDATE contact SET note = 'by hand' WHERE id = {anna.id}")
    with pytest.raises(Precondition, match="has changed since"):
        here.contacts.save(ANNA, CLI, contact_id=anna.id, revision=anna.revision)


def test_what_sql_deleted_is_in_the_deleted_items_and_can_be_restored(here):
    anna = here.add(emails=(Email("a@example.com"),))
    here.sql(f"DELETE FROM contact WHERE id = {anna.id}")
    (item,) = deleted_items(here.database, 1)
    assert (item.id, item.author.source, item.contact) == (anna.id, "sql", anna.contact)
    back = here.contacts.restore(anna.id, CLI)
    assert (back.contact, back.customer_number) == (anna.contact, anna.customer_number)


def test_a_number_that_sql_gave_is_passed_over(here):
    here.sql("INSERT INTO contact (given_name, customer_number) VALUES ('Sven', '10001')")
    assert here.add().customer_number == "10002"


def test_what_sql_wrote_is_told_as_a_change(here):
    anna = here.add()
    here.sql(f"UPDATE contact SET note = 'by hand' WHERE id = {anna.id}")
    assert [change.id for change in here.contacts.changes_since(anna.number)[1]] == [anna.id]


# --- looking up ---


def test_words_are_found_in_any_script_and_case(here):
    here.add("Anna Abel")
    cyrillic = here.contacts.save(Contact(formatted_name="Юлия Ёж", note="Straße"), CLI)
    for words in ("юлия", "ЁЖ юл", "strasse", "10002"):
        assert [record.id for record in here.contacts.search(words)] == [cyrillic.id]
    assert here.contacts.search("  ") == [] and here.contacts.search("nobody") == []


def test_a_search_finds_own_fields(here):
    RecordTypes(here.database, 1).add_field("Business Contact", Field("Terms"))
    here.contacts.save(ANNA, CLI, custom={"Terms": "Thirty days"})
    assert len(here.contacts.search("thirty")) == 1


def test_the_inbox_holds_what_waits_for_promotion(here):
    here.add()
    here.phone("bob").put("u1", "Bert Boll")
    (record,) = here.contacts.inbox(here.bob)
    assert (record.contact.formatted_name, record.owner_id) == ("Bert Boll", here.bob)
    assert here.contacts.inbox() == [record] and here.contacts.inbox(here.alice) == []
    here.contacts.promote(record.id, CLI)
    assert here.contacts.inbox() == []


def test_accounts_are_listed_with_their_contacts(here):
    account = here.contacts.save(Contact(formatted_name="Contoso"), CLI, type="Account")
    anna = here.contacts.save(ANNA, CLI)
    here.add("Bert Boll")
    assert here.contacts.accounts() == [account]
    assert here.contacts.contacts_of(account.id) == [anna]


def test_an_unknown_customer_number_is_not_found(here):
    with pytest.raises(NotFound):
        here.contacts.numbered("1")


# --- the deleted items ---


def test_the_deleted_items_tell_what_by_whom_and_when(here):
    phone = here.phone("alice", "iPhone")
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com")
    phone.delete("u1")
    (item,) = deleted_items(here.database, 1)
    assert (item.contact.formatted_name, item.customer_number) == ("Anna Abel", "10001")
    assert (item.author.user, item.author.device) == ("alice", "iPhone") and item.deleted_at


def test_emptying_leaves_nothing_but_what_phones_must_remove(here):
    here.let_bob_see("note", "key account")
    late, bob = here.phone("alice"), here.phone("bob")
    record = here.add("Xaver Xylander")
    late.sync()
    number, _ = here.contacts.changes_since(0)
    here.contacts.delete(record.id, CLI)
    assert empty(here.database, 1) == 1
    assert "Xylander" not in here.dump()
    assert list(late.sync().removed) == [record.href]
    assert list(bob.sync().removed) == []
    assert [(c.id, c.deleted) for c in here.contacts.changes_since(number)[1]] == [(record.id, True)]


def test_who_has_removed_a_card_is_not_told_again_when_the_items_are_emptied(here):
    phone = here.phone()
    record = here.add()
    here.contacts.delete(record.id, CLI)
    phone.sync()
    empty(here.database, 1)
    assert list(phone.sync().removed) == []


def test_one_item_can_be_removed_for_good(here):
    one, two = here.add("Anna Abel"), here.add("Bert Boll")
    for record in (one, two):
        here.contacts.delete(record.id, CLI)
    assert empty(here.database, 1, [one.id]) == 1
    assert [item.id for item in deleted_items(here.database, 1)] == [two.id]
    with pytest.raises(NotFound):
        empty(here.database, 1, [one.id])


def test_a_living_record_cannot_be_emptied(here):
    anna = here.add()
    with pytest.raises(NotFound):
        empty(here.database, 1, [anna.id])
    assert here.contacts.get(anna.id) == anna


# --- record types ---


def test_a_book_comes_with_business_contacts_and_accounts(here):
    assert RecordTypes(here.database, 1).list() == [BUSINESS_CONTACT, ACCOUNT]


def test_a_type_of_ones_own_is_listed_with_its_fields(here: Installation):
    supplier = RecordType("Supplier", fields=(Field("Terms"), Field("Rating", FieldKind.CHOICE, ("A", "B"))))
    RecordTypes(here.database, 1).add(supplier)
    assert RecordTypes(here.database, 1).list()[-1] == supplier


@pytest.mark.parametrize(
    "wanted",
    [
        RecordType("Account"),
        RecordType(" "),
        RecordType("Supplier", fields=(Field("Terms"), Field("Terms"))),
        RecordType("Supplier", fields=(Field(""),)),
        RecordType("Supplier", fields=(Field("Rating", FieldKind.CHOICE),)),
        RecordType("Supplier", fields=(Field("Terms", choices=("A",)),)),
    ],
)
def test_a_type_that_cannot_be_one_is_refused_whole(here, wanted):
    with pytest.raises(Refused):
        RecordTypes(here.database, 1).add(wanted)
    assert RecordTypes(here.database, 1).list() == [BUSINESS_CONTACT, ACCOUNT]


def test_a_filter_sees_the_type_of_every_shared_record(here):
    here.let_bob_see("type", "business")
    phone = here.phone("bob")
    alice = here.phone("alice")
    alice.put("u1", "Anna Abel", "EMAIL:a@example.com")
    here.sql("INSERT INTO contact (given_name) VALUES ('Sven')")
    here.add("Bert Boll")
    assert len(phone.hrefs) == 3
