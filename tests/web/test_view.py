"""One's own filter: seen and set by a coworker only as far as an administrator allows."""

from __future__ import annotations

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.views import may_set_filter, set_own_filter
from storage_plugin.model.book import Origin, Refused
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View
from tests.database.installation import Phone
from tests.web.forms import form
from tests.web.mirroring import opened
from tests.web.site import Browser, Site

CONTOSO = {"property": "company", "operator": "is", "value": "Contoso", "match": "all"}
FABRIKAM = View(Filter((Condition("company", Operator.IS, "Fabrikam"),)), NewContacts.REFUSE, read_only=True)


@pytest.fixture
def anna(site: Site) -> Browser:
    """Anna, whose view an administrator has set, in a firm of three contacts and one account."""
    site.users.add("anna")
    contacts = SqlContacts(site.house.database, 1)
    for name, company in (("Bert Boll", "Contoso"), ("Cleo Cook", "Fabrikam"), ("Dora Diel", "Fabrikam")):
        contacts.save(Contact(name, company=company), Origin("cli"))
    contacts.save(Contact("Contoso", company="Contoso"), Origin("cli"), type="Account")
    site.users.set_view("anna", FABRIKAM)
    return opened(site, "anna")


def row(site: Site, name: str):
    return next(each for each in site.users.all() if each.name == name)


def allowed(site: Site, name: str = "anna", *, on: bool = True) -> None:
    """Check or uncheck the box on the page of a user, as an administrator."""
    boss, address = opened(site, "boss"), f"/users/{row(site, name).id}"
    shown = form(boss.get(address).text, f"{address}/view")
    shown.pop("sets_filter", None)
    assert boss.post(f"{address}/view", {**shown, **({"sets_filter": "on"} if on else {})}).status == 200


def test_without_leave_a_coworker_neither_sees_nor_sets_the_own_filter(site: Site, anna: Browser):
    assert anna.get("/view").status == 404 and anna.get("/view/count?match=all").status == 404
    assert anna.post("/view", CONTOSO).status == 404
    assert all("/view" not in anna.get(page).text for page in ("/me", "/mirror"))
    viewer = site.users.viewer("anna")
    assert viewer is not None
    with pytest.raises(Refused):
        set_own_filter(site.house.database, viewer, Filter(), show_accounts=True)
    assert row(site, "anna").view == FABRIKAM


def test_yes_and_no_are_said_in_the_language_of_the_page(site: Site):
    boss = opened(site, "boss")
    said = {"property": "is_company", "operator": "is", "match": "all"}
    for language, no in (("de", "Nein"), ("en", "no")):
        boss.headers["Accept-Language"] = language
        assert boss.post("/view", {**said, "value": no}).status == 200
        assert row(site, "boss").view.filter == Filter((Condition("is_company", Operator.IS, "false"),))
        assert f'value="{no.lower()}"' in boss.get("/view").text
        assert f" {no.lower()}" in boss.get("/users").text


def test_bc_4_bc_12_with_leave_a_coworker_sets_the_own_filter_and_nothing_else(site: Site, anna: Browser):
    allowed(site)
    assert row(site, "anna").view == FABRIKAM
    assert 'value="Fabrikam"' in anna.get("/view").text and 'href="/view"' in anna.get("/me").text
    more = {"show_accounts": "on", "new_contacts": "accept", "sets_filter": "on", "user": "boss"}
    assert "from now on" in anna.post("/view", {**CONTOSO, **more}).text
    after = row(site, "anna").view
    assert (after.filter.conditions, after.show_accounts) == ((Condition("company", Operator.IS, "Contoso"),), True)
    assert after.new_contacts is NewContacts.REFUSE and after.read_only
    assert row(site, "boss").view == View()
    text = anna.get("/contacts").text
    assert "Bert Boll" in text and "Cook" not in text
    assert len(Phone(site.house.database, "anna", "phone").book.entries()[1]) == 2  # with the account


def test_bc_14_the_count_is_shown_while_one_types_and_sets_nothing(site: Site, anna: Browser):
    allowed(site)
    said = anna.get("/view/count?property=company&operator=is&value=Contoso&match=all", HX_Request="true").text
    assert "1 of 4 shared contacts pass: 1 more than now, 2 no more." in said
    said = anna.post("/view", {**CONTOSO, "do": "count"}).text
    assert "1 of 4 shared contacts pass" in said and "This is not set yet." in said
    assert "A condition lacks its value" in anna.get("/view/count?property=company&operator=is&value=&match=all").text
    assert row(site, "anna").view == FABRIKAM


def test_leave_is_taken_back_and_the_filter_stays(site: Site, anna: Browser):
    allowed(site)
    anna.post("/view", CONTOSO)
    allowed(site, on=False)
    assert not may_set_filter(site.house.database, row(site, "anna").id)
    assert anna.post("/view", {"match": "all"}).status == 404
    assert row(site, "anna").view.filter.conditions == (Condition("company", Operator.IS, "Contoso"),)


def test_leave_of_one_is_not_leave_of_another(site: Site, anna: Browser):
    site.users.add("ben")
    allowed(site, "ben")
    assert anna.get("/view").status == 404
    assert opened(site, "ben").get("/view").status == 200


def test_bc_14_the_way_to_the_own_filter_stands_beside_the_run(site: Site, anna: Browser):
    allowed(site)
    assert 'href="/view"' in anna.get("/mirror").text


def test_an_administrator_sets_the_own_filter(site: Site, anna: Browser):
    boss = opened(site, "boss")
    assert boss.post("/view", CONTOSO).status == 200
    assert row(site, "boss").view.filter.conditions == (Condition("company", Operator.IS, "Contoso"),)
