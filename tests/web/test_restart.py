"""The page is restarted between a preview and its yes, or reloaded: it says a sentence, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.web.once import Once
from bridge.web.pages import inbox
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.model.book import Origin
from tests.web.forms import form
from tests.web.mirroring import add, cards, ended, mirrored, opened, person, user_id
from tests.web.site import Browser, Site, serving
from tests.web.test_import import OUTLOOK, begin, look, names
from tests.web.test_mirror_settings import file_form, key, said_yes

FORGOTTEN = "What was begun here is known no more"


@contextmanager
def restarted(site: Site, browser: Browser) -> Iterator[Site]:
    """Serve the page by a new process, as far as it can know: the database and the folder are all that is left."""
    place = site.house.place
    with serving(place.database_url(), place.folder) as anew:
        browser.address = anew.address
        yield anew


def test_a_plan_that_a_restart_forgot_is_not_carried_out_and_the_page_says_so(site: Site, tmp_path: Path):
    add(site, "Nick Brigandi")
    browser = opened(site, "boss")
    shown = browser.post("/mirror/start", file_form(tmp_path / "there")).url
    plan = ended(site, browser, "boss", shown).text
    assert FORGOTTEN not in plan
    with restarted(site, browser) as anew:
        assert FORGOTTEN in browser.get(shown).text and FORGOTTEN not in browser.get("/mirror").text
        answer = browser.post("/mirror/confirm", key=key(plan))
        assert answer.status == 409 and "This plan is out of date: fill in the settings again." in answer.text
        mirror = Mirrors(anew.house.database).of_user(user_id(anew, "boss"))
        assert mirror is not None and mirror.state is State.STOPPED and cards(tmp_path / "there") == []
        browser.post("/mirror/start", file_form(tmp_path / "there"))
        said_yes(anew, browser, "boss")
        assert len(cards(tmp_path / "there")) == 1


def test_what_a_mirror_holds_is_there_after_a_restart(site: Site, tmp_path: Path):
    add(site, "Nick Brigandi")
    mirrored(site, "boss", tmp_path / "there")
    browser = opened(site, "boss")
    shown = browser.post("/mirror/stop", preview="yes").url
    preview = ended(site, browser, "boss", shown).text
    with restarted(site, browser) as anew:
        assert FORGOTTEN in browser.get(shown).text and len(cards(tmp_path / "there")) == 1
        browser.post("/mirror/stop", form(preview, "/mirror/stop"))  # from the page that is still open
        ended(anew, browser, "boss")
        assert cards(tmp_path / "there") == [] and len(names(anew)) == 1


def test_a_page_that_looks_on_while_the_server_is_restarted_is_told(site: Site, tmp_path: Path):
    mirrored(site, "boss", tmp_path / "there")
    browser = opened(site, "boss")
    shown = browser.post("/mirror/plan").url
    ended(site, browser, "boss", shown)
    with restarted(site, browser):
        again = browser.get(shown.replace("/mirror?", "/mirror/work?"), HX_Request="true")
        assert again.headers["HX-Redirect"] == shown
        assert FORGOTTEN in browser.get(again.headers["HX-Redirect"]).text


def test_an_import_that_a_restart_forgot_is_said_and_the_file_again_brings_nothing_twice(site: Site):
    browser = site.browser("boss")
    half = look(browser, OUTLOOK.partition("Ben")[0])
    begin(browser, half)
    foreseen = look(browser, OUTLOOK)
    with restarted(site, browser) as anew:
        for answer in (browser.get(foreseen.url), browser.post(f"{foreseen.url}/begin")):
            assert "after a restart of the server choose the file again" in answer.text
            assert answer.url == "/import" and 'type="file"' in answer.text  # the way on
        assert names(anew) == ["Anna Alt"]
        begin(browser, look(browser, OUTLOOK))
        assert names(anew) == ["Anna Alt", "Ben Boll"]


def test_a_page_that_looks_on_at_an_import_is_told_of_the_restart(site: Site):
    browser = site.browser("boss")
    foreseen = look(browser, OUTLOOK)
    with restarted(site, browser):
        again = browser.get(foreseen.url, HX_Request="true")
        assert again.headers["HX-Redirect"] == "/import"
        assert "choose the file again" in browser.get("/import").text


def test_a_password_is_not_shown_again_and_a_reload_makes_no_second_device(site: Site):
    browser = opened(site, "anna")
    shown = browser.post("/devices/add", name="iPhone")
    assert 'id="secret"' in shown.text
    with restarted(site, browser) as anew:
        again = browser.post("/devices/add", name="iPhone")
        assert again.status == 409 and "its password was shown once" in again.text and "add it again" in again.text
        (device,) = anew.users.devices("anna")
        assert 'id="secret"' not in browser.get(f"/devices/{device.id}").text
        typed = browser.get("/devices/add")
        assert typed.status == 405 and "go back to the page with the form" in typed.text
        browser.post(f"/devices/{device.id}/revoke")
        assert 'id="secret"' in browser.post("/devices/add", name="iPhone").text


def test_a_form_of_before_the_restart_shares_no_contact_twice(site: Site, monkeypatch: pytest.MonkeyPatch):
    browser = opened(site, "anna")
    own = {"owner_id": user_id(site, "anna")}
    record = SqlContacts(site.house.database, 1).save(person("Ida Info"), Origin("dav"), **own)
    filled = form(browser.get("/inbox").text, "/inbox/promote")
    monkeypatch.setattr(inbox, "ONCE", Once())
    with restarted(site, browser) as anew:
        answer = browser.post("/inbox/promote", {**filled, "id": str(record.id), "way": "copy"})
        assert "it is out of date: nothing was done now" in answer.text
        assert names(anew) == ["Ida Info"]
