"""Records in the words of the command line: ``company=Contoso``, ``emails=work:anna@x.example`` ⇄ Contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from storage_plugin.model.book import Record
from storage_plugin.model.contact import (
    ENTRIES,
    KINDS,
    LISTS,
    NAME_PARTS,
    TEXTS,
    Contact,
    ImportantDate,
    PostalAddress,
    display_name,
)

_VALUES = {
    "emails": "address",
    "phones": "number",
    "addresses": "street",
    "urls": "address",
    "dates": "value",
    "messengers": "handle",
}
"""The part of an entry by which ``--remove`` knows it."""

_ADDRESS_ORDER = ("street", "postal_code", "city", "region", "country")


class WrongField(ValueError):
    """An assignment that cannot be carried out; the text says how it should look."""


def named(name: str) -> Contact:
    """Make a contact of a full name: ``Anna Maria Müller`` or ``Müller, Anna Maria``."""
    if ", " in name:
        family, _, given = name.partition(", ")
        return Contact(formatted_name=f"{given} {family}", given_name=given, family_name=family)
    given, _, family = name.rpartition(" ")
    return Contact(formatted_name=name, given_name=given or family, family_name=family if given else "")


def assigned(contact: Contact, assignments: Iterable[str]) -> tuple[Contact, dict[str, str]]:
    """Carry out ``FIELD=VALUE`` (an empty value clears); give the contact, and the values of own fields."""
    custom: dict[str, str] = {}
    for text in assignments:
        name, value = _parted(text, "--set")
        if name.startswith("custom.") and name != "custom.":
            custom[name.removeprefix("custom.")] = value
        elif name in TEXTS:
            change: dict[str, Any] = {name: value}
            contact = replace(contact, **change)
        else:
            hint = "use --add and --remove for it" if name in LISTS else f"fields are {', '.join(TEXTS)}, custom.NAME"
            raise WrongField(f"{name!r} cannot be set: {hint}.")
    return contact, custom


def renamed(before: Contact, after: Contact) -> Contact:
    """Let the formatted name follow where only its parts were changed."""
    changed = any(getattr(before, part) != getattr(after, part) for part in NAME_PARTS)
    if not changed or before.formatted_name != after.formatted_name:
        return after
    return replace(after, formatted_name=display_name(replace(after, formatted_name="")))


def with_items(contact: Contact, assignments: Iterable[str]) -> Contact:
    """Carry out ``LIST=[KIND:]VALUE``: add an item at the end of a list."""
    for text in assignments:
        name, value = _parted(text, "--add")
        change: dict[str, Any] = {name: (*_list(contact, name), _item(name, value))}
        contact = replace(contact, **change)
    return contact


def without_items(contact: Contact, assignments: Iterable[str]) -> Contact:
    """Carry out ``LIST=VALUE``: take an item out of a list; raise WrongField when it is not there."""
    for text in assignments:
        name, value = _parted(text, "--remove")
        items = _list(contact, name)
        kept = tuple(item for item in items if _value(name, item) != value)
        if kept == items:
            raise WrongField(f"{name} has no {value!r}.")
        change: dict[str, Any] = {name: kept}
        contact = replace(contact, **change)
    return contact


def as_row(record: Record, owners: Mapping[int, str]) -> dict[str, Any]:
    """Give a record as a program reads it, without what is not filled."""
    contact = {name: value for name, value in asdict(record.contact).items() if value}
    for name in set(LISTS) & contact.keys() - {"categories"}:
        contact[name] = [{key: value for key, value in item.items() if value} for item in contact[name]]
    return {
        "id": record.id,
        "customer_number": record.customer_number or None,
        "type": record.type or None,
        "owner": owners.get(record.owner_id, str(record.owner_id)) if record.owner_id is not None else None,
        "account_id": record.account_id,
        "uid": record.uid,
        "revision": record.revision,
        "modified_at": record.modified_at,
        **({"custom": dict(record.custom)} if record.custom else {}),
        "contact": contact,
    }


def as_line(record: Record) -> dict[str, Any]:
    """Give what a list shows of a record."""
    contact = record.contact
    return {
        "id": record.id,
        "number": record.customer_number,
        "name": display_name(contact),
        "company": contact.company,
        "email": contact.emails[0].address if contact.emails else "",
        "phone": contact.phones[0].number if contact.phones else "",
    }


def in_words(value: Any) -> str:
    """Say an item of a list in a line: its value, and its kind or label in brackets."""
    if not isinstance(value, dict):
        return str(value)
    remark = ", ".join(str(value[name]) for name in ("kind", "label", "service") if value.get(name))
    remark += ", preferred" if value.get("preferred") and remark else ""
    rest = [str(part) for name, part in value.items() if name not in ("kind", "label", "service", "preferred")]
    return ", ".join(rest).replace("\n", ", ") + (f" ({remark})" if remark else "")


def _parted(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise WrongField(f"{option} {text!r} is not FIELD=VALUE.")
    return name.strip(), value.strip()


def _list(contact: Contact, name: str) -> Sequence[Any]:
    if name not in LISTS:
        raise WrongField(f"{name!r} is no list: lists are {', '.join(LISTS)}.")
    items: Sequence[Any] = getattr(contact, name)
    return items


def _item(name: str, text: str) -> Any:
    if name == "categories":
        return text
    kind, sign, value = text.partition(":")
    if not sign or (name != "dates" and kind not in KINDS[name]):
        kind, value = "", text
    if name == "dates":
        return ImportantDate(value=value.strip(), label=kind.strip())
    if name == "addresses":
        parts = [part.strip() for part in value.split(";")]
        said: dict[str, Any] = dict(zip(_ADDRESS_ORDER, parts, strict=False))
        return PostalAddress(**said, kind=kind)
    return ENTRIES[name](**{_VALUES[name]: value.strip()}, kind=kind)


def _value(name: str, item: Any) -> str:
    return str(item) if name == "categories" else str(getattr(item, _VALUES[name]))
