"""A contact as a form, and back: what the form does not name, or names unchanged, stays as it is to the letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bridge.records import renamed
from bridge.web.visit import Form
from storage_plugin.model.contact import (
    ENTRIES,
    KINDS,
    NAME_PARTS,
    PARTS,
    TEXTS,
    Contact,
    display_name,
)

_PLACE = ("street", "extended", "po_box", "postal_code", "city", "region", "country")
_LISTS: Mapping[str, tuple[str, ...]] = {
    "emails": PARTS["emails"],
    "phones": PARTS["phones"],
    "addresses": (*_PLACE, "kind", "label", "preferred"),
    "urls": PARTS["urls"],
    "messengers": PARTS["messengers"],
    "dates": PARTS["dates"],
}
"""The lists of the form with the parts of a row, in the order in which people read them."""

_REMARKS = ("kind", "label", "preferred", "service")
_DATES = ("birthday", "anniversary")
MOST_ENTRIES = 200
"""Entries of a list that a form may bring."""


class NotADate(ValueError):
    """A date that cannot be read; the text is what was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a list in the form; ``at`` is the entry's place in the contact, "" for a new one."""

    row: int
    at: str
    values: Mapping[str, Any]
    kinds: Sequence[str]


def entries(contact: Contact, name: str) -> list[Entry]:
    """Give the rows of a list, with an empty one behind them."""
    parts, kinds = _LISTS[name], KINDS.get(name, ())
    made = []
    for at, item in enumerate(getattr(contact, name)):
        values = {part: getattr(item, part) for part in parts}
        own = (values["kind"],) if values.get("kind") and values["kind"] not in kinds else ()
        made.append(Entry(at, str(at), values, ("", *kinds, *own) if kinds else ()))
    empty = {part: False if part == "preferred" else "" for part in parts}
    return [*made, Entry(len(made), "", empty, ("", *kinds) if kinds else ())]


def lists() -> Sequence[str]:
    """Name the lists that have rows in the form."""
    return tuple(_LISTS)


def read(form: Form, base: Contact) -> Contact:
    """Give ``base`` with what a form says otherwise; raise NotADate."""
    changes: dict[str, Any] = {}
    for name in TEXTS:
        if form.has(name) and _differs(form.get(name), getattr(base, name)):
            changes[name] = _plain(form.get(name))
    for name in _DATES:
        _check_date(changes.get(name, ""))
    if form.has("is_company-shown"):
        changes["is_company"] = form.has("is_company")
    for name in _LISTS:
        if form.has(f"{name}-0-row"):
            changes[name] = tuple(_items(form, base, name))
    if form.has("categories") and _differs(form.get("categories"), "\n".join(base.categories)):
        said = (part.strip() for part in _plain(form.get("categories")).split("\n"))
        changes["categories"] = tuple(dict.fromkeys(part for part in said if part))
    after = renamed(base, replace(base, **changes))
    if any(getattr(after, part) for part in NAME_PARTS) or not after.formatted_name:
        return after if after.formatted_name else replace(after, formatted_name=display_name(after))
    return after


def _items(form: Form, base: Contact, name: str) -> list[Any]:
    known, items = getattr(base, name), []
    for row in range(MOST_ENTRIES):
        head = f"{name}-{row}"
        if not form.has(f"{head}-row"):
            break
        at = form.get(f"{head}-row")
        old = known[int(at)] if at.isascii() and at.isdecimal() and int(at) < len(known) else ENTRIES[name]("")
        said: dict[str, Any] = {}
        for part in _LISTS[name]:
            if part == "preferred":
                said[part] = form.has(f"{head}-{part}")
            elif form.has(f"{head}-{part}") and _differs(form.get(f"{head}-{part}"), getattr(old, part)):
                said[part] = _plain(form.get(f"{head}-{part}"))
        item = replace(old, **said)
        if any(getattr(item, part) for part in _LISTS[name] if part not in _REMARKS):
            if name == "dates" and "value" in said:
                _check_date(said["value"])
            items.append(item)
    return items


def _differs(said: str, was: str) -> bool:
    return _plain(said) != _plain(was)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _check_date(text: str) -> None:
    """Accept ``1996-04-15`` and, where the year is not known, ``--04-15``."""
    if not text:
        return
    whole = f"2000-{text[2:]}" if text.startswith("--") else text
    try:
        if date.fromisoformat(whole).isoformat() != whole:
            raise NotADate(text)
    except ValueError as error:
        raise NotADate(text) from error
