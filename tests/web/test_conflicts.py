"""Conflicts on the page: whose one sees, both versions side by side, and settling them."""

import asyncio
from dataclasses import replace

import pytest

from storage_plugin.database.conflicts import note_conflict
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.disagreements import conflicts
from storage_plugin.database.users import Users
from storage_plugin.database.writing import now
from storage_plugin.model.book import Origin
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.mirroring import add, cards, mirrored, opened, user_id
from tests.web.site import Site


@pytest.fixture
def nick(site: Site, tmp_path):
    """A contact on which anna's folder and the book say different things; the book has won."""
    (record,) = add(site, "Nick Brigandi")
    mirrored(site, "anna", tmp_path / "folder")
    contacts = SqlContacts(site.house.database, 1)
    contacts.save(replace(record.contact, job_title="Buyer"), Origin("cli"), contact_id=record.id)
    (card,) = cards(tmp_path / "folder")
    card.write_text(card.read_text("utf-8").replace("END:VCARD", "TITLE:Boss\nEND:VCARD"), "utf-8")
    office = site.house.office
    asyncio.run(office.runner.run(office.of("anna").id))
    (found,) = conflicts(site.house.database, 1)
    return found


def title(site: Site, conflict) -> str:
    return SqlContacts(site.house.database, 1).get(conflict.contact_id).contact.job_title


def test_both_versions_stand_side_by_side(site: Site, nick):
    browser = opened(site, "anna")
    assert "1 conflict waits" in browser.get("/mirror").text
    index = browser.get("/conflicts").text
    assert "Nick Brigandi" in index and index.count('aria-current="page"') == 1
    assert 'href="/mirror" accesskey="m" aria-current="page"' in index
    page = browser.get(f"/conflicts/{nick.id}").text
    assert "Buyer" in page and "Boss" in page and "In the folder" in page


@pytest.mark.parametrize(("choice", "holds"), [("ours", "Buyer"), ("theirs", "Boss"), ("present", "Buyer")])
def test_whoever_is_chosen_holds(site: Site, nick, choice, holds):
    browser = opened(site, "anna")
    assert "settled" in browser.post(f"/conflicts/{nick.id}/settle", choice=choice).text
    assert title(site, nick) == holds
    assert conflicts(site.house.database, 1) == []
    assert browser.get(f"/conflicts/{nick.id}").status == 404


def test_nothing_is_settled_without_a_choice(site: Site, nick):
    assert opened(site, "anna").post(f"/conflicts/{nick.id}/settle", choice="mine").status == 409
    assert len(conflicts(site.house.database, 1)) == 1


@pytest.mark.parametrize("user", ["ben", "boss"])
def test_a_conflict_of_somebody_elses_mirror_is_not_there(site: Site, nick, user):
    browser = opened(site, user)
    assert "Nick" not in browser.get("/conflicts").text
    assert browser.get(f"/conflicts/{nick.id}").status == 404
    assert browser.post(f"/conflicts/{nick.id}/settle", choice="theirs").status == 404
    assert title(site, nick) == "Buyer"


def test_a_conflict_about_a_contact_that_is_hidden_now_is_not_shown(site: Site, nick):
    hidden = View(filter=Filter((Condition("company", Operator.IS, "Nowhere"),)))
    Users(site.house.database).set_view("anna", hidden)
    browser = opened(site, "anna")
    assert "Nick" not in browser.get("/conflicts").text
    assert browser.get(f"/conflicts/{nick.id}").status == 404


def test_who_may_only_read_settles_nothing_and_an_administrator_decides_on_proposals(site: Site):
    (record,) = add(site, "Nick Brigandi")
    opened(site, "trainee")
    Users(site.house.database).set_view("trainee", View(read_only=True))
    text = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:n\r\nFN:Nick Brigandi\r\nN:Brigandi;Nick;;;\r\nTITLE:{}\r\nEND:VCARD\r\n"
    )
    by = Origin("dav", user_id(site, "trainee"))
    with site.house.database.writing() as connection:
        said = {"ours": text.format("Buyer"), "theirs": text.format("Boss")}
        note_conflict(connection, 1, record.id, "proposal", now(), by, **said)
        note_conflict(connection, 1, None, "proposal", now(), by, ours=None, theirs=text.format("Secret"))
    reader, boss, ben = (opened(site, name) for name in ("trainee", "boss", "ben"))
    (known, unknown) = conflicts(site.house.database, 1)
    assert "an administrator decides" in reader.get(f"/conflicts/{known.id}").text
    assert reader.post(f"/conflicts/{known.id}/settle", choice="theirs").status == 409
    assert ben.get(f"/conflicts/{known.id}").status == 404
    assert boss.get(f"/conflicts/{unknown.id}").status == 404
    boss.post(f"/conflicts/{known.id}/settle", choice="theirs")
    assert title(site, known) == "Boss"
