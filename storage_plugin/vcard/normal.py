"""Contacts as a card can say them: what comes back when a Contact was written and is read again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storage_plugin.model.contact import (
    FIELDS,
    LISTS,
    Contact,
    Email,
    ImportantDate,
    Phone,
    PostalAddress,
    Url,
    display_name,
)
from storage_plugin.vcard.addresses import ADDRESS_PARTS
from storage_plugin.vcard.cleaning import clean, clean_note
from storage_plugin.vcard.dates import iso_date
from storage_plugin.vcard.kinds import PHONES, PLACES, Vocabulary, built_in_label
from storage_plugin.vcard.messengers import service_and_handle

_PHOTO = re.compile(r"[0-9a-f]{64}|(?!data:)[a-z][a-z0-9+.-]*:.*", re.I | re.S)


def normalised(contact: Contact) -> Contact:
    """Give ``contact`` without what no vCard says.

    That is: blank entries, blanks around values, control characters, dates that are none, categories given twice.
    A missing formatted name is made of the others, since each card must have one.
    """
    made = Contact(**{name: _NORMAL.get(name, clean)(getattr(contact, name)) for name in (*FIELDS, *LISTS)})
    return made if made.formatted_name else replace(made, formatted_name=display_name(made).strip())


def normal_value(contact: Contact, name: str) -> Any:
    """Give one attribute of the normalised contact."""
    value = _NORMAL.get(name, clean)(getattr(contact, name))
    return value if value or name != "formatted_name" else normalised(contact).formatted_name


def _photo(text: str) -> str:
    text = clean(text)
    return text if _PHOTO.fullmatch(text) else ""


def _emails(emails: tuple[Email, ...]) -> tuple[Email, ...]:
    return tuple(_entry(each, "address", PLACES) for each in emails if clean(each.address))


def _phones(phones: tuple[Phone, ...]) -> tuple[Phone, ...]:
    return tuple(_entry(each, "number", PHONES) for each in phones if clean(each.number))


def _urls(urls: tuple[Url, ...]) -> tuple[Url, ...]:
    return tuple(_entry(each, "address", PLACES) for each in urls if clean(each.address))


def _dates(dates: tuple[ImportantDate, ...]) -> tuple[ImportantDate, ...]:
    said = ((each, iso_date(clean(each.value))) for each in dates)
    return tuple(replace(each, value=iso, label=_label(each.label)) for each, iso in said if iso)


def _entry(entry: Any, key: str, kinds: Vocabulary) -> Any:
    value = clean(getattr(entry, key))
    return replace(entry, **{key: value}, kind=_kind(entry.kind, kinds), label=_label(entry.label))


def _address(address: PostalAddress) -> PostalAddress | None:
    parts: dict[str, Any] = {name: clean(getattr(address, name)) for name in ADDRESS_PARTS}
    if not any(parts.values()):
        return None
    kind, label = _kind(address.kind, PLACES), _label(address.label)
    return replace(address, **parts, kind=kind, label=label, country_code=clean(address.country_code).upper())


def _messenger(entry: Any) -> Any:
    service, handle = service_and_handle(_word(entry.service), clean(entry.handle))
    return replace(entry, handle=handle, service=service, kind=_kind(entry.kind, PLACES))


def _kind(kind: str, kinds: Vocabulary) -> str:
    return kinds.normalised(_word(kind.replace(",", " ")))


def _word(text: str) -> str:
    """Give ``text`` as a parameter of any version says it: in one line, without double quotes."""
    return " ".join(clean(text).replace('"', "'").split())


def _label(label: str) -> str:
    label = clean(label)
    while (word := built_in_label(label)) is not None:
        label = word
    return label


_NORMAL: dict[str, Callable[[Any], Any]] = {
    "note": clean_note,
    "birthday": lambda text: iso_date(clean(text)),
    "anniversary": lambda text: iso_date(clean(text)),
    "photo": _photo,
    "is_company": bool,
    "emails": _emails,
    "phones": _phones,
    "addresses": lambda addresses: tuple(made for each in addresses if (made := _address(each))),
    "urls": _urls,
    "dates": _dates,
    "messengers": lambda messengers: tuple(_messenger(each) for each in messengers if clean(each.handle)),
    "categories": lambda names: tuple(dict.fromkeys(name for each in names if (name := clean(each)))),
}
"""How each attribute is normalised; every other one is a single text: ``clean``."""
