"""What a device did is undone; what others did since stays."""

from __future__ import annotations

from storage_plugin.database.past import history
from storage_plugin.database.undo import undo
from tests.database.installation import CLI, Installation, Phone, moment

EMAIL = "EMAIL:a@example.com"


def undone(here: Installation, phone: Phone, since) -> dict[str, str]:
    report = undo(here.database, 1, phone.id, since, CLI)
    return {each.name: each.what for each in report.records}


def test_what_the_device_created_goes_to_the_deleted_items(here):
    phone, since = here.phone(), moment()
    phone.put("u1", "Anna Abel", EMAIL)
    assert undone(here, phone, since) == {"Anna Abel": "deleted"}
    assert phone.hrefs == set()


def test_what_the_device_deleted_comes_back(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    before, since = phone.read("u1"), moment()
    phone.delete("u1")
    phone.sync()
    assert undone(here, phone, since) == {"Anna Abel": "restored"}
    assert phone.read("u1") == before
    assert [entry.href for entry in phone.sync().changed] == ["u1.vcf"]


def test_what_the_device_edited_says_again_what_it_said(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL, "X-CLUB:Rowing")
    before, since = phone.read("u1"), moment()
    phone.put("u1", "Anna Zorn", EMAIL)
    phone.put("u1", "Anna Wut", EMAIL)
    assert undone(here, phone, since) == {"Anna Wut": "reverted"}
    assert phone.read("u1") == before


def test_an_edit_and_then_a_deletion_are_both_undone(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    before, since = phone.read("u1"), moment()
    phone.put("u1", "Anna Zorn", EMAIL)
    phone.delete("u1")
    undone(here, phone, since)
    assert phone.read("u1") == before


def test_a_deletion_and_a_new_card_of_the_same_uid_are_both_undone(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    before, since = phone.read("u1"), moment()
    phone.delete("u1")
    phone.put("u1", "Anna Zorn", EMAIL)
    undone(here, phone, since)
    assert phone.read("u1") == before


def test_what_the_device_did_before_stays(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    phone.put("u1", "Anna Zorn", EMAIL)
    assert undone(here, phone, moment()) == {}
    assert "Anna Zorn" in phone.read("u1")


def test_what_other_devices_did_stays(here):
    phone, other, since = here.phone(), here.phone(name="other"), moment()
    other.put("u1", "Anna Abel", EMAIL)
    other.put("u2", "Bert Boll", EMAIL)
    other.delete("u2")
    assert undone(here, phone, since) == {}
    assert other.hrefs == {"u1.vcf"}


def test_later_edits_of_other_fields_by_others_survive(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL, "TITLE:Chief")
    since = moment()
    phone.put("u1", "Anna Abel", EMAIL, "TITLE:Fool")
    record = here.contacts.get(here.id_of("u1"))
    here.edit(record, note="by the office")
    assert undone(here, phone, since) == {"Anna Abel": "reverted"}
    contact = here.contacts.get(record.id).contact
    assert (contact.job_title, contact.note) == ("Chief", "by the office")


def test_a_later_edit_of_the_same_field_by_others_wins(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL, "TITLE:Chief")
    since = moment()
    phone.put("u1", "Anna Abel", EMAIL, "TITLE:Fool")
    record = here.contacts.get(here.id_of("u1"))
    here.edit(record, job_title="President")
    undone(here, phone, since)
    assert here.contacts.get(record.id).contact.job_title == "President"


def test_a_later_deletion_by_others_stays(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    since = moment()
    phone.put("u1", "Anna Zorn", EMAIL)
    key = here.id_of("u1")
    here.contacts.delete(key, CLI)
    assert undone(here, phone, since) == {}
    assert phone.hrefs == set()


def test_a_record_that_others_have_brought_back_already_stays(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    key, since = here.id_of("u1"), moment()
    phone.delete("u1")
    record = here.contacts.restore(key, CLI)
    assert undone(here, phone, since) == {}
    assert here.contacts.get(key) == record


def test_a_new_contact_that_others_have_worked_on_is_left_and_reported(here):
    phone, since = here.phone(), moment()
    phone.put("u1", "Anna Abel", EMAIL)
    here.edit(here.contacts.get(here.id_of("u1")), note="important")
    (left,) = undo(here.database, 1, phone.id, since, CLI).records
    assert (left.what, left.reason) == ("left", "others have worked on it since")
    assert phone.hrefs == {"u1.vcf"}


def test_undoing_is_a_change_that_history_tells(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    since = moment()
    phone.put("u1", "Anna Zorn", EMAIL)
    undone(here, phone, since)
    told = history(here.database, 1, here.id_of("u1"))
    assert [(event.what, event.author.source) for event in told] == [
        ("created", "dav"),
        ("changed", "dav"),
        ("changed", "cli"),
    ]


def test_undoing_twice_is_undoing_once(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    since = moment()
    phone.put("u1", "Anna Zorn", EMAIL)
    phone.put("u2", "Bert Boll", EMAIL)
    undone(here, phone, since)
    assert undone(here, phone, since) == {}


def test_lists_of_contacts_are_named_as_not_undone(here):
    phone, since = here.phone(), moment()
    phone.put("g1", "Rowing Club", "X-ADDRESSBOOKSERVER-KIND:group")
    assert undo(here.database, 1, phone.id, since, CLI).groups_left == ("Rowing Club",)


def test_a_card_that_was_edited_in_another_vcard_version_is_undone_too(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", EMAIL)
    before, since = phone.read("u1"), moment()
    phone.put("u1", "Anna Zorn", EMAIL, version="4.0")
    undone(here, phone, since)
    assert here.text_of(here.id_of("u1")) == before
