"""Fill an address book with the fictional contacts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from secrets import randbelow
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from bridge.demo.people import companies, has_photo, people
from bridge.demo.pictures import portrait
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.database.users import Users
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import ACCOUNT
from storage_plugin.vcard.lines import fold
from storage_plugin.vcard.mapping import new_vcard

USER, DEVICE = "demo", "phone"
BY = Origin("import")


class Secrets(NamedTuple):
    """The passwords of the demonstration: the phone's, and the one for the web page."""

    device: str
    page: str


def fill(database: Database, book_id: int) -> Secrets:
    """Add a user with a device, and the fictional contacts."""
    users = Users(database)
    password = f"demo-{randbelow(10**6):06}"
    users.add(USER, password, role="administrator")
    secret = users.add_device(USER, DEVICE)
    fill_book(database, book_id)
    return Secrets(secret, password)


def fill_book(database: Database, book_id: int) -> None:
    """Add the companies as accounts, and their people."""
    contacts = SqlContacts(database, book_id)
    for company in companies():
        contacts.save(company, BY, type=ACCOUNT.name)
    add_cards(database, book_id, [item_of_card(card.encode()) for card in cards()], BY)


def cards() -> Iterator[str]:
    """Give the people as vCards, some with a portrait."""
    for number, person in enumerate(people()):
        yield _card(person, number)


def _card(contact: Contact, number: int) -> str:
    text = new_vcard(contact, str(uuid5(NAMESPACE_URL, f"contact-bridge-demo-{number}")))
    if not has_photo(number):
        return text
    photo = fold(f"PHOTO;ENCODING=b;TYPE=PNG:{b64encode(portrait(number)).decode()}")
    return text.replace("END:VCARD", f"{photo}END:VCARD")
