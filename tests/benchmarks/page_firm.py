"""The installation that the benchmark of the page looks at: a firm with all that pages show, made by our own writers.

Contacts in many scripts (``cards``), companies as accounts, a record type of its own, plain contacts in an inbox,
history, deleted items, a mirror into a folder of vCards with its links, log and conflicts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select, update

from bridge.demo.names import LANDS
from bridge.mirroring.places import FilePlace
from bridge.mirroring.setting_up import Office
from bridge.mirroring.settings import MirrorSettings
from bridge.place import Place
from bridge.setup import prepare
from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.database.mirror_schema import run_entry
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.schema import card as card_table
from storage_plugin.database.schema import conflict, contact, device, user
from storage_plugin.database.users import Users
from storage_plugin.database.vault import Vault
from storage_plugin.model.book import ContactId, Expect, Origin, Record
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.record_type import ACCOUNT, Base, Field, FieldKind, RecordType
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.benchmarks.cards import PHOTO_EVERY, card, file_name, person

SLICE = 500
ADMINISTRATOR, COWORKER, PASSWORD = "boss", "anna", "correct horse battery"
CUSTOMER = "Customer"
BOOK = 1
EDITS = 30
"""Changes of the one contact with a long history."""

_CLI = Origin("cli")


@dataclass(frozen=True, slots=True)
class Firm:
    """Where the installation is, and the ids by which its pages are asked for."""

    folder: Path
    contact: ContactId
    photo: ContactId
    account: ContactId
    twins: tuple[ContactId, ContactId]
    device: int
    coworker: int
    run: int
    conflict: int


def found_firm(folder: Path, cards: int, say: Callable[[str], None]) -> Firm:
    """Make the installation with so many contacts on cards; a hundred or more."""
    place = Place(folder / "data")
    prepare(place)
    with place.opened() as database:
        say(f"{cards:,} contacts")
        phone = _people(database)
        _companies(database)
        _contacts(database, cards)
        _customers(database, cards // 50)
        _inbox(phone, cards, cards // 100)
        say("a mirror of them, and changes on both sides")
        office = Office(database, Vault.open(place.folder))
        there = folder / "folder"
        there.mkdir()
        mirrored = MirrorSettings(place=FilePlace(path=str(there)), every=24 * 60)
        asyncio.run(office.start(ADMINISTRATOR, mirrored, {}))
        known = {each.uid: each for each in SqlContacts(database, BOOK).list()}
        of = [known[file_name(number).removesuffix(".vcf")] for number in range(cards)]
        _edit(database, of, there)
        asyncio.run(office.runner.run(office.of(ADMINISTRATOR).id))
        for each in of[-(cards // 50) :]:
            SqlContacts(database, BOOK).delete(each.id, _CLI)
        return _firm(database, folder, of)


def _people(database: Database) -> SqlAddressBook:
    users = Users(database)
    users.add(ADMINISTRATOR, PASSWORD, role="administrator")
    users.add(COWORKER)
    users.set_view(COWORKER, View(Filter((Condition("addresses.country", Operator.IS_NOT, "Deutschland"),))))
    for name in ("tablet", "laptop"):
        users.add_device(COWORKER, name)
    viewer = users.sign_in(ADMINISTRATOR, users.add_device(ADMINISTRATOR, "phone"))
    assert viewer is not None
    return SqlAddressBook(database, viewer)


def _companies(database: Database) -> None:
    for name in sorted({firm for land in LANDS for firm in land.firms}):
        firm = Contact(formatted_name=name, company=name, is_company=True)
        SqlContacts(database, BOOK).save(firm, _CLI, type=ACCOUNT.name)


def _contacts(database: Database, cards: int) -> None:
    for start in range(0, cards, SLICE):
        numbers = range(start, min(start + SLICE, cards))
        add_cards(database, BOOK, [item_of_card(card(each)) for each in numbers], Origin("import"))
    firm = contact.alias()
    company = select(firm.c.id).where(firm.c.is_company, firm.c.company == contact.c.company)
    with database.writing() as connection:
        linked = update(contact).where(~contact.c.is_company).values(account_id=company.scalar_subquery())
        connection.execute(linked)


def _customers(database: Database, count: int) -> None:
    """Add records of a type of the firm's own, many of them twice."""
    rating = Field("Rating", FieldKind.CHOICE, ("A", "B"))
    RecordTypes(database, BOOK).add(RecordType(CUSTOMER, Base.CONTACT, (rating,)))
    for number in range(count):
        custom = {rating.name: "AB"[number % 2]}
        SqlContacts(database, BOOK).save(_customer(number), _CLI, type=CUSTOMER, custom=custom)


def _customer(number: int) -> Contact:
    """Invent a customer; two after one another have a name in common, and half of them the address."""
    family, address = f"Vermeulen {number // 2}", f"kim{number // 2 if number % 4 else number}@nl.example"
    return Contact(f"Kim {family}", given_name="Kim", family_name=family, company="Tulp BV", emails=(Email(address),))


def _inbox(phone: SqlAddressBook, cards: int, count: int) -> None:
    for number in range(cards, cards + count):
        text = b"".join(line for line in card(number).splitlines(True) if not line.startswith(b"CATEGORIES"))
        phone.put(file_name(number), text, Expect())


def _edit(database: Database, of: list[Record], there: Path) -> None:
    """Change one contact often, a tenth of all once, and some in the mirrored folder, too: these are conflicts."""
    contacts = SqlContacts(database, BOOK)
    for edition in range(EDITS):
        contacts.save(replace(of[0].contact, note=f"Edition {edition}"), _CLI, contact_id=of[0].id)
    changed = range(1, len(of) // 10)
    for number in changed:
        contacts.save(replace(of[number].contact, job_title=f"Ours {number}"), _CLI, contact_id=of[number].id)
    disputed = {person(number).emails[0]: number for number in changed[: len(of) // 100]}
    for file in there.glob("*.vcf"):
        text = file.read_text("utf-8")
        address = re.search(r"(?m)^EMAIL\b.*:(.*)$", text)
        number = disputed.get(address[1]) if address else None
        if number is not None:
            file.write_text(re.sub(r"(?m)^TITLE:.*$", f"TITLE:Theirs {number}", text), "utf-8", newline="\r\n")


def _firm(database: Database, folder: Path, of: list[Record]) -> Firm:
    with database.reading() as connection:

        def first(statement: object) -> int:
            return int(connection.execute(statement).scalars().first())  # type: ignore[call-overload]

        twins = select(contact.c.id).where(contact.c.given_name == "Kim").order_by(contact.c.id).limit(2)
        one, other = connection.execute(twins).scalars()
        return Firm(
            folder=folder / "data",
            contact=of[0].id,
            photo=next(each.id for number, each in enumerate(of) if number % PHOTO_EVERY == 7),
            account=ContactId(first(select(card_table.c.contact_id).where(card_table.c.audience < 0))),
            twins=(ContactId(one), ContactId(other)),
            device=first(select(device.c.id).join(user).where(user.c.name == ADMINISTRATOR)),
            coworker=first(select(user.c.id).where(user.c.name == COWORKER)),
            run=first(select(run_entry.c.run_id).order_by(run_entry.c.id)),
            conflict=first(select(conflict.c.id)),
        )
