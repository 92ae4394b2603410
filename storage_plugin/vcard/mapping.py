"""A card's text ⇄ Contact: reading what people edit, and patching only the lines of what was edited.

The laws: ``vcard_with(text, contact_from_vcard(text)) == text`` to the byte, and
``contact_from_vcard(vcard_with(text, contact)) == contact`` for every normalised contact, except that the bytes of a
photo are set by ``photo.vcard_with_photo`` only. Lines of fields that were not edited keep their bytes.
"""

from __future__ import annotations

from typing import Any

from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.vcard.addresses import ADDRESSES
from storage_plugin.vcard.categories import read_categories, write_categories
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.entries import DATES, EMAILS, PHONES_FIELD, URLS
from storage_plugin.vcard.fields import Field, Nickname, Note, Part, Reading, Text
from storage_plugin.vcard.groups import Group, group_of
from storage_plugin.vcard.lines import Card, escape, fold, parse
from storage_plugin.vcard.messengers import MESSENGERS
from storage_plugin.vcard.normal import normalised
from storage_plugin.vcard.pairing import patch
from storage_plugin.vcard.people import People, Person
from storage_plugin.vcard.traits import Anniversary, Birthday, Photo, is_company, write_is_company

__all__ = ["PRODID", "Group", "contact_from_vcard", "group_of", "new_vcard", "normalised", "vcard_with"]

PRODID = "-//Contact Bridge//EN"

_AFTER_NAME = ("N", "VERSION", "BEGIN")
_TEXTS: dict[str, Field] = {
    "formatted_name": Text(("FN",), after=_AFTER_NAME, required=True),
    "prefix": Part("N", 3, after=("FN",)),
    "given_name": Part("N", 1, after=("FN",)),
    "middle_name": Part("N", 2, after=("FN",)),
    "family_name": Part("N", 0, after=("FN",)),
    "suffix": Part("N", 4, after=("FN",)),
    "nickname": Nickname(),
    "phonetic_given_name": Text(("X-PHONETIC-FIRST-NAME",)),
    "phonetic_family_name": Text(("X-PHONETIC-LAST-NAME",)),
    "phonetic_company": Text(("X-PHONETIC-ORG", "X-PHONETIC-COMPANY")),
    "maiden_name": Text(("X-MAIDENNAME", "X-MAIDEN-NAME")),
    "file_as": Text(("X-EVOLUTION-FILE-AS", "X-FILE-AS", "X-MS-FILE-AS")),
    "company": Part("ORG", 0),
    "department": Part("ORG", 1),
    "office": Text(("X-OFFICE-LOCATION", "X-MS-OFFICE-LOCATION", "X-EVOLUTION-OFFICE")),
    "job_title": Text(("TITLE",)),
    "profession": Text(("ROLE",)),
    "assistant": Person("assistant", ("X-EVOLUTION-ASSISTANT", "X-MS-ASSISTANT", "X-ASSISTANT")),
    "manager": Person("manager", ("X-EVOLUTION-MANAGER", "X-MS-MANAGER", "X-MANAGER")),
    "spouse": Person("spouse", ("X-EVOLUTION-SPOUSE", "X-MS-SPOUSE", "X-SPOUSE")),
    "children": People("child", ("X-MS-CHILD", "X-CHILDREN")),
    "birthday": Birthday(),
    "anniversary": Anniversary(),
    "note": Note(),
    "photo": Photo(),
}
_LISTS: dict[str, Any] = {
    "emails": EMAILS,
    "phones": PHONES_FIELD,
    "addresses": ADDRESSES,
    "urls": URLS,
    "dates": DATES,
    "messengers": MESSENGERS,
}
assert {*_TEXTS, "is_company"} == {*FIELDS} and {*_LISTS, "categories"} == {*LISTS}


def contact_from_vcard(text: str, card: Card | None = None) -> Contact:
    """Read ``text`` (any version, slim or full) as a Contact; never fails. ``card`` spares parsing it again."""
    reading = Reading((card or parse(text)).lines)
    values: dict[str, Any] = {name: value for name, field in _TEXTS.items() if (value := field.read(reading))}
    for name, entries in _LISTS.items():
        lines = reading.of(entries.names)
        if lines:
            found = (entries.read(line, reading.remarks) for line in lines)
            values[name] = tuple(entry for entry in found if entry is not None)
    if "CATEGORIES" in reading.named:
        values["categories"] = read_categories(reading.named["CATEGORIES"])
    return Contact(is_company=is_company(reading), **values)


def vcard_with(text: str, contact: Contact, current: Contact | None = None) -> str:
    """Patch ``text`` so that it says ``contact``; what it says already keeps its bytes, placeholders too.

    ``current`` is what it says, if that is known.
    """
    current = current or contact_from_vcard(text)
    if contact == current:
        return text
    wanted = normalised(contact)
    draft = Draft(text)
    for name, field in _TEXTS.items():
        if getattr(contact, name) != (old := getattr(current, name)) and getattr(wanted, name) != old:
            field.write(draft, getattr(wanted, name))
    if wanted.is_company != current.is_company:
        write_is_company(draft, value=wanted.is_company)
    for name, entries in _LISTS.items():
        if getattr(contact, name) != (old := getattr(current, name)) and getattr(wanted, name) != old:
            remarks = Reading(draft.lines).remarks
            read = [(entries.read(line, remarks), line) for line in draft.named(*entries.names)]
            said = [(entry, line) for entry, line in read if entry is not None]
            patch(draft, said, getattr(wanted, name), entries.likenesses, entries.change, entries.create)
    if contact.categories != current.categories != wanted.categories:
        write_categories(draft, wanted.categories)
    return draft.text


def new_vcard(contact: Contact, uid: str, version: str = "3.0") -> str:
    """Write a card that was born elsewhere, in ``"3.0"`` or ``"4.0"``."""
    lines = ["BEGIN:VCARD", f"VERSION:{version}", f"PRODID:{PRODID}", f"UID:{escape(uid)}", "N:;;;;", "FN:"]
    return vcard_with("".join(map(fold, [*lines, "END:VCARD"])), contact)
