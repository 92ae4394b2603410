"""Google Contacts' CSV, both the layout of 2024 ("Phone 1 - Label") and the older one ("Phone 1 - Type").

Numbered groups of columns; several values in one cell are joined with `` ::: ``, a type that begins with ``* `` is
the preferred one. https://support.google.com/contacts/answer/1069522
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bridge.files.dates import is_no_date, iso_date
from bridge.files.found import FoundContact
from bridge.files.table import Row, key
from storage_plugin.model.contact import (
    Contact,
    Email,
    ImportantDate,
    Messenger,
    Phone,
    PostalAddress,
    Url,
    display_name,
)
from storage_plugin.model.marking import N_

SINGLE = {
    "prefix": ("nameprefix",),
    "given_name": ("firstname", "givenname"),
    "middle_name": ("middlename", "additionalname"),
    "family_name": ("lastname", "familyname"),
    "suffix": ("namesuffix",),
    "nickname": ("nickname", "shortname"),
    "phonetic_given_name": ("phoneticfirstname", "givennameyomi"),
    "phonetic_family_name": ("phoneticlastname", "familynameyomi"),
    "maiden_name": ("maidenname",),
    "file_as": ("fileas",),
    "formatted_name": ("name",),
    "company": ("organizationname", "organization1name"),
    "phonetic_company": ("organization1yominame",),
    "job_title": ("organizationtitle", "organization1title"),
    "department": ("organizationdepartment", "organization1department"),
    "office": ("organization1location",),
    "profession": ("occupation",),
    "note": ("notes",),
}

PHONE_KINDS = {
    "work": "work",
    "home": "home",
    "mobile": "mobile",
    "main": "main",
    "work fax": "work_fax",
    "home fax": "home_fax",
    "other fax": "other_fax",
    "pager": "pager",
    "car": "car",
    "assistant": "assistant",
    "callback": "callback",
    "isdn": "isdn",
    "radio": "radio",
    "telex": "telex",
    "tty_tdd": "text",
    "other": "other",
    "grandcentral": "other",
}
PLACES = {"work": "work", "home": "home", "other": "other"}
RELATIONS = {"spouse": "spouse", "child": "children", "assistant": "assistant", "manager": "manager"}

_TELLING = re.compile(r"(email|phone|address|website)1(value|label|type|formatted)|organization(1)?(name|title)")
_NUMBERED = re.compile(r"(email|phone|address|website|event|relation|im|customfield)(\d+)([a-z]+)")
_IGNORED = re.compile(
    r"photo|groupmembership|labels|birthday|sensitivity|priority|initials|organization1type|customernumber|uid"
)
_HIDDEN_LABELS = {"mycontacts", "starred"}


def is_google(titles: set[str]) -> bool:
    """Tell whether these columns (by ``key``) are Google's."""
    return any(_TELLING.fullmatch(title) for title in titles)


def contact_from_google(row: Row) -> FoundContact:
    """Read a row of a Google CSV."""
    remarks: list[str] = []
    single: dict[str, Any] = {name: row.get(*keys) for name, keys in SINGLE.items()}
    contact = Contact(
        **single,
        birthday=_date("birthday", row.get("birthday"), remarks),
        emails=tuple(_emails(row)),
        phones=tuple(_phones(row)),
        addresses=tuple(_addresses(row)),
        urls=tuple(Url(value, *_kind(label, PLACES)) for label, value in _values(row, "website")),
        messengers=tuple(_messengers(row)),
        categories=_categories(row.get("labels", "groupmembership")),
        photo=_photo(row.get("photo")),
    )
    contact = _with_events(_with_relations(contact, row), row, remarks)
    contact = replace(contact, note="\n".join(filter(None, [contact.note, *_leftover(row)])))
    is_company = bool(contact.company) and display_name(contact) == contact.company
    contact = replace(contact, formatted_name=display_name(contact), is_company=is_company)
    return FoundContact(row.line, contact, row.get("customernumber"), row.get("uid"), tuple(remarks))


def _values(row: Row, group: str) -> Iterator[tuple[str, str]]:
    """Give label and value of each member of a numbered group, in their order."""
    number = 1
    while any(name.startswith(f"{group}{number}") for name in row.titles):
        label = row.get(f"{group}{number}label", f"{group}{number}type")
        for value in row.get(f"{group}{number}value").split(" ::: "):
            if value.strip():
                yield label, value.strip()
        number += 1


def _kind(label: str, kinds: dict[str, str]) -> tuple[str, str]:
    """Give kind and label: a word of Google's own is a kind, any other is the user's label."""
    word = label.removeprefix("* ").strip()
    kind = kinds.get(word.casefold())
    return ("", word) if kind is None else (kind, "")


def _emails(row: Row) -> Iterator[Email]:
    for label, value in _values(row, "email"):
        kind, own = _kind(label, PLACES)
        yield Email(value, kind, own, preferred=label.startswith("* "))


def _phones(row: Row) -> Iterator[Phone]:
    for label, value in _values(row, "phone"):
        kind, own = _kind(label, PHONE_KINDS)
        yield Phone(value, kind, own, preferred=label.startswith("* "))


def _addresses(row: Row) -> Iterator[PostalAddress]:
    number = 1
    while f"address{number}street" in row.titles or f"address{number}formatted" in row.titles:
        at = f"address{number}"
        kind, own = _kind(row.get(f"{at}label", f"{at}type"), PLACES)
        country = row.get(f"{at}country")
        is_code = re.fullmatch("[A-Z]{2}", country) is not None
        address = PostalAddress(
            po_box=row.get(f"{at}pobox"),
            extended=row.get(f"{at}extendedaddress"),
            street=row.get(f"{at}street"),
            city=row.get(f"{at}city"),
            region=row.get(f"{at}region"),
            postal_code=row.get(f"{at}postalcode"),
            country=country,
            country_code=country if is_code else "",
        )
        if address == PostalAddress():
            address = PostalAddress(street=row.get(f"{at}formatted"))
        if address != PostalAddress():
            yield replace(address, kind=kind, label=own)
        number += 1


def _messengers(row: Row) -> Iterator[Messenger]:
    for at, (label, value) in enumerate(_values(row, "im"), start=1):
        yield Messenger(value, row.get(f"im{at}service").casefold(), _kind(label, PLACES)[0])


def _with_relations(contact: Contact, row: Row) -> Contact:
    for label, value in _values(row, "relation"):
        name = RELATIONS.get(label.casefold(), "note")
        if name == "note" or getattr(contact, name):
            name, value = "note", "\n".join(filter(None, [contact.note, f"{label or 'Relation'}: {value}"]))
        change: dict[str, Any] = {name: value}
        contact = replace(contact, **change)
    return contact


def _with_events(contact: Contact, row: Row, remarks: list[str]) -> Contact:
    for label, value in _values(row, "event"):
        day = _date(label or "event", value, remarks)
        if label.casefold() == "anniversary" and not contact.anniversary:
            contact = replace(contact, anniversary=day)
        elif day:
            contact = replace(contact, dates=(*contact.dates, ImportantDate(day, label)))
    return contact


def _date(name: str, text: str, remarks: list[str]) -> str:
    if is_no_date(text):
        return ""
    value = iso_date(text)
    if not value:
        remarks.append(N_(f"the {name} {text!r} is no date and was left out"))
    return value


def _categories(text: str) -> tuple[str, ...]:
    names = (name.removeprefix("* ").strip() for name in text.split(" ::: "))
    return tuple(dict.fromkeys(name for name in names if name and key(name) not in _HIDDEN_LABELS))


def _photo(text: str) -> str:
    return text if text.startswith(("https://", "http://")) else ""


def _leftover(row: Row) -> Iterator[str]:
    """Give what Contact has no field for as lines of the note, custom fields under their own names."""
    known = {name for keys in SINGLE.values() for name in keys}
    for label, value in _values(row, "customfield"):
        yield f"{label or 'Custom field'}: {value}"
    for name, value in row.cells.items():
        if name not in known and not _IGNORED.fullmatch(name) and not _NUMBERED.fullmatch(name):
            yield f"{row.titles[name]}: {value}"
