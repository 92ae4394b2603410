"""Stopping on the page, switching to another database, the clean-ups, and the mirrors of all users."""

import asyncio
from dataclasses import replace

import pytest

from storage_plugin.database.books import Books
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.deleted_items import deleted_items
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.model.book import Origin
from tests.web.mirroring import add, cards, ended, mirrored, opened, user_id
from tests.web.site import Site


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "folder"


def mirror_of(site: Site, user: str):
    return Mirrors(site.house.database).of_user(user_id(site, user))


def run(site: Site, user: str) -> None:
    office = site.house.office
    asyncio.run(office.runner.run(office.of(user).id))


def names(site: Site, book_id: int = 1) -> list[str]:
    return sorted(each.contact.formatted_name for each in SqlContacts(site.house.database, book_id).list())


def test_bcm_10_bcm_37_bcm_38_stopping_is_explained_shown_and_done(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "anna", folder)
    browser = opened(site, "anna")
    assert "is removed there" in browser.get("/mirror/stop").text
    browser.post("/mirror/stop", preview="yes")
    page = ended(site, browser, "anna").text
    assert "Nick Brigandi: remove from the folder" in page
    assert mirror_of(site, "anna").state is State.ON and len(cards(folder)) == 1
    browser.post("/mirror/stop")
    assert "Start business contact synchronization" in ended(site, browser, "anna").text
    assert mirror_of(site, "anna").state is State.STOPPED and cards(folder) == []
    assert names(site) == ["Nick Brigandi"]
    assert browser.get("/mirror/stop").status == 409
    assert browser.post("/mirror/stop").status == 409


def test_bcm_57_bcm_61_an_administrator_reaches_the_databases_by_a_key(site: Site):
    assert 'href="/mirror/database" accesskey="d"' in opened(site, "boss").get("/mirror").text
    coworker = opened(site, "anna")
    assert "/mirror/database" not in coworker.get("/mirror").text
    assert coworker.get("/mirror/database").status == 404


def test_bcm_50_bcm_58_the_three_choices_are_asked_only_where_contacts_are_mirrored(site: Site, folder):
    browser = opened(site, "boss")
    assert "was made" in browser.post("/mirror/database/create", name="Trade fair").text
    assert 'value="keep"' not in browser.get("/mirror/database").text
    add(site, "Nick Brigandi")
    mirrored(site, "boss", folder)
    page = browser.get("/mirror/database").text
    assert all(f'value="{choice}"' in page for choice in ("keep", "delete", "import"))
    assert browser.post("/mirror/database/switch", user="boss", book="Trade fair").status == 409
    assert Books(site.house.database).find(user="boss") == 1


@pytest.mark.parametrize(
    ("choice", "in_folder", "in_book"), [("keep", 1, 1), ("delete", 0, 0), ("import", 1, 1)], ids=str
)
def test_bcm_49_bcm_51_bcm_53_bcm_54_a_switch_is_shown_and_done(site: Site, folder, choice, in_folder, in_book):
    add(site, "Nick Brigandi")
    mirrored(site, "boss", folder)
    book = Books(site.house.database).create("Trade fair")
    browser = opened(site, "boss")
    form = {"user": "boss", "book": "Trade fair", "choice": choice}
    browser.post("/mirror/database/switch", form, preview="yes")
    page = ended(site, browser, "boss").text
    assert "Nick Brigandi" in page and "Switch boss to Trade fair" in page
    assert Books(site.house.database).find(user="boss") == 1
    browser.post("/mirror/database/switch", form)
    ended(site, browser, "boss")
    assert Books(site.house.database).find(user="boss") == book
    assert (len(cards(folder)), len(names(site, book)), names(site)) == (in_folder, in_book, ["Nick Brigandi"])
    assert mirror_of(site, "boss").state is State.ON


def test_an_administrator_switches_others_without_reading_who_is_in_their_folder(site: Site, folder):
    folder.mkdir()
    (folder / "own.vcf").write_text(
        "BEGIN:VCARD\nVERSION:3.0\nUID:o\nFN:Secret Friend\nN:Friend;Secret;;;\nEND:VCARD\n"
    )
    mirrored(site, "anna", folder)
    Books(site.house.database).create("Trade fair")
    browser = opened(site, "boss")
    form = {"user": "anna", "book": "Trade fair", "choice": "keep"}
    browser.post("/mirror/database/switch", form, preview="yes")
    page = ended(site, browser, "boss").text
    assert "contacts of anna" in page and "Friend" not in page
    browser.post("/mirror/database/switch", form)
    assert "Friend" not in ended(site, browser, "boss").text
    assert Books(site.house.database).find(user="anna") != 1


def test_bcm_52_bcm_64_what_keep_left_is_taken_out_of_the_folder(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "boss", folder)
    Books(site.house.database).create("Trade fair")
    browser = opened(site, "boss")
    browser.post("/mirror/database/switch", user="boss", book="Trade fair", choice="keep")
    ended(site, browser, "boss")
    assert "1 contact of other databases lies there" in browser.get("/mirror/clean-up").text
    browser.post("/mirror/clean-up/leftovers", preview="yes")
    assert "Nick Brigandi" in ended(site, browser, "boss").text
    assert len(cards(folder)) == 1
    browser.post("/mirror/clean-up/leftovers")
    ended(site, browser, "boss")
    assert cards(folder) == []


def test_bcm_64_what_was_imported_goes_to_the_deleted_items(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "boss", folder)
    book = Books(site.house.database).create("Trade fair")
    browser = opened(site, "boss")
    browser.post("/mirror/database/switch", user="boss", book="Trade fair", choice="import")
    ended(site, browser, "boss")
    browser.post("/mirror/clean-up/imported", preview="yes")
    assert "Nick Brigandi" in ended(site, browser, "boss").text
    assert names(site, book) == ["Nick Brigandi"]
    browser.post("/mirror/clean-up/imported")
    ended(site, browser, "boss")
    assert names(site, book) == []


def test_bcm_64_what_was_imported_and_edited_since_is_neither_shown_nor_moved(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "boss", folder)
    book = Books(site.house.database).create("Trade fair")
    browser = opened(site, "boss")
    browser.post("/mirror/database/switch", user="boss", book="Trade fair", choice="import")
    ended(site, browser, "boss")
    contacts = SqlContacts(site.house.database, book)
    (record,) = contacts.list()
    contacts.save(replace(record.contact, note="Met twice"), Origin("cli"), contact_id=record.id)
    browser.get("/mirror")
    browser.post("/mirror/clean-up/imported", preview="yes")
    page = ended(site, browser, "boss").text
    assert "There is nothing to do" in page and "<li>Nick Brigandi" not in page
    browser.post("/mirror/clean-up/imported")
    ended(site, browser, "boss")
    assert names(site, book) == ["Nick Brigandi"]


def test_bcm_60_contacts_deleted_from_outlook_are_removed_but_not_other_peoples_own(site: Site, folder):
    folder.mkdir()
    (folder / "own.vcf").write_text(
        "BEGIN:VCARD\nVERSION:3.0\nUID:o\nFN:Secret Friend\nN:Friend;Secret;;;\nEND:VCARD\n"
    )
    add(site, "Nick Brigandi")
    mirrored(site, "anna", folder)
    for card in cards(folder):
        card.unlink()
    for _ in range(2):
        run(site, "anna")
    database = site.house.database
    assert sorted(each.contact.formatted_name for each in deleted_items(database, 1)) == [
        "Nick Brigandi",
        "Secret Friend",
    ]
    browser = opened(site, "boss")
    browser.post("/mirror/clean-up/remote-deleted", preview="yes")
    page = ended(site, browser, "boss").text
    assert "Nick Brigandi" in page and "Friend" not in page
    browser.post("/mirror/clean-up/remote-deleted")
    ended(site, browser, "boss")
    assert [each.contact.formatted_name for each in deleted_items(database, 1)] == ["Secret Friend"]


def test_a_coworker_cleans_up_in_the_own_folder_alone(site: Site, folder):
    browser = opened(site, "anna")
    page = browser.get("/mirror/clean-up").text
    assert "leftovers" in page and "/imported" not in page and "/remote-deleted" not in page
    assert browser.post("/mirror/clean-up/remote-deleted").status == 404


def test_bc_6_an_administrator_sees_how_all_mirrors_stand_and_nobodys_contacts(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "anna", folder)
    Mirrors(site.house.database).set_state(mirror_of(site, "anna").id, State.FAILED, "The password is wrong.")
    page = opened(site, "boss").get("/mirrors").text
    assert "anna" in page and "The password is wrong." in page and "Nick" not in page
    assert opened(site, "anna").get("/mirrors").status == 404
