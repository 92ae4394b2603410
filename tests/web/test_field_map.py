"""The field map of a mirror on the page: a table of modes, the address, and YAML for the rest; and access keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import FIELDS, LISTS, Contact, PostalAddress
from tests.web.forms import form
from tests.web.mirroring import cards, ended, mirrored, opened, user_id
from tests.web.site import Browser, Site


def settings(site: Site) -> dict[str, Any]:
    mirror = Mirrors(site.house.database).of_user(user_id(site, "boss"))
    assert mirror is not None
    return dict(mirror.settings)


def changed(site: Site, browser: Browser, **said: str) -> dict[str, Any]:
    """Send the dialog as it is shown but for what is ``said`` (``_`` for ``-``), say yes, and give what is set."""
    shown = form(browser.get("/mirror/change").text, "/mirror/change")
    browser.post("/mirror/change", {**shown, **{name.replace("_", "-"): value for name, value in said.items()}})
    page = ended(site, browser, "boss").text
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found is not None, page
    browser.post("/mirror/confirm", key=found[1])
    ended(site, browser, "boss")
    return settings(site)


@pytest.fixture
def boss(site: Site, tmp_path: Path) -> Browser:
    mirrored(site, "boss", tmp_path / "there")
    return opened(site, "boss")


def test_every_field_is_in_the_table_and_written_unless_said_otherwise(boss: Browser):
    shown = form(boss.get("/mirror/change").text, "/mirror/change")
    modes = {name.removeprefix("mode-"): value for name, value in shown.items() if name.startswith("mode-")}
    assert modes == {name: ["write"] for name in (*FIELDS, *LISTS)}
    assert shown["address"] == ["business"] and shown["map"] == [""]


def test_ami_20_the_table_says_how_each_field_is_written(site: Site, boss: Browser):
    after = changed(site, boss, mode_note="keep", mode_birthday="write if empty")
    assert after["modes"] == {"note": "keep", "birthday": "write if empty"}
    again = form(boss.get("/mirror/change").text, "/mirror/change")
    assert (again["mode-note"], again["mode-birthday"]) == (["keep"], ["write if empty"])
    assert again["map"] == [""]
    assert changed(site, boss, mode_note="write")["modes"] == {"birthday": "write if empty"}


def test_ami_12_the_business_address_stands_in_another_one(site: Site, tmp_path: Path, boss: Browser):
    work = (PostalAddress(street="Werkstr. 2", city="Bonn", kind="work"),)
    SqlContacts(site.house.database, 1).save(Contact("Anna Abel", addresses=work), Origin("cli"))
    assert changed(site, boss, address="private")["map"]["addresses"] == {"work": "home"}
    text = cards(tmp_path / "there")[0].read_text()
    assert re.search(r"ADR;TYPE=home:.*Werkstr", text, re.I), text
    again = form(boss.get("/mirror/change").text, "/mirror/change")
    assert again["address"] == ["private"] and again["map"] == [""]
    assert changed(site, boss, address="business")["map"]["addresses"] == {}


def test_ami_20_what_the_table_cannot_say_is_said_in_yaml_and_kept(site: Site, boss: Browser):
    yaml = "fields: {profession: manager, manager: profession}\naddresses: {work: other, other: work}"
    after = changed(site, boss, map=yaml, mode_note="keep")
    assert after["map"]["fields"] == {"profession": "manager", "manager": "profession"}
    assert after["map"]["addresses"] == {"work": "other", "other": "work"} and after["modes"] == {"note": "keep"}
    again = form(boss.get("/mirror/change").text, "/mirror/change")
    assert (
        again["address"] == ["yaml"] and "profession: manager" in again["map"][0] and "work: other" in again["map"][0]
    )
    assert changed(site, boss, mode_note="write") | {"modes": {"note": "keep"}} == after


def test_what_yaml_says_holds_before_the_table(site: Site, boss: Browser):
    after = changed(
        site, boss, map="address: other\nmodes: {note: keep}", mode_note="write if empty", address="private"
    )
    assert after["modes"] == {"note": "keep"} and after["map"]["addresses"] == {"work": "other"}
    again = form(boss.get("/mirror/change").text, "/mirror/change")
    assert (again["mode-note"], again["address"], again["map"]) == (["keep"], ["other"], [""])


def test_a_mode_that_there_is_not_is_said_and_nothing_is_changed(site: Site, boss: Browser):
    before = settings(site)
    shown = form(boss.get("/mirror/change").text, "/mirror/change")
    answer = boss.post("/mirror/change", {**shown, "mode-note": "never", "mode-office": "keep"})
    assert answer.status == 422 and "modes.note" in answer.text
    assert form(answer.text, "/mirror/change")["mode-office"] == ["keep"]
    assert settings(site) == before


def test_bcm_19_bcm_61_a_mirror_is_started_with_access_keys_alone(site: Site, tmp_path: Path):
    browser = opened(site, "boss")

    def pressed(text: str, key: str) -> str:
        """Give the address, or the action of the form, behind an access key, which one thing alone has on a page."""
        assert text.count(f'accesskey="{key}"') == 1
        before, _, after = text.partition(f'accesskey="{key}"')
        tag = before.rpartition("<")[2] + after.partition(">")[0]
        found = re.search(r'href="([^"]*)"', tag) or re.findall(r'<form method="\w+" action="([^"]*)"', before)[-1:]
        return found[0] if isinstance(found, list) else found[1]

    home = browser.get("/contacts").text
    mirror = browser.get(pressed(home, "m")).text
    assert pressed(mirror, "b") == "/mirror/start"
    kinds = browser.get("/mirror/start").text
    assert pressed(kinds, "s") == "/mirror/start"
    dialog = browser.get("/mirror/start?kind=file").text
    filled = {**form(dialog, "/mirror/start"), "place.path": str(tmp_path / "there")}
    browser.post(pressed(dialog, "s"), filled)
    plan = ended(site, browser, "boss").text
    assert pressed(plan, "s") == "/mirror/confirm"
    browser.post("/mirror/confirm", form(plan, "/mirror/confirm"))
    ended(site, browser, "boss")
    assert settings(site)["place"]["path"] == str(tmp_path / "there")
