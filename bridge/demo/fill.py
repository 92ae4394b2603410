"""Fill an address book with the fictional contacts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from uuid import NAMESPACE_URL, uuid5

from bridge.demo.people import has_photo, people
from bridge.demo.pictures import portrait
from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.engine import Database
from storage_plugin.database.users import Users
from storage_plugin.model.book import Expect
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import NewContacts, View
from storage_plugin.vcard.lines import fold
from storage_plugin.vcard.mapping import new_vcard

USER, DEVICE = "demo", "phone"

Progress = Callable[[Iterable[tuple[int, Contact]]], Iterable[tuple[int, Contact]]]


def fill(database: Database, track: Progress) -> str:
    """Add a user, a device and the people; give the device's password. ``track`` shows how far it is."""
    users = Users(database)
    users.add(USER)
    secret = users.add_device(USER, DEVICE)
    users.set_view(USER, View(new_contacts=NewContacts.ACCEPT))
    viewer = users.viewer(USER)
    assert viewer is not None
    book = SqlAddressBook(database, viewer)
    for number, contact in track(list(enumerate(people()))):
        uid = str(uuid5(NAMESPACE_URL, f"contact-bridge-demo-{number}"))
        book.put(f"{uid}.vcf", _card(contact, uid, number).encode(), Expect())
    return secret


def _card(contact: Contact, uid: str, number: int) -> str:
    text = new_vcard(contact, uid)
    if not has_photo(number):
        return text
    photo = fold(f"PHOTO;ENCODING=b;TYPE=PNG:{b64encode(portrait(number)).decode()}")
    return text.replace("END:VCARD", f"{photo}END:VCARD")
