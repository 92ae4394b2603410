"""A mirror of a user of a site into a folder of vCards, and waiting for the work of the page."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from bridge.mirroring.settings import mirror_settings
from bridge.sync.run import Report
from bridge.web.handling import COOKIE
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.sessions import Sessions
from storage_plugin.model.book import Origin, Record
from storage_plugin.model.contact import Contact, Email
from tests.web.site import Answer, Browser, Site


def add(site: Site, *names: str, book_id: int = 1) -> list[Record]:
    """Add business contacts."""
    return [SqlContacts(site.house.database, book_id).save(person(name), Origin("cli")) for name in names]


def person(name: str) -> Contact:
    given, _, family = name.partition(" ")
    mail = Email(f"{given}.{family}@contoso.example".lower())
    return Contact(formatted_name=name, given_name=given, family_name=family, emails=(mail,))


def opened(site: Site, user: str) -> Browser:
    """Open a browser with a session of a user, who is added when unknown; no password is hashed for that."""
    known(site, user)
    browser = Browser(site.address)
    browser.cookies[COOKIE] = Sessions(site.house.database).start(user, "127.0.0.1", "test")
    browser.get("/devices")
    return browser


def known(site: Site, user: str) -> None:
    if all(each.name != user for each in site.users.all()):
        site.users.add(user)


def mirrored(site: Site, user: str, folder: Path, **rules: Any) -> Report:
    """Switch a user's mirror on, as the command line does."""
    known(site, user)
    settings = mirror_settings({"place": {"kind": "file", "path": str(folder)}, **rules})
    return asyncio.run(site.house.office.start(user, settings, {}))


def user_id(site: Site, user: str) -> int:
    return next(each.id for each in site.users.all() if each.name == user)


def ended(site: Site, browser: Browser, user: str, path: str = "/mirror") -> Answer:
    """Wait until the work of a user is over, and give the page that tells of it."""
    for _ in range(1200):
        work = site.house.background.of(user_id(site, user))
        if work is None or work.is_over:
            return browser.get(path)
        time.sleep(0.05)
    raise AssertionError("the work does not end")


def cards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.vcf"))
