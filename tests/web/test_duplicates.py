"""Duplicates: found among what one sees, joined by hand with a choice per field, and taken apart again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.merging import merge
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, NotFound, Origin, Precondition, Record
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.forms import form
from tests.web.site import Browser, Site, contacts

BY = Origin("cli")


def add(site: Site, name: str, owner: str = "", **more: object) -> int:
    key = next((each.id for each in site.users.all() if each.name == owner), None)
    given, _, family = name.rpartition(" ")
    who = Contact(name, given_name=given, family_name=family, **more)  # type: ignore[arg-type]
    return contacts(site).save(who, BY, owner_id=key).id


def compared(browser: Browser, kept: int, other: int) -> dict[str, list[str]]:
    return form(browser.get(f"/duplicates/choose?id={kept}&id={other}").text, "/duplicates/join")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"emails": (Email("ANNA@x.example"),)}, {"emails": (Email("anna@x.example"), Email("b@x.example"))}),
        ({"phones": (Phone("+49 (30) 1-2"),)}, {"phones": (Phone("49 3012"),)}),
        ({"company": "Müller-Söhne"}, {"company": "MULLER SOHNE"}),
    ],
)
def test_contacts_that_are_alike_are_found(office: Site, one: dict[str, object], two: dict[str, object]):
    add(office, "Anna Abel", **one), add(office, "ANNA Abel", **two), add(office, "Zoe Zorn", company="Zorn")
    text = office.browser("anna").get("/duplicates").text
    assert "Abel, Anna" in text and "Abel, ANNA" in text and "Zorn" not in text


def test_who_is_not_alike_is_not_told(office: Site):
    add(office, "Anna Abel", phones=(Phone("1"),), company="A")
    add(office, "Berta Abel", phones=(Phone("1"),), company="A")
    contacts(office).save(Contact("Contoso", company="Contoso", emails=(Email("i@x.example"),)), BY, type="Account")
    add(office, "Ida Info", emails=(Email("i@x.example"),))
    assert "No duplicates" in office.browser("anna").get("/duplicates").text


def test_duplicates_are_looked_for_among_what_one_sees(office: Site):
    same = (Email("anna@x.example"),)
    add(office, "Anna Abel", emails=same)
    own = add(office, "Anna Benson", "ben", emails=same)
    hidden = add(office, "Anna Hidden", emails=same)
    office.users.set_view("anna", View(Filter((Condition("family_name", Operator.IS_NOT, "Hidden"),))))
    anna = office.browser("anna")
    assert "No duplicates" in anna.get("/duplicates").text
    text = office.browser("boss").get("/duplicates").text
    assert "Hidden" in text and "Benson" not in text
    assert "Benson" in office.browser("ben").get("/duplicates").text
    for key in (own, hidden):
        assert anna.get(f"/duplicates/choose?id=1&id={key}").status == 404
        assert (
            anna.post("/duplicates/join", {"kept": 1, "other": key, "kept-revision": 1, "other-revision": 1}).status
            == 404
        )
        contacts(office).get(key)


def test_two_become_one_with_a_choice_per_field_and_are_taken_apart_again(office: Site):
    kept = add(office, "Anna Abel", job_title="Clerk", emails=(Email("a@x.example"),))
    other = add(
        office, "Anna Abel", job_title="Chief", note="likes tea", emails=(Email("a@x.example"), Email("b@x.example"))
    )
    before = [contacts(office).get(key).contact for key in (kept, other)]
    browser = office.browser("anna")
    filled = compared(browser, kept, other)
    assert filled["field-emails"] == ["both"] and filled["field-note"] == ["other"]
    answer = browser.post("/duplicates/join", filled | {"field-job_title": ["other"]})
    assert answer.status == 200
    one = contacts(office).get(kept)
    assert (one.contact.job_title, one.contact.note, one.customer_number) == ("Chief", "likes tea", "10001")
    assert [each.address for each in one.contact.emails] == ["a@x.example", "b@x.example"]
    with pytest.raises(NotFound):
        contacts(office).get(other)
    browser.post("/duplicates/undo", form(answer.text, "/duplicates/undo"))
    assert [contacts(office).get(key).contact for key in (kept, other)] == before
    assert contacts(office).get(other).customer_number == "10002"


def test_what_changed_meanwhile_is_looked_at_again(office: Site):
    kept, other = add(office, "Anna Abel", company="A"), add(office, "Anna Abel", company="A", note="x")
    browser = office.browser("anna")
    for changed in (kept, other):
        filled = compared(browser, kept, other)
        record = contacts(office).get(changed)
        contacts(office).save(Contact("Anna Abel", nickname=f"n{record.revision}"), BY, contact_id=record.id)
        assert browser.post("/duplicates/join", filled).status == 409
        contacts(office).get(other)


def test_what_is_written_into_the_other_in_the_very_moment_is_not_thrown_away(office: Site):
    kept, other = add(office, "Anna Abel"), add(office, "Anna Abel", note="x")
    viewer = office.users.viewer("anna")
    assert viewer is not None

    class Crossed(Viewing):
        """Somebody writes as soon as the other has been looked at."""

        def changeable(self, contact_id: ContactId) -> Record:
            found = super().changeable(contact_id)
            contacts(office).save(replace(found.contact, nickname="Ann"), BY, contact_id=contact_id)
            return found

    both = [contacts(office).get(ContactId(each)) for each in (kept, other)]
    with pytest.raises(Precondition):
        merge(Crossed(office.house.database, viewer), *both, {"note": "other"}, BY)
    assert contacts(office).get(ContactId(other)).contact.nickname == "Ann"


def test_an_undo_does_not_overwrite_what_was_changed_since(office: Site):
    kept, other = add(office, "Anna Abel"), add(office, "Anna Abel", note="x")
    browser = office.browser("anna")
    answer = browser.post("/duplicates/join", compared(browser, kept, other))
    record = contacts(office).get(kept)
    contacts(office).save(Contact("Anna Abel", nickname="since"), BY, contact_id=record.id)
    assert browser.post("/duplicates/undo", form(answer.text, "/duplicates/undo")).status == 409
    assert contacts(office).get(kept).contact.nickname == "since"


def test_who_may_only_read_joins_nothing(office: Site):
    kept, other = add(office, "Anna Abel"), add(office, "Anna Abel", note="x")
    office.users.set_view("anna", View(read_only=True))
    browser = office.browser("anna")
    browser.get("/duplicates")
    assert browser.get(f"/duplicates/choose?id={kept}&id={other}").status == 409
    fields = {"kept": kept, "other": other, "kept-revision": 1, "other-revision": 1}
    assert browser.post("/duplicates/join", fields).status == 409
    contacts(office).get(other)
