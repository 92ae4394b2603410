"""Contacts as a card can say them: what comes back when a Contact was written and is read again."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from storage_plugin.model.contact import FIELDS, Contact, PostalAddress, display_name
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
    texts = {name: clean(getattr(contact, name)) for name in FIELDS if name not in ("note", "is_company")}
    texts["birthday"] = iso_date(texts["birthday"])
    texts["anniversary"] = iso_date(texts["anniversary"])
    texts["photo"] = texts["photo"] if _PHOTO.fullmatch(texts["photo"]) else ""
    made = Contact(
        **texts,
        note=clean_note(contact.note),
        is_company=contact.is_company,
        emails=tuple(_entry(each, "address", PLACES) for each in contact.emails if clean(each.address)),
        phones=tuple(_entry(each, "number", PHONES) for each in contact.phones if clean(each.number)),
        addresses=tuple(address for each in contact.addresses if (address := _address(each))),
        urls=tuple(_entry(each, "address", PLACES) for each in contact.urls if clean(each.address)),
        dates=tuple(
            replace(each, value=iso, label=_label(each.label))
            for each in contact.dates
            if (iso := iso_date(clean(each.value)))
        ),
        messengers=tuple(_messenger(each) for each in contact.messengers if clean(each.handle)),
        categories=tuple(dict.fromkeys(name for each in contact.categories if (name := clean(each)))),
    )
    return made if made.formatted_name else replace(made, formatted_name=display_name(made).strip())


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
