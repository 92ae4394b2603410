"""The history of a record, and going back in it."""

from __future__ import annotations

import pytest

from storage_plugin.database.differences import FieldChange
from storage_plugin.database.past import history, restore_version
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import ContactId, NotFound, Refused
from storage_plugin.model.contact import Email, Phone
from storage_plugin.model.record_type import Field
from tests.database.installation import CLI, Installation

PHOTO = "PHOTO;ENCODING=b;TYPE=JPEG:" + "/9j/" * 400


def events(here: Installation, contact_id: int):
    return history(here.database, 1, ContactId(contact_id))


def test_each_change_tells_field_by_field_what_was_and_what_is(here):
    anna = here.add(emails=(Email("a@example.com", "work", preferred=True),))
    here.edit(anna, note="likes tea", emails=())
    changed = events(here, anna.id)[-1]
    assert changed.what == "changed"
    assert changed.changes == (
        FieldChange("note", "", "likes tea"),
        FieldChange("emails", "a@example.com (work, preferred)", ""),
    )


def test_the_first_event_is_the_creation_with_all_that_was_given(here):
    anna = here.add(phones=(Phone("+49 1"),))
    (created,) = events(here, anna.id)
    assert (created.what, created.revision, created.author.source) == ("created", 1, "cli")
    assert {change.field: change.new for change in created.changes} == {
        "formatted_name": "Anna Abel",
        "given_name": "Anna",
        "family_name": "Abel",
        "phones": "+49 1",
        "shared": "yes",
        "type": "Business Contact",
        "customer_number": "10001",
    }


def test_history_names_user_and_device(here):
    phone = here.phone("alice", "iPhone")
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com")
    author = events(here, here.id_of("u1"))[0].author
    assert (author.user, author.device, author.source) == ("alice", "iPhone", "dav")
    assert author.at.startswith("20")


def test_history_tells_what_plain_sql_did(here):
    anna = here.add()
    here.sql(f"UPDATE contact SET note = 'by hand' WHERE id = {anna.id}")
    changed = events(here, anna.id)[-1]
    assert (changed.author.source, changed.changes) == ("sql", (FieldChange("note", "", "by hand"),))


def test_deletion_and_restoration_are_told_with_their_authors(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com")
    key = here.id_of("u1")
    phone.delete("u1")
    assert [event.what for event in events(here, key)] == ["created", "deleted"]
    here.contacts.restore(key, CLI)
    told = events(here, key)
    assert [event.what for event in told] == ["created", "deleted", "restored"]
    assert [event.author.source for event in told] == ["dav", "dav", "cli"]
    assert [event.number for event in told] == sorted(event.number for event in told)


def test_a_promotion_is_told(here):
    phone = here.phone("bob")
    phone.put("u1", "Bert Boll")
    here.contacts.promote(here.id_of("u1"), CLI)
    assert [(change.field, change.new) for change in events(here, here.id_of("u1"))[-1].changes] == [
        ("customer_number", "10001"),
        ("shared", "yes"),
        ("type", "Business Contact"),
    ]


def test_a_photo_is_told_without_its_bytes(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com")
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com", PHOTO)
    assert events(here, here.id_of("u1"))[-1].changes == (FieldChange("photo", "", "a photo"),)


def test_lines_that_no_field_speaks_of_are_told_as_they_stand(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com", "X-CLUB:Rowing")
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com", "X-CLUB:Chess")
    changed = events(here, here.id_of("u1"))[-1]
    assert changed.changes == (FieldChange("card", "X-CLUB:Rowing", "X-CLUB:Chess"),)


def test_nothing_is_known_of_a_record_that_never_was(here):
    with pytest.raises(NotFound):
        events(here, 4711)


# --- going back ---


def test_a_version_comes_back_whole_as_a_new_change(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com", "X-CLUB:Rowing", PHOTO)
    before = phone.read("u1")
    phone.put("u1", "Anna Zorn", "EMAIL:z@example.com")
    phone.sync()
    record = restore_version(here.database, 1, here.id_of("u1"), 1, CLI)
    assert phone.read("u1") == before
    assert record.revision == 3
    assert [entry.href for entry in phone.sync().changed] == ["u1.vcf"]
    assert [event.what for event in events(here, record.id)] == ["created", "changed", "changed"]


def test_one_field_comes_back_and_the_others_stay(here):
    anna = here.add(note="old", nickname="Ann")
    here.edit(anna, note="new", nickname="Änni")
    record = restore_version(here.database, 1, anna.id, 1, CLI, field="note")
    assert (record.contact.note, record.contact.nickname) == ("old", "Änni")


def test_one_list_comes_back(here):
    anna = here.add(emails=(Email("a@example.com", "work"), Email("b@example.com", "home")))
    here.edit(anna, emails=(), note="x")
    record = restore_version(here.database, 1, anna.id, 1, CLI, field="emails")
    assert record.contact.emails == anna.contact.emails and record.contact.note == "x"


def test_a_photo_comes_back_alone(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com", PHOTO)
    phone.put("u1", "Anna Zorn", "EMAIL:a@example.com")
    restore_version(here.database, 1, here.id_of("u1"), 1, CLI, field="photo")
    assert PHOTO in phone.read("u1").replace("\r\n ", "") and "Anna Zorn" in phone.read("u1")


def test_own_fields_go_back_with_a_version_or_alone(here):
    types = RecordTypes(here.database, 1)
    types.add_field("Business Contact", Field("Terms"))
    types.add_field("Business Contact", Field("Region"))
    anna = here.contacts.save(here.add().contact, CLI, custom={"Terms": "30 days"})
    here.contacts.save(anna.contact, CLI, contact_id=anna.id, custom={"Terms": "60 days", "Region": "North"})
    alone = restore_version(here.database, 1, anna.id, 1, CLI, field="custom.Terms")
    assert alone.custom == {"Terms": "30 days", "Region": "North"}
    whole = restore_version(here.database, 1, anna.id, 1, CLI)
    assert whole.custom == {"Terms": "30 days"}


def test_going_back_does_not_unpromote(here):
    phone = here.phone("bob")
    phone.put("u1", "Bert Boll", "NOTE:mine")
    record = here.contacts.promote(here.id_of("u1"), CLI)
    here.edit(record, note="ours")
    back = restore_version(here.database, 1, record.id, 1, CLI)
    assert (back.owner_id, back.customer_number, back.contact.note) == (None, "10001", "mine")


def test_going_back_to_what_is_said_now_changes_nothing(here):
    anna = here.add()
    assert restore_version(here.database, 1, anna.id, 1, CLI) == anna


def test_a_version_that_is_not_kept_is_not_found(here):
    with pytest.raises(NotFound):
        restore_version(here.database, 1, here.add().id, 7, CLI)


def test_a_field_that_there_is_not_is_refused(here):
    anna = here.add()
    with pytest.raises(Refused, match="nickname"):
        restore_version(here.database, 1, anna.id, 1, CLI, field="shoe_size")


def test_a_deleted_record_is_restored_before_it_goes_back(here):
    anna = here.add()
    here.contacts.delete(anna.id, CLI)
    with pytest.raises(NotFound):
        restore_version(here.database, 1, anna.id, 1, CLI)


def test_a_link_to_an_account_follows_the_company_back(here):
    account = here.contacts.save(here.add("Contoso AG", company="Contoso").contact, CLI, type="Account")
    anna = here.add(company="Contoso")
    here.edit(anna, company="Elsewhere")
    assert here.contacts.get(anna.id).account_id is None
    assert restore_version(here.database, 1, anna.id, 1, CLI, field="company").account_id == account.id
