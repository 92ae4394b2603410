"""Contact ⇄ compact JSON, as links, the journal and conflicts keep views: what is not given is left out.

The law: ``contact_from_json(contact_to_json(who)) == who`` for every Contact, in any script.
"""

from __future__ import annotations

import json
from dataclasses import fields
from operator import attrgetter
from typing import Any

from storage_plugin.model.contact import ENTRIES, LISTS, PARTS, Contact
from storage_plugin.model.mirror import NOTHING

_PARTS = [(name, attrgetter(*parts)) for name, parts in PARTS.items()]
_LISTS = frozenset(LISTS)
_PLAIN = tuple(part.name for part in fields(Contact) if part.name not in ENTRIES)
_write = json.JSONEncoder(separators=(",", ":")).encode


def contact_to_json(who: Contact) -> str:
    """Write a contact as one line of JSON; ``{}`` for one without anything.

    An item of a list is an array of its attributes in their order, up to the last that says something.
    """
    said: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(who, name))}
    for name, parts in _PARTS:
        if items := getattr(who, name):
            said[name] = [_array(parts(item)) for item in items]
    return _write(said)


def contact_from_json(text: str | None) -> Contact:
    """Read what ``contact_to_json`` wrote; None is the contact without anything."""
    if not text:
        return NOTHING
    said: dict[str, Any] = json.loads(text)
    for name in said.keys() & _LISTS:
        type_ = ENTRIES.get(name)
        said[name] = tuple([type_(*item) for item in said[name]] if type_ else said[name])
    return Contact(**said)


def _array(values: tuple[Any, ...]) -> list[Any]:
    last = max((at for at, value in enumerate(values) if value), default=0)
    return list(values[: last + 1])
