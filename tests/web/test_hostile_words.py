"""HTML, scripts and headers in everything that people write: pages show it as text, wherever it stands."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import fields, replace
from html.parser import HTMLParser
from typing import Any

import pytest

from bridge.exporting import FORMATS
from bridge.web.routes import all_routes
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.sessions import Sessions
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import (
    TEXTS,
    Contact,
    Email,
    ImportantDate,
    Messenger,
    Phone,
    PostalAddress,
    Url,
)
from storage_plugin.model.record_type import Base, Field, FieldKind, RecordType
from tests.web.site import Answer, Browser, Site

EVIL = """x"><img src=x onerror=alert(1)>'><script>alert(2)</script>{{ 7 * 7 }}%(num)s</script> onmouseover="a"""
LINK = "javascript:alert(1)//"


def hostile(**more: Any) -> Contact:
    said: dict[str, Any] = {name: EVIL for name in TEXTS}
    lists = {"emails": Email, "phones": Phone, "addresses": PostalAddress, "urls": Url, "messengers": Messenger}
    for name, kind in {**lists, "dates": ImportantDate}.items():
        words = {each.name: EVIL for each in fields(kind) if each.type == "str"}
        said[name] = (kind(**words),)
    said["urls"] += (Url(LINK),)
    said["categories"] = (EVIL,)
    return replace(Contact(**said), **more)


@pytest.fixture
def boss(site: Site) -> Browser:
    """What is hostile stands in contacts, own fields, devices, names, sessions, imports and the deleted items."""
    database, by = site.house.database, Origin("cli")
    RecordTypes(database, 1).add(RecordType(EVIL[:90], Base.CONTACT, (Field(EVIL[:90], FieldKind.TEXT, ()),)))
    contacts = SqlContacts(database, 1)
    contacts.save(hostile(), by)
    contacts.save(hostile(), by)
    contacts.save(hostile(company=f"{EVIL} Ltd"), by, type=EVIL[:90], custom={EVIL[:90]: EVIL})
    contacts.delete(contacts.save(hostile(), by).id, by)
    name = EVIL.replace("/", "").replace(":", "")
    site.users.add(name)
    for user in ("boss", name):
        contacts.save(hostile(), by, owner_id=next(each.id for each in site.users.all() if each.name == user))
        site.users.add_device(user, EVIL)
    Sessions(database).start("boss", EVIL, EVIL)
    browser = site.browser("boss")
    browser.get("/devices")
    browser.post("/import/upload", file=EVIL.encode() + b",Mail\r\na,b\r\n")
    return browser


class Tags(HTMLParser):
    """What a browser would run: scripts, handlers, and addresses that are no addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "script" and not said.get("src", "").startswith("/static/"):
            self.found.append("script")
        self.found += [name for name in said if name.startswith("on") or name in ("style", "srcdoc")]
        addresses = [said[name] for name in ("href", "src", "action", "hx-get", "data-live") if name in said]
        fine = ("/", "#", "mailto:", "tel:", "https://", "http://", "davx5:", "carddav:", "?")
        self.found += [each for each in addresses if not each.startswith(fine)]


def is_harmless(answer: Answer) -> bool:
    tags = Tags()
    tags.feed(answer.text)
    return tags.found == [] and "<img src=x" not in answer.text and "49%" not in answer.text


PAGES = [route.path for route in all_routes() if route.method == "GET" and "openid" not in route.path]


@pytest.mark.parametrize("search", ["", "?q=%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&type=%22%3E%3Cimg+src%3Dx%3E"])
def test_no_page_takes_words_for_html(boss: Browser, search: str):
    seen = []
    for path in PAGES:
        for number in ("1", "3"):
            asked = re.sub(r"\{\w+(:[^}]*)?\}", number, path)
            if (asked == path and number != "1") or path == "/mirror/live":
                continue
            answer = boss.get(asked + search)
            assert answer.status < 500, asked
            if "text/html" in answer.headers.get("Content-Type", ""):
                assert is_harmless(answer), asked
                seen.append("onerror=alert" in answer.text)
    assert sum(seen) > 15, "the words were on too few pages for this to say something"


def test_what_is_saved_is_named_by_us_alone(boss: Browser):
    saved = [f"/export/mine/{format_}" for format_ in FORMATS]
    saved += [f"/{job}/refused.csv" for job in re.findall(r"import/[0-9a-f]{16}", boss.get("/import").text)]
    saved += ["/devices/1/contacts.mobileconfig", "/devices/2/contacts.mobileconfig"]
    assert len(saved) == 6
    for path in saved:
        answer = boss.get(path)
        assert answer.status == 200, path
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.-]+", answer.headers["Content-Disposition"]), path


@pytest.mark.parametrize("kind", ["SVG+XML", "svg", "HTML", "JPEG"])
@pytest.mark.parametrize("way", ["PHOTO;ENCODING=b;TYPE={kind}:{octets}", "PHOTO:data:image/{kind};base64,{octets}"])
def test_a_drawing_with_a_script_is_not_sent_as_a_drawing(site: Site, kind: str, way: str):
    octets = b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>').decode()
    lines = ("BEGIN:VCARD", "VERSION:3.0", "UID:1", "FN:Anna", "N:Anna;;;;", way.format(kind=kind, octets=octets))
    add_cards(site.house.database, 1, [item_of_card("\r\n".join((*lines, "END:VCARD", "")).encode())], Origin("cli"))
    answer = site.browser("boss").get("/contacts/1/photo")
    assert answer.status == 404 or answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
