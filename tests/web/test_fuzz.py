"""Random words in paths, queries and forms of every page: a clear answer, never a fault of ours."""

import random
import re
from pathlib import Path
from urllib.parse import quote

import pytest

import bridge.web
from bridge.web.routes import all_routes
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import Contact, Email
from tests.web.site import Site

TEMPLATES = Path(bridge.web.__file__).parent / "templates"
WORDS = [
    "", "1", "2", "0", "-1", "99999999999999999999", "1e9", "x", "ü" * 300, "%00", "\0", "../etc/passwd", "'", '"',
    "<b>", "{{ 1 }}", "a\r\nSet-Cookie: b=c", "2026-02-30", "--02-30", "\ud7ff\U0001f600", "anna", "boss", "[]",
    "{}", "null", "Business Contact", "company is ACME", "https://evil.example/", "on", "name", "-", "file", "1:2",
]  # fmt: skip
LEAVES = ("/sign-out", "/me/password", "/users/remove", "/users/password")
"""Who comes here on purpose is shut out, and the rest of the test with them."""


def fields():
    said = "".join(file.read_text("utf-8") for file in TEMPLATES.glob("**/*.html"))
    return sorted({name for name in re.findall(r'name="([\w.:-]+)"', said)} - {"csrf", "viewport", "color-scheme"})


@pytest.mark.parametrize("user", ["boss", "anna", ""])
def test_random_requests_get_a_clear_answer(site: Site, user: str, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    chance, names = random.Random(20261122), fields()
    contacts = site.house.contacts(1)
    browser = site.browser(user)
    for number in range(4):
        who = Contact(formatted_name=f"Person {number}", emails=(Email(f"p{number}@contoso.example"),))
        contacts.save(who, Origin("cli"))
    for route in [each for each in all_routes() if each.path not in LEAVES] * 3:
        path = re.sub(r"\{\w+(:[^}]*)?\}", lambda _: quoted(chance), route.path)
        said = {name: chance.choice(WORDS) for name in chance.sample(names, min(len(names), chance.randrange(8)))}
        if route.method == "POST":
            browser.get("/sign-in", follow=False)
            answer = browser.post(path, said, follow=False)
        else:
            query = "&".join(f"{name}={quoted(chance)}" for name in said)
            answer = browser.get(f"{path}?{query}", follow=False)
        assert answer.status < 500, f"{route.method} {path} {said}: {answer.text[:2000]}"
        assert "\n" not in answer.location and not answer.location.startswith(("//", "http"))


def quoted(chance: random.Random) -> str:
    return quote(chance.choice(WORDS), safe="")
