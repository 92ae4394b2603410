"""Contact ⇄ a contact's properties in EWS; pure functions.

What a view holds is laid into slots in the view's order; a changed list is laid anew as a whole, and only those slots
that then differ are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from bridge.targets.ews.properties import (
    ADDRESSES,
    CATEGORIES,
    CHILDREN,
    CUSTOMER_NUMBER,
    DAYS,
    EMAILS,
    HELD,
    HOME_PAGES,
    MESSENGERS,
    PHONES,
    STAMP,
    TEXTS,
    Payload,
    Property,
    Value,
)
from bridge.targets.outlook import categories, children, day_of, made_of_name, moment
from storage_plugin.model.contact import NAME_PARTS, Contact, Email, Messenger, Phone, PostalAddress, Url
from storage_plugin.model.mirror import Flag, Stamp

Changes = dict[Property, Value | None]
"""What to write; None clears a property."""


def contact_to_ews(view: Contact) -> Payload:
    """Write a view as properties; what is empty is left out."""
    values: Changes = {property: getattr(view, name) for name, property in TEXTS.items()}
    values |= {property: moment(getattr(view, name)) for name, property in DAYS.items()}
    values |= {CHILDREN: tuple(children(view.children)), CATEGORIES: view.categories}
    values |= dict(zip(EMAILS, (email.address for email in view.emails), strict=False))
    values |= dict(zip(MESSENGERS, (messenger.handle for messenger in view.messengers), strict=False))
    for kind, slots in PHONES.items():
        values |= dict(zip(slots, (phone.number for phone in view.phones if phone.kind == kind), strict=False))
    for kind, property in HOME_PAGES.items():
        values[property] = next((url.address for url in view.urls if url.kind == kind), None)
    for address in view.addresses:
        values |= {property: getattr(address, part) for part, property in ADDRESSES[address.kind].items()}
    return {property: value for property, value in values.items() if value}


def marks(view: Contact, flag: Flag | None, stamp: Stamp | None, customer_number: str, *, flagged: bool) -> Changes:
    """Write what marks an item: the stamp, the customer number, the flag among the categories; None clears."""
    return {
        STAMP: str(stamp) if stamp else None,
        CUSTOMER_NUMBER: customer_number or None,
        CATEGORIES: tuple(categories(view, flag, flagged=flagged)) or None,
    }


def changes_to_ews(before: Payload, known: Contact, view: Contact, marked: Changes) -> Changes:
    """Write what brings an item, which is ``before``, from ``known`` to ``view``; empty when there is nothing.

    A changed part of the name takes DisplayName along, which Exchange may make anew otherwise, and a FileAs that
    somebody chose; one that was made of the name is left to be made anew.
    """
    wanted = contact_to_ews(view)
    named = any(getattr(view, part) != getattr(known, part) for part in NAME_PARTS)
    touched = [name for name in HELD if getattr(view, name) != getattr(known, name)]
    after: Changes = {property: wanted.get(property) for name in touched for property in HELD[name]} | marked
    changes = {property: value for property, value in after.items() if value != before.get(property)}
    if named:
        changes[TEXTS["formatted_name"]] = view.formatted_name or None
        if view.file_as not in made_of_name(known):
            changes[TEXTS["file_as"]] = view.file_as
    return changes


def contact_from_ews(payload: Mapping[Property, Value], flag: Flag | None) -> Contact:
    """Read properties; the flag category is left out."""

    def text(property: Property) -> str:
        value = payload.get(property, "")
        return value.replace("\r\n", "\n") if isinstance(value, str) else ", ".join(value)

    flag_name = flag.name if flag else None
    slots = chain.from_iterable(((kind, slot) for slot in slots) for kind, slots in PHONES.items())
    parts = {kind: {part: text(each) for part, each in held.items()} for kind, held in ADDRESSES.items()}
    return Contact(
        **{name: text(property) for name, property in TEXTS.items()},  # type: ignore[arg-type]
        **{name: day_of(text(property)) for name, property in DAYS.items()},  # type: ignore[arg-type]
        children=text(CHILDREN),
        emails=tuple(Email(address) for slot in EMAILS if (address := text(slot))),
        phones=tuple(Phone(number, kind) for kind, slot in slots if (number := text(slot))),
        addresses=tuple(PostalAddress(kind=kind, **held) for kind, held in parts.items() if any(held.values())),  # type: ignore[arg-type]
        urls=tuple(Url(address, kind) for kind, slot in HOME_PAGES.items() if (address := text(slot))),
        messengers=tuple(Messenger(handle) for slot in MESSENGERS if (handle := text(slot))),
        categories=tuple(name for name in payload.get(CATEGORIES, ()) if name != flag_name),
    )


def is_flagged(payload: Mapping[Property, Value], flag: Flag | None) -> bool:
    """Tell whether the flag is among the categories."""
    return flag is not None and flag.name in payload.get(CATEGORIES, ())


def stamp_of(payload: Mapping[Property, Value]) -> Stamp | None:
    """Read the stamp."""
    return Stamp.read(str(payload.get(STAMP, "")))
