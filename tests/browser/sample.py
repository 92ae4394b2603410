"""A firm that has worked with Contact Bridge for a while: something is on every page."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from time import sleep

from bridge.demo.fill import cards as people
from bridge.demo.people import companies
from bridge.importing import Importer
from bridge.mirroring.setting_up import PATIENCE
from bridge.sync.run import INCREMENTAL
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.model.book import ContactId, Origin, Viewer
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.record_type import ACCOUNT
from tests.web.mirroring import cards, mirrored, user_id
from tests.web.site import PASSWORD, Site, serving

BOSS, COWORKER = "maria", "nick"
PEOPLE = 60

_MET = (
    Contact(
        formatted_name="Andrea Dunker",
        given_name="Andrea",
        family_name="Dunker",
        company="Wide World Importers",
        emails=(Email("andrea.dunker@wideworld.example", "work"),),
        phones=(Phone("+49 30 23125 017", "mobile"),),
    ),
    Contact(formatted_name="Kim Abercrombie", given_name="Kim", family_name="Abercrombie"),
    Contact(formatted_name="Dentist", phones=(Phone("+49 30 23125 018", "work"),)),
)
"""Whom the boss met, and typed into the phone."""


@contextmanager
def firm(template: Path, folder: Path) -> Iterator[Site]:
    """Serve the page of a firm with 60 contacts, an administrator and a coworker, in a new folder."""
    folder.mkdir(exist_ok=True)
    shutil.copy(template, folder / "contacts.db")
    with serving(f"sqlite:///{folder}/contacts.db", folder) as site:
        _fill(site, folder / "mirrored")
        yield site


def _fill(site: Site, mirror: Path) -> None:
    site.users.add(BOSS, PASSWORD, role="administrator")
    site.users.add(COWORKER, PASSWORD)
    for device in ("iPhone", "Thunderbird", "Old phone"):
        site.users.add_device(BOSS, device)
    site.users.revoke(BOSS, "Old phone")
    viewer = site.users.viewer(BOSS)
    assert viewer is not None
    contacts = SqlContacts(site.house.database, viewer.book_id)
    for company in islice(companies(), 4):
        contacts.save(company, Origin("import"), type=ACCOUNT.name)
    items = [item_of_card(card.encode()) for card in islice(people(), PEOPLE)]
    add_cards(site.house.database, viewer.book_id, items, Origin("import"))
    first, second, *_ = (record.id for record in islice(contacts.list(), 30, 40))
    device = site.users.devices(BOSS)[0].id
    _work(contacts, first, Origin("web", viewer.user_id), Origin("dav", viewer.user_id, device))
    contacts.delete(second, Origin("web", viewer.user_id))
    for person in _MET:
        contacts.save(person, Origin("dav", viewer.user_id, device), owner_id=viewer.user_id)
    mirror.mkdir()
    mirrored(site, BOSS, mirror)
    _disagree(site, contacts, first, mirror)
    _look_into_files(site, viewer)


def _look_into_files(site: Site, viewer: Viewer) -> None:
    """Begin two imports: one is previewed, with a line that is refused; the other asks what its columns mean."""
    importer = Importer(site.house.database, viewer.book_id, Origin("web", viewer.user_id), "Business Contact")
    known = b"First Name,Last Name,Job Title\nHerp,Desfieux,\n,,Chef\n"
    job = site.house.imports.add(viewer.user_id, "visitors.csv", known, importer)
    other = b"Voornaam;Achternaam;Beurs\nKim;Ralls;Hannover\n"
    site.house.imports.add(viewer.user_id, "fair.csv", other, importer)
    for _ in range(600):
        if not job.is_running:
            return
        sleep(0.05)
    raise AssertionError("the preview does not end")


def _work(contacts: SqlContacts, contact: ContactId, *people: Origin) -> None:
    """Have each change the contact in turn."""
    for number, by in enumerate(people):
        said = replace(contacts.get(contact).contact, job_title=f"Head of Purchasing {number}".removesuffix(" 0"))
        contacts.save(said, by, contact_id=contact)


def _disagree(site: Site, contacts: SqlContacts, contact: ContactId, mirror: Path) -> None:
    """Edit one contact on both sides of the mirror, and run it."""
    person = contacts.get(contact).contact
    contacts.save(replace(person, job_title="Managing Director"), Origin("web"), contact_id=contact)
    name, title = f"FN:{person.formatted_name}".encode(), f"TITLE:{person.job_title}".encode()
    (file,) = (each for each in cards(mirror) if name in each.read_bytes() and title in each.read_bytes())
    file.write_bytes(file.read_bytes().replace(title, b"TITLE:Owner"))
    mirror_row = Mirrors(site.house.database).of_user(user_id(site, BOSS))
    assert mirror_row is not None
    asyncio.run(site.house.office.runner.run(mirror_row.id, INCREMENTAL, patience=PATIENCE))
