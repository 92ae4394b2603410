"""Contact ⇄ compact JSON, as links, the journal and conflicts keep views: what is not given is left out.

The law: ``contact_from_json(contact_to_json(who)) == who`` for every Contact, in any script.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from storage_plugin.model.contact import (
    Contact,
    Email,
    ImportantDate,
    Messenger,
    Phone,
    PostalAddress,
    Url,
)
from storage_plugin.model.mirror import NOTHING

_ITEMS: dict[str, type[Any]] = {
    "emails": Email,
    "phones": Phone,
    "addresses": PostalAddress,
    "urls": Url,
    "dates": ImportantDate,
    "messengers": Messenger,
}
_PARTS = {name: tuple(part.name for part in fields(type_)) for name, type_ in _ITEMS.items()}
_PLAIN = tuple(part.name for part in fields(Contact) if part.name not in _ITEMS)
_write = json.JSONEncoder(separators=(",", ":")).encode


def contact_to_json(who: Contact) -> str:
    """Write a contact as one line of JSON; ``{}`` for one without anything."""
    return _write(as_object(who))


def as_object(who: Contact) -> dict[str, Any]:
    """Give what a contact says as plain values; what it does not say is left out."""
    said: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(who, name))}
    for name, parts in _PARTS.items():
        if items := getattr(who, name):
            said[name] = [{part: value for part in parts if (value := getattr(item, part))} for item in items]
    return said


def contact_from_json(text: str | None) -> Contact:
    """Read what ``contact_to_json`` wrote; None is the contact without anything."""
    return from_object(json.loads(text)) if text else NOTHING


def from_object(said: dict[str, Any]) -> Contact:
    """Make the contact of what ``as_object`` gave."""
    for name, type_ in _ITEMS.items():
        if items := said.get(name):
            # A value needs only what it says; an item without its first attribute says that with "".
            said[name] = tuple(type_(**(_FIRST[name] | item)) for item in items)
    if names := said.get("categories"):
        said["categories"] = tuple(names)
    return Contact(**said)


_FIRST = {name: {_PARTS[name][0]: ""} for name in _ITEMS}
