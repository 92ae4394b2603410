"""Outlook's CSV: rows → contacts with English and German column names, and contacts → rows for Outlook.

Columns that Contact has no field for ("Hobby", "User 1") become lines of the note, so that an import takes all there
is (AMI-7). On the way out, what Outlook's form has no room for (a third phone at work) goes to the next "Other
Phone" or "E-mail 4" column; a second address of a kind, labels and photos are in the vCard export only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bridge.files.dates import is_no_date, iso_date
from bridge.files.found import FoundContact
from bridge.files.outlook_columns import ADDRESS_PARTS, EMAILS, IGNORED, OTHER, PHONES, PLACES, SINGLE, URLS
from bridge.files.table import Row, key
from storage_plugin.model.contact import Contact, Email, Messenger, Phone, PostalAddress, Url, display_name
from storage_plugin.model.marking import N_

_MORE_EMAILS = re.compile(r"email(\d+)(address)?")
_MORE_PHONES = re.compile(r"otherphone(\d+)")


def _keys(titles: Iterable[str]) -> tuple[str, ...]:
    return tuple(key(title) for title in titles)


_SINGLE = {name: _keys(titles) for name, titles in SINGLE.items()}
_OTHER = {name: _keys(titles) for name, titles in OTHER.items()}
_EMAILS = [_keys(titles) for titles in EMAILS]
_PHONES = [(kind, _keys(titles)) for kind, titles in PHONES]
_URLS = [(kind, _keys(titles)) for kind, titles in URLS]
_ADDRESSES = {
    kind: {part: _keys(title.format(en=en, de=de) for title in titles) for part, titles in ADDRESS_PARTS.items()}
    for kind, en, de in PLACES
}
_IGNORED = {value: set(_keys(titles)) for value, titles in IGNORED.items()}
KNOWN = (
    {each for keys in (*_SINGLE.values(), *_OTHER.values(), *_EMAILS) for each in keys}
    | {each for _, keys in (*_PHONES, *_URLS) for each in keys}
    | {each for parts in _ADDRESSES.values() for keys in parts.values() for each in keys}
)
"""The columns that are understood, by ``key``."""


def contact_from_outlook(row: Row) -> FoundContact:
    """Read a row of an Outlook CSV."""
    remarks: list[str] = []
    single: dict[str, Any] = {name: row.get(*keys) for name, keys in _SINGLE.items()}
    contact = Contact(
        **single,
        birthday=_date(row, "birthday", remarks),
        anniversary=_date(row, "anniversary", remarks),
        emails=_emails(row),
        phones=_phones(row),
        addresses=_addresses(row),
        urls=tuple(Url(row.get(*keys), kind) for kind, keys in _URLS if row.get(*keys)),
        messengers=tuple(Messenger(handle) for handle in [row.get(*_OTHER["messenger"])] if handle),
        categories=split_categories(row.get(*_OTHER["categories"])),
    )
    contact = _named(contact, row.get("name"), is_surname=any(each in row.titles for each in _SINGLE["given_name"]))
    contact = replace(contact, note="\n".join(filter(None, [contact.note, *_leftover(row)])))
    return FoundContact(row.line, contact, row.get(*_OTHER["customer_number"]), row.get("uid"), tuple(remarks))


def is_understood(name: str) -> bool:
    """Tell whether Contact has a field for the column of this ``key``."""
    return name in KNOWN or _is_more(_MORE_EMAILS, name, 4) or _is_more(_MORE_PHONES, name, 2)


def split_categories(text: str) -> tuple[str, ...]:
    """Split at semicolons, or at commas where there are none; each category once."""
    parts = text.split(";" if ";" in text else ",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _named(contact: Contact, name: str, *, is_surname: bool) -> Contact:
    if name and is_surname and not contact.family_name:
        contact = replace(contact, family_name=name)
    elif name and not contact.formatted_name:
        contact = replace(contact, formatted_name=name)
    is_company = bool(contact.company) and display_name(contact) == contact.company
    return replace(contact, formatted_name=display_name(contact), is_company=is_company)


def _date(row: Row, name: str, remarks: list[str]) -> str:
    text = row.get(*_OTHER[name])
    if is_no_date(text):
        return ""
    value = iso_date(text, day_first="vorname" in row.titles)
    if not value:
        remarks.append(N_(f"the {name} {text!r} is no date and was left out"))
    return value


def _emails(row: Row) -> tuple[Email, ...]:
    first = [row.get(*keys) for keys in _EMAILS]
    more = [value for name, value in row.cells.items() if _is_more(_MORE_EMAILS, name, 4)]
    return tuple(Email(address) for address in dict.fromkeys(filter(None, first + more)))


def _phones(row: Row) -> tuple[Phone, ...]:
    found = [Phone(row.get(*keys), kind) for kind, keys in _PHONES if row.get(*keys)]
    found += [Phone(value, "other") for name, value in row.cells.items() if _is_more(_MORE_PHONES, name, 2)]
    primary = next((phone.number for phone in found if not phone.kind), "")
    twins = [phone for phone in found if phone.kind and phone.number == primary]
    if not twins:
        return tuple(replace(phone, preferred=not phone.kind) for phone in found)
    return tuple(replace(phone, preferred=phone is twins[0]) for phone in found if phone.kind)


def _is_more(pattern: re.Pattern[str], name: str, start: int) -> bool:
    found = pattern.fullmatch(name)
    return found is not None and int(found[1]) >= start


def _addresses(row: Row) -> tuple[PostalAddress, ...]:
    found = []
    for kind, columns in _ADDRESSES.items():
        parts: dict[str, Any] = {part: row.get(*keys) for part, keys in columns.items()}
        street = [parts.pop("street"), parts.pop("street 2"), parts.pop("street 3")]
        address = PostalAddress(street="\n".join(filter(None, street)).replace("\r\n", "\n"), kind=kind, **parts)
        if address != PostalAddress(kind=kind):
            found.append(address)
    return tuple(found)


def _leftover(row: Row) -> list[str]:
    return [
        f"{row.titles[name]}: {value}"
        for name, value in row.cells.items()
        if not is_understood(name) and name not in _IGNORED[""] and name not in _IGNORED.get(value.casefold(), ())
    ]
