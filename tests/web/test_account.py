"""The account of a contact on the page: found by a part of its name, chosen, changed, and taken away."""

from __future__ import annotations

import pytest

from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import ContactId, Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import Base, RecordType
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.forms import form
from tests.web.site import Browser, Site, contacts

BY = Origin("cli")


@pytest.fixture
def office(site: Site) -> Site:
    site.users.add("anna")
    return site


def account(site: Site, name: str, type_: str = "Account") -> int:
    return contacts(site).save(Contact(name, company=name), BY, type=type_).id


def person(site: Site, company: str = "") -> int:
    return contacts(site).save(Contact("Ida Zorn", family_name="Zorn", company=company), BY).id


def linked(site: Site, key: int) -> tuple[int | None, str]:
    record = contacts(site).get(ContactId(key))
    return record.account_id, record.contact.company


def chosen(browser: Browser, key: int, account: int) -> int:
    address = f"/contacts/{key}/account"
    return browser.post(address, {**form(browser.get(address).text, address), "account": account}).status


def test_an_account_is_found_by_a_part_of_its_name_and_linked(office: Site):
    RecordTypes(office.house.database, 1).add(RecordType("Supplier", Base.ACCOUNT, ()))
    fabrikam, supplier = account(office, "Fabrikam Ltd."), account(office, "Contoso Bürobedarf", "Supplier")
    key, browser = person(office), office.browser("anna")
    assert f'href="/contacts/{key}/account"' in browser.get(f"/contacts/{key}").text
    every = browser.get(f"/contacts/{key}/account").text
    assert "Fabrikam" in every and "Contoso" in every and "Zorn</label>" not in every
    found = browser.get(f"/contacts/{key}/account?q=b%C3%BCrob", HX_Request="true").text
    assert "Contoso" in found and "Fabrikam" not in found and "<html" not in found
    assert chosen(browser, key, supplier) == 200
    assert linked(office, key) == (supplier, "Contoso Bürobedarf")
    assert f'href="/contacts/{supplier}"' in browser.get(f"/contacts/{key}").text
    assert chosen(browser, key, fabrikam) == 200
    assert linked(office, key) == (fabrikam, "Contoso Bürobedarf")  # what the card names stays


def test_the_link_is_taken_away(office: Site):
    contoso = account(office, "Contoso")
    key, browser = person(office, "Contoso"), office.browser("anna")
    assert linked(office, key)[0] == contoso
    assert "Linked to Contoso." in browser.get(f"/contacts/{key}/account").text
    assert chosen(browser, key, 0) == 200
    assert linked(office, key) == (None, "Contoso")
    assert "Linked to no account." in browser.get(f"/contacts/{key}/account").text


def test_only_what_one_sees_can_be_linked(office: Site):
    hidden, key = account(office, "Hidden"), person(office)
    office.users.set_view("anna", View(Filter((Condition("company", Operator.IS_NOT, "Hidden"),))))
    browser = office.browser("anna")
    assert "Hidden" not in browser.get(f"/contacts/{key}/account?q=hid", HX_Request="true").text
    assert browser.post(f"/contacts/{key}/account", account=hidden, revision=1).status == 404
    boss = next(each.id for each in office.users.all() if each.name == "boss")
    own = contacts(office).save(Contact("Own"), BY, owner_id=boss).id
    assert browser.get(f"/contacts/{own}/account").status == 404
    assert browser.post(f"/contacts/{own}/account", account=0, revision=1).status == 404
    assert linked(office, key) == (None, "")


@pytest.mark.parametrize("said", ["", "x", "-1", "9999999999", "1.5"])
def test_what_is_no_account_is_not_linked(office: Site, said: str):
    key, browser = person(office), office.browser("anna")
    browser.get("/contacts")
    assert browser.post(f"/contacts/{key}/account", account=said, revision=1).status in (404, 409)
    assert browser.post(f"/contacts/{key}/account", account=person(office), revision=1).status == 409
    assert linked(office, key) == (None, "")


def test_an_account_is_linked_to_none(office: Site):
    one, other = account(office, "Contoso"), account(office, "Fabrikam")
    browser = office.browser("anna")
    assert f"/contacts/{one}/account" not in browser.get(f"/contacts/{one}").text
    assert browser.get(f"/contacts/{one}/account").status == 404
    assert browser.post(f"/contacts/{one}/account", account=other, revision=1).status == 404


def test_who_may_only_read_and_who_looked_before_a_change_links_nothing(office: Site):
    contoso, key, browser = account(office, "Contoso"), person(office), office.browser("anna")
    browser.get("/contacts")
    record = contacts(office).get(ContactId(key))
    contacts(office).save(Contact("Ida Zorn", note="since"), BY, contact_id=record.id)
    assert browser.post(f"/contacts/{key}/account", account=contoso, revision=1).status == 409
    office.users.set_view("anna", View(read_only=True))
    assert "/account" not in browser.get(f"/contacts/{key}").text
    assert browser.post(f"/contacts/{key}/account", account=contoso, revision=2).status == 409
    assert linked(office, key) == (None, "")


def test_of_many_accounts_the_first_are_offered_and_the_rest_is_counted(office: Site):
    for at in range(23):
        account(office, f"Contoso {at:02}")
    text = office.browser("anna").get(f"/contacts/{person(office)}/account").text
    assert text.count('name="account" value=') == 20 and "3 more: type more of the name." in text
