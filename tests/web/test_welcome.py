"""The first steps after the first run."""

import pytest

from bridge.first_run import first_run_code
from bridge.place import Place
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import Contact
from tests.web.site import PASSWORD, Site


def test_the_first_run_leads_on_to_the_first_device(new_site: Site):
    browser = new_site.browser()
    browser.get("/first-run")
    code = first_run_code(new_site.house.vault)
    answer = browser.post("/first-run", code=code, name="boss", password=PASSWORD)
    assert answer.url == "/welcome"
    assert "SQLite" in answer.text and str(new_site.house.place.sqlite_file()) in answer.text
    assert 'href="/import"' in answer.text and 'href="/users"' in answer.text
    assert 'id="secret"' in browser.post("/devices/add", name="iPhone").text
    assert "iPhone" in browser.get("/welcome").text


def test_fictional_contacts_come_into_an_empty_book_only(site: Site):
    boss, contacts = site.browser("boss"), SqlContacts(site.house.database, 1)
    contacts.save(Contact("Anna Abel"), Origin("cli"))
    assert boss.post("/welcome/demo").status == 409
    assert len(list(contacts.list())) == 1


@pytest.mark.slow
def test_an_empty_book_is_filled_once(site: Site):
    boss = site.browser("boss")
    boss.post("/welcome/demo")
    count = len(list(SqlContacts(site.house.database, 1).list()))
    assert count > 200
    assert boss.post("/welcome/demo").status == 409
    assert len(list(SqlContacts(site.house.database, 1).list())) == count


def test_the_password_of_a_database_is_not_shown(site: Site, monkeypatch):
    url = "postgresql://bridge:hunter2@db.example/contacts"
    monkeypatch.setattr(Place, "database_url", lambda place: url)
    text = site.browser("boss").get("/welcome").text
    assert "db.example:5432/contacts" in text and "hunter2" not in text
