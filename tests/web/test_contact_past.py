"""History, restoring, and the deleted items: as far as one may know of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from storage_plugin.model.book import NotFound, Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.site import Site, contacts

BY = Origin("cli")


def add(site: Site, name: str, owner: str = "", **more: object) -> int:
    key = next((each.id for each in site.users.all() if each.name == owner), None)
    return contacts(site).save(Contact(name, family_name=name, **more), BY, owner_id=key).id  # type: ignore[arg-type]


def change(site: Site, key: int, **fields: object) -> None:
    record = contacts(site).get(key)  # type: ignore[arg-type]
    contacts(site).save(replace(record.contact, **fields), BY, contact_id=record.id)  # type: ignore[arg-type]


def test_history_says_who_changed_what_from_what_to_what(office: Site):
    key = add(office, "Zorn", job_title="Clerk")
    browser = office.browser("anna")
    browser.get(f"/contacts/{key}/edit")
    browser.post(f"/contacts/{key}/edit", revision=1, job_title="Chief")
    text = browser.get(f"/contacts/{key}/history").text
    assert all(said in text for said in ("Clerk", "Chief", "By anna, on this page", "Made", "Changed"))
    assert text.index("Changed") < text.index("Made")


def test_a_field_and_a_whole_version_are_restored(office: Site):
    key = add(office, "Zorn", job_title="Clerk", note="old")
    change(office, key, job_title="Chief", note="new")
    browser = office.browser("anna")
    browser.get(f"/contacts/{key}/history")
    assert browser.post(f"/contacts/{key}/restore", revision=1, field="job_title").status == 200
    now = contacts(office).get(key).contact
    assert (now.job_title, now.note) == ("Clerk", "new")
    browser.post(f"/contacts/{key}/restore", revision=2)
    now = contacts(office).get(key).contact
    assert (now.job_title, now.note) == ("Chief", "new")


def test_a_version_that_was_somebodys_own_is_neither_told_nor_restored(office: Site):
    key = add(office, "Benson", "ben", note="owes me money")
    change(office, key, note="")
    contacts(office).promote(key, BY)
    for user, knows in (("anna", False), ("boss", False), ("ben", True)):
        browser = office.browser(user)
        assert ("owes me money" in browser.get(f"/contacts/{key}/history").text) is knows
        for field in ("note", ""):
            if not knows:
                assert browser.post(f"/contacts/{key}/restore", revision=1, field=field).status == 404
    assert contacts(office).get(key).contact.note == ""


def test_nobody_reads_or_restores_what_is_not_for_them(office: Site):
    own = add(office, "Benson", "ben")
    change(office, own, note="x")
    office.users.set_view("anna", View(read_only=True))
    shared = add(office, "Zorn")
    change(office, shared, note="x")
    for user in ("anna", "boss"):
        browser = office.browser(user)
        assert browser.get(f"/contacts/{own}/history").status == 404
        assert browser.post(f"/contacts/{own}/restore", revision=1).status == 404
    anna = office.browser("anna")
    anna.get("/contacts")
    assert anna.post(f"/contacts/{shared}/restore", revision=1).status == 409
    assert [contacts(office).get(key).contact.note for key in (own, shared)] == ["x", "x"]


def test_deleted_items_show_what_one_could_see(office: Site):
    for key in (add(office, "Zorn"), add(office, "Benson", "ben"), add(office, "Hiddenberg")):
        contacts(office).delete(key, BY)
    office.users.set_view("anna", View(Filter((Condition("family_name", Operator.IS_NOT, "Hiddenberg"),))))
    for user, seen in (
        ("anna", ["Zorn"]),
        ("boss", ["Zorn", "Hiddenberg"]),
        ("ben", ["Zorn", "Benson", "Hiddenberg"]),
    ):
        text = office.browser(user).get("/trash").text
        assert [name for name in ("Zorn", "Benson", "Hiddenberg") if name in text] == seen


def test_a_deleted_contact_is_brought_back_by_those_who_could_see_it(office: Site):
    key, own = add(office, "Zorn"), add(office, "Benson", "ben")
    for each in (key, own):
        contacts(office).delete(each, BY)
    anna = office.browser("anna")
    anna.get("/trash")
    assert anna.post(f"/trash/{own}/restore").status == 404
    assert "is back" in anna.post(f"/trash/{key}/restore").text
    assert contacts(office).get(key).customer_number == "10001"
    with pytest.raises(NotFound):
        contacts(office).get(own)
    office.users.set_view("ben", View(read_only=True))
    ben = office.browser("ben")
    ben.get("/trash")
    assert ben.post(f"/trash/{own}/restore").status == 409


def test_the_administrator_empties_what_he_sees_and_coworkers_nothing(office: Site):
    keys = [add(office, "Zorn"), add(office, "Abel"), add(office, "Benson", "ben")]
    for key in keys:
        contacts(office).delete(key, BY)
    anna, boss, ben = (office.browser(user) for user in ("anna", "boss", "ben"))
    assert "Empty" not in anna.get("/trash").text
    assert anna.post("/trash/empty").status == 404
    boss.get("/trash")
    assert boss.post("/trash/empty", id=keys[2]).status == 404
    assert "1 contact is removed" in boss.post("/trash/empty", id=keys[0]).text
    assert "Abel" in boss.get("/trash").text
    boss.post("/trash/empty")
    assert "Nothing is deleted" in boss.get("/trash").text
    assert re.search("Benson", ben.get("/trash").text)
