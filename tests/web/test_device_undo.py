"""Undoing what a device did, on the page: the preview is what is done, and tells only what one may know."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.model.book import ContactId, Expect, Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View
from tests.database.installation import Phone, vcard
from tests.web.site import Browser, Site

EMAIL = "EMAIL:b@example.com"
NOT_SECRET = View(Filter((Condition("company", Operator.IS_NOT, "Secret"),)), NewContacts.ACCEPT)


def lately() -> str:
    return (datetime.now().astimezone() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def annas(site: Site) -> Phone:
    site.users.add("anna")
    site.users.set_view("anna", View(new_contacts=NewContacts.ACCEPT))
    return Phone(site.house.database, "anna", "phone")


def preview(browser: Browser, phone: Phone) -> str:
    return browser.get(f"/devices/{phone.id}/undo?since={lately()}").text


def undo(browser: Browser, phone: Phone) -> str:
    return browser.post(f"/devices/{phone.id}/undo", since=lately()).text


def test_the_preview_changes_nothing_and_says_what_is_then_done(site: Site, annas: Phone):
    annas.put("u1", "Bert Boll", "ORG:Contoso", EMAIL)
    annas.put("u2", "Cleo Cook", "ORG:Contoso", EMAIL)
    annas.delete("u2")
    before = annas.book.entries()
    browser = site.browser("anna")
    told = preview(browser, annas)
    assert "Bert Boll" in told and "goes to the deleted items" in told and "Cleo" not in told
    assert annas.book.entries() == before
    assert "Bert Boll" in undo(browser, annas)
    assert annas.hrefs == set()
    assert "has changed nothing since" in preview(browser, annas) or "Bert Boll" not in preview(browser, annas)


def test_what_comes_back_and_what_is_as_before(site: Site, annas: Phone):
    boss = Phone(site.house.database, "boss", "other")
    site.users.set_view("boss", View(new_contacts=NewContacts.ACCEPT))
    boss.put("u1", "Bert Boll", EMAIL)
    boss.put("u2", "Cleo Cook", EMAIL)
    annas.put("u1", "Bert Wut", EMAIL)
    annas.delete("u2")
    browser = site.browser("anna")
    told = preview(browser, annas)
    assert "is as before" in told and "comes back" in told
    undo(browser, annas)
    assert boss.hrefs == {"u1.vcf", "u2.vcf"} and "Bert Boll" in boss.read("u1")


def test_a_coworker_is_not_told_what_the_own_filter_hides_by_now(site: Site, annas: Phone):
    boss = Origin("cli")
    annas.put("u1", "Bert Boll", "ORG:Contoso", EMAIL)
    annas.put("u1", "Bert Wut", "ORG:Contoso", EMAIL)
    contacts = SqlContacts(site.house.database, 1)
    (record,) = contacts.list()
    contacts.save(replace(record.contact, company="Secret", note="for the board"), boss, contact_id=record.id)
    site.users.set_view("anna", NOT_SECRET)
    browser = site.browser("anna")
    assert "Bert" not in preview(browser, annas)
    assert "Bert" not in undo(browser, annas)
    assert contacts.get(record.id).contact.company == "Secret"
    assert "Bert" in preview(site.browser("boss"), annas)


def test_what_the_device_itself_hid_comes_back(site: Site, annas: Phone):
    contacts = SqlContacts(site.house.database, 1)
    record = contacts.save(Contact("Bert Boll", company="Contoso"), Origin("cli"))
    site.users.set_view("anna", NOT_SECRET)
    annas.book.put(record.href, vcard(record.uid, "Bert Boll", "ORG:Secret").encode(), Expect())
    assert annas.hrefs == set()
    browser = site.browser("anna")
    assert "Bert Boll" in preview(browser, annas)
    undo(browser, annas)
    assert annas.hrefs == {record.href}


def test_the_administrator_undoes_a_plain_contact_without_reading_its_name(site: Site, annas: Phone):
    site.users.set_view("anna", View())
    annas.put("u1", "Lover Secret")
    boss = site.browser("boss")
    told = preview(boss, annas)
    assert "Lover" not in told and "a contact of anna alone" in told
    assert "Lover" not in undo(boss, annas)
    assert annas.hrefs == set()


def test_a_read_only_user_undoes_nothing(site: Site, annas: Phone):
    annas.put("u1", "Bert Boll")
    site.users.set_view("anna", View(new_contacts=NewContacts.ACCEPT, read_only=True))
    browser = site.browser("anna")
    browser.get("/devices")
    assert browser.post(f"/devices/{annas.id}/undo", since=lately()).status == 409
    assert annas.hrefs == {"u1.vcf"}


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-40", "99999999999d"])
def test_a_time_that_is_none_is_told(site: Site, annas: Phone, since):
    browser = site.browser("anna")
    browser.get("/devices")
    assert browser.post(f"/devices/{annas.id}/undo", since=since).status == 409


def test_what_a_device_that_is_shut_out_did_can_be_undone(site: Site, annas: Phone):
    annas.put("u1", "Bert Boll")
    key = ContactId(annas.id)
    site.users.revoke("anna", "phone")
    browser = site.browser("anna")
    assert f'/devices/{key}"' in browser.get("/devices").text
    undo(browser, annas)
    assert list(SqlContacts(site.house.database, 1).list()) == []
