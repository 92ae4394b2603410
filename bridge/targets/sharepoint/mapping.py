"""Contact ⇄ the fields of a row, the same for both ways to SharePoint.

Values: text is ``str``, a day the noon but a minute of its date (ISO 8601, so that no site's time zone shifts it), a
hyperlink ``{"Url": …, "Description": …}``, choices ``list[str]``; None is empty. How a way writes these on its wire
is its own affair.

Title (the last name) must not be empty: a contact without a last name gets its full name there, ended by an invisible
sign (``NO_LAST_NAME``) by which it is told apart from a last name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.targets.outlook import day_of, moment
from bridge.targets.sharepoint.columns import (
    CATEGORIES,
    EMAILS,
    FIELDS,
    FULL_NAME,
    IDENTITY,
    LAST_NAME,
    LONGEST_TEXT,
    MESSENGER,
    NUMBER,
    PHONES,
    URLS,
    Columns,
    Kind,
    address_kinds,
)
from bridge.targets.sharepoint.notes import from_html, to_html
from storage_plugin.model.contact import Contact, Email, Messenger, Phone, PostalAddress, Url, display_name
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp

Values = dict[str, Any]
"""Column → value."""

NO_LAST_NAME = "\u2060"
"""Ends a Title that is no last name: WORD JOINER, which nobody sees."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list; ``version`` is its ETag as the server writes it, ``modified_at`` ISO 8601 in UTC.

    ``values`` None: the answer to a write did not tell them.
    """

    id: ItemId
    version: str
    values: Mapping[str, Any] | None = field(default_factory=dict)
    modified_at: str = ""


def values_of(view: Contact, columns: Columns) -> Values:
    """Write a view as a whole row: each column that a contact can fill, empty ones as None."""
    single = {column: getattr(view, name) for name, column in FIELDS.items() if column in columns}
    values = {column: _value(text, columns, column) for column, text in single.items()}
    values[LAST_NAME] = view.family_name or _instead(view)
    for write in _LISTS.values():
        values |= write(view, columns)
    return values


def changes_of(known: Contact, view: Contact, columns: Columns) -> Values:
    """Write what brings a row from ``known`` to ``view``; a list that differs is written whole.

    Which column an e-mail is in cannot be told from the list (people may leave the first one empty).
    """
    before, after = values_of(known, columns), values_of(view, columns)
    whole: set[str] = set()
    for name, write in _LISTS.items():
        if getattr(known, name) != getattr(view, name):
            whole |= write(view, columns).keys()
    return {column: value for column, value in after.items() if column in whole or value != before[column]}


def marks(stamp: Stamp | None, customer_number: str, categories: list[str]) -> Values:
    """Write the columns of our own."""
    return {
        IDENTITY.name: str(stamp) if stamp else None,
        NUMBER.name: customer_number or None,
        CATEGORIES.name: categories,
    }


def contact_of(values: Mapping[str, Any], columns: Columns, flag: Flag | None) -> Contact:
    """Read a row as a view; the flag's category is left out."""
    single: dict[str, Any] = {
        name: _read(values.get(column), columns, column) for name, column in FIELDS.items() if column in columns
    }
    if single["family_name"].endswith(NO_LAST_NAME):
        single["family_name"] = ""
    if not values.get(FULL_NAME):
        made = (single.get("given_name", ""), single["family_name"])
        single["formatted_name"] = " ".join(part for part in made if part)
    return Contact(
        **single,
        emails=tuple(Email(text) for name in EMAILS if (text := _text(values.get(name)))),
        phones=tuple(
            Phone(text, kind) for kind, names in PHONES.items() for name in names if (text := _text(values.get(name)))
        ),
        addresses=tuple(_read_addresses(values, columns)),
        urls=tuple(
            Url(said["Url"], kind)
            for kind, name in URLS.items()
            if name in columns and (said := values.get(name)) and said.get("Url")
        ),
        messengers=tuple(Messenger(text) for text in (_text(values.get(MESSENGER)),) if text),
        categories=tuple(name for name in _categories(values) if flag is None or not _same(name, flag)),
    )


def item_of(row: Row, columns: Columns, flag: Flag | None) -> Item:
    """Read a row as an item."""
    values = row.values or {}
    return Item(
        id=row.id,
        version=row.version,
        view=contact_of(values, columns, flag),
        stamp=Stamp.read(_text(values.get(IDENTITY.name))),
        customer_number=_text(values.get(NUMBER.name)),
        flagged=flag is not None and any(_same(name, flag) for name in _categories(values)),
        modified_at=row.modified_at,
    )


def categories_of(view: Contact, flag: Flag | None, *, flagged: bool) -> list[str]:
    """List a row's categories, the flag last where it is to be there, and nowhere else."""
    if flag is None:
        return list(view.categories)
    return [name for name in view.categories if not _same(name, flag)] + ([flag.name] if flagged else [])


def _instead(view: Contact) -> str:
    return f"{(display_name(view) or '-')[: LONGEST_TEXT - 1]}{NO_LAST_NAME}"


def _value(text: str, columns: Columns, column: str) -> str | None:
    if not text:
        return None
    if columns[column].kind is Kind.DAY:
        return moment(text)
    return to_html(text) if columns[column].rich else text


def _read(value: Any, columns: Columns, column: str) -> str:
    if columns[column].kind is Kind.DAY:
        return day_of(value)
    if columns[column].rich:
        return from_html(value or "")
    return _text(value).strip() if columns[column].kind is Kind.NOTE else _text(value)


def _emails(view: Contact, columns: Columns) -> Values:
    return _slots(EMAILS, [email.address for email in view.emails], columns)


def _phones(view: Contact, columns: Columns) -> Values:
    values: Values = {}
    for kind, names in PHONES.items():
        values |= _slots(names, [phone.number for phone in view.phones if phone.kind == kind], columns)
    return values


def _addresses(view: Contact, columns: Columns) -> Values:
    by_kind = {address.kind: address for address in view.addresses}
    return {
        column: getattr(by_kind[kind], part) or None if kind in by_kind else None
        for kind, parts in address_kinds(columns).items()
        for part, column in parts.items()
    }


def _urls(view: Contact, columns: Columns) -> Values:
    by_kind = {url.kind: url.address for url in view.urls}
    links = {name: by_kind.get(kind) for kind, name in URLS.items() if name in columns}
    return {name: {"Url": link, "Description": link} if link else None for name, link in links.items()}


def _messengers(view: Contact, columns: Columns) -> Values:
    return _slots((MESSENGER,), [messenger.handle for messenger in view.messengers], columns)


_LISTS = {
    "emails": _emails,
    "phones": _phones,
    "addresses": _addresses,
    "urls": _urls,
    "messengers": _messengers,
}


def _slots(names: tuple[str, ...], texts: list[str], columns: Columns) -> Values:
    there = [name for name in names if name in columns]
    return {name: texts[index] if index < len(texts) else None for index, name in enumerate(there)}


def _read_addresses(values: Mapping[str, Any], columns: Columns) -> list[PostalAddress]:
    found = []
    for kind, parts in address_kinds(columns).items():
        said: dict[str, Any] = {part: _text(values.get(column)).strip() for part, column in parts.items()}
        if any(said.values()):
            found.append(PostalAddress(kind=kind, **said))
    return found


def _categories(values: Mapping[str, Any]) -> list[str]:
    return list(values.get(CATEGORIES.name) or ())


def _same(name: str, flag: Flag) -> bool:
    return name.casefold() == flag.name.casefold()


def _text(value: Any) -> str:
    return str(value).replace("\r\n", "\n") if value else ""
