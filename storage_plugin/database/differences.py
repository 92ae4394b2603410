"""What differs between two states of a record, field by field, in words: pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from storage_plugin.database.timeline import State
from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.marking import N_
from storage_plugin.model.record_type import BUSINESS_CONTACT
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import contact_from_vcard

_UNSAID = frozenset({"REV", "PRODID"})
_REMARKS = ("kind", "label", "preferred")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, in words; ``""`` means that it was not given.

    ``field`` is an attribute of Contact, "type", "customer_number", "custom.NAME", "shared", or "card" for lines
    that no attribute speaks of.
    """

    field: str
    old: str
    new: str


def differences(old: State | None, new: State) -> tuple[FieldChange, ...]:
    """Tell in which fields ``new`` differs from ``old`` (None: it is the first state)."""
    before = contact_from_vcard(old.text) if old else Contact()
    after = contact_from_vcard(new.text)
    found = [
        told(name, getattr(before, name), getattr(after, name))
        for name in (*FIELDS, *LISTS)
        if getattr(before, name) != getattr(after, name)
    ]
    if old is not None and not found and old.text != new.text:
        found += _lines(old.text, new.text)
    return (*found, *_business(old, new))


def said(value: Any) -> str:
    """Say the value of a field in words."""
    if isinstance(value, bool):
        return N_("yes") if value else ""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return "; ".join(said(item) for item in value)
    meaning = [getattr(value, field.name) for field in fields(value) if field.name not in _REMARKS]
    remarks = [str(getattr(value, name, "") or "") for name in _REMARKS[:2]]
    if getattr(value, "preferred", False):
        remarks.append(N_("preferred"))
    told = ", ".join(remark for remark in remarks if remark)
    text = ", ".join(part for part in meaning if part)
    return f"{text} ({told})" if told else text


def told(name: str, old: Any, new: Any) -> FieldChange:
    """Tell in words that a field of a contact changed; of a photo, that there was and is one."""
    if name == "photo":
        present = N_("a photo")
        return FieldChange(name, present if old else "", (N_("another photo") if old else present) if new else "")
    return FieldChange(name, said(old), said(new))


def _lines(old: str, new: str) -> Iterator[FieldChange]:
    before = [line.raw.rstrip() for line in parse(old).lines if line.name not in _UNSAID]
    after = [line.raw.rstrip() for line in parse(new).lines if line.name not in _UNSAID]
    gone = "\n".join(line for line in before if line not in after)
    come = "\n".join(line for line in after if line not in before)
    if gone or come:
        yield FieldChange("card", gone, come)


def _business(old: State | None, new: State) -> Iterator[FieldChange]:
    before, after = _columns(old) if old else {}, _columns(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name, "") != after.get(name, ""):
            yield FieldChange(name, before.get(name, ""), after.get(name, ""))


def _columns(state: State) -> dict[str, str]:
    record = json.loads(state.record) if state.record else {}
    is_shared = state.audience <= 0
    columns = {"shared": "yes" if is_shared else "", "customer_number": record.get("customer_number", "")}
    columns["type"] = record.get("type", BUSINESS_CONTACT.name) if is_shared else ""
    return columns | {f"custom.{name}": value for name, value in record.get("custom", {}).items()}
