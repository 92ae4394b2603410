"""A card's text ⇄ Contact: reading what people edit, and patching only the lines of what was edited.

The laws: ``vcard_with(text, contact_from_vcard(text)) == text`` to the byte, and
``contact_from_vcard(vcard_with(text, contact)) == contact`` for every normalised contact, except that the bytes of a
photo are set by ``photo.vcard_with_photo`` only. Lines of fields that were not edited keep their bytes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from storage_plugin.model.contact import FIELDS, LISTS, Contact, display_name
from storage_plugin.vcard.addresses import ADDRESSES
from storage_plugin.vcard.categories import read_categories, write_categories
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.entries import DATES, EMAILS, PHONES_FIELD, URLS
from storage_plugin.vcard.fields import Field, Nickname, Note, Part, Reading, Text
from storage_plugin.vcard.groups import Group, group_of
from storage_plugin.vcard.lines import Card, escape, fold, parse_once
from storage_plugin.vcard.messengers import MESSENGERS
from storage_plugin.vcard.normal import normal_value, normalised
from storage_plugin.vcard.pairing import patch
from storage_plugin.vcard.people import People, Person
from storage_plugin.vcard.traits import Anniversary, Birthday, Photo, is_company, write_is_company

__all__ = [
    "PRODID",
    "Group",
    "card_with",
    "contact_from_vcard",
    "group_of",
    "name_in",
    "new_vcard",
    "normalised",
    "vcard_with",
]

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
_SAID_BY: dict[str, list[str]] = defaultdict(list)
"""Which attributes each property may say; none but these need to be read."""
for _name, _said_in in (
    *((name, field.reads) for name, field in _TEXTS.items()),
    *((name, entries.names) for name, entries in _LISTS.items()),
):
    for _property in _said_in:
        _SAID_BY[_property].append(_name)
assert {*_TEXTS, "is_company"} == {*FIELDS} and {*_LISTS, "categories"} == {*LISTS}


def contact_from_vcard(text: str, card: Card | None = None) -> Contact:
    """Read ``text`` (any version, slim or full) as a Contact; never fails. ``card`` spares parsing it again."""
    reading = Reading((card or parse_once(text)).lines)
    spoken_of = {name for line_name in reading.named for name in _SAID_BY.get(line_name, ())}
    values: dict[str, Any] = {}
    for name in spoken_of:
        if (field := _TEXTS.get(name)) is not None:
            values[name] = field.read(reading)
        else:
            entries = _LISTS[name]
            found = (entries.read(line, reading.remarks) for line in reading.of(entries.names))
            values[name] = tuple(entry for entry in found if entry is not None)
    if "CATEGORIES" in reading.named:
        values["categories"] = read_categories(reading.named["CATEGORIES"])
    return Contact(is_company=is_company(reading), **values)


def name_in(text: str) -> str:
    """Give the ``display_name`` of the contact in ``text``; nearly every card says it in FN, so no more is read."""
    formatted_name: str = _TEXTS["formatted_name"].read(Reading(parse_once(text).lines))
    return formatted_name if formatted_name.strip() else display_name(contact_from_vcard(text))


def vcard_with(text: str, contact: Contact, current: Contact | None = None) -> str:
    """Patch ``text`` so that it says ``contact``; what it says already keeps its bytes, placeholders too.

    ``current`` is what it says, if that is known.
    """
    return text if contact == current else card_with(parse_once(text), contact, current).text


def card_with(card: Card, contact: Contact, current: Contact | None = None) -> Card:
    """Patch a parsed card as ``vcard_with`` does; give ``card`` itself where it says ``contact`` already."""
    current = current or contact_from_vcard(card.text, card)
    if contact == current:
        return card
    draft = Draft(card)
    for name in (*_TEXTS, "is_company", *_LISTS, "categories"):
        old = getattr(current, name)
        if getattr(contact, name) != old and (wanted := normal_value(contact, name)) != old:
            _write(draft, name, wanted)
    return Card(draft.lines)


def _write(draft: Draft, name: str, wanted: Any) -> None:
    if name in _TEXTS:
        _TEXTS[name].write(draft, wanted)
    elif name == "is_company":
        write_is_company(draft, value=wanted)
    elif name == "categories":
        write_categories(draft, wanted)
    else:
        entries, remarks = _LISTS[name], Reading(draft.lines).remarks
        read = [(entries.read(line, remarks), line) for line in draft.named(*entries.names)]
        said = [(entry, line) for entry, line in read if entry is not None]
        patch(draft, said, wanted, entries.likenesses, entries.change, entries.create)


def new_vcard(contact: Contact, uid: str, version: str = "3.0") -> str:
    """Write a card that was born elsewhere, in ``"3.0"`` or ``"4.0"``."""
    lines = ["BEGIN:VCARD", f"VERSION:{version}", f"PRODID:{PRODID}", f"UID:{escape(uid)}", "N:;;;;", "FN:"]
    return vcard_with("".join(map(fold, [*lines, "END:VCARD"])), contact)
