"""Business records as rows: Contact ⇄ ``contact`` and its child tables. Only what differs is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Update, bindparam, delete, insert, select, update

from storage_plugin.database.raw_writes import run, run_all
from storage_plugin.database.schema import CHILDREN, contact
from storage_plugin.model.contact import ENTRIES, FIELDS, LISTS, PARTS, Contact, display_name

_FIELDS_OF = attrgetter(*FIELDS)
_ITEMS_OF = {name: attrgetter(*attributes) for name, attributes in PARTS.items()}

_DELETE = {name: delete(table).where(table.c.contact_id == bindparam("contact")) for name, table in CHILDREN.items()}
_INSERT = {name: insert(table) for name, table in CHILDREN.items()}
_SELECT = {
    name: select(table)
    .where(table.c.contact_id.in_(bindparam("contacts", expanding=True)))
    .order_by(table.c.contact_id, table.c.position, table.c.id)
    for name, table in CHILDREN.items()
}
_CONTACTS = select(contact).where(contact.c.id.in_(bindparam("contacts", expanding=True))).order_by(contact.c.id)


def columns_of(who: Contact) -> dict[str, Any]:
    """Give the values of the ``contact`` row; empty text is NULL."""
    values = zip(FIELDS, _FIELDS_OF(who), strict=True)
    return {name: value if value is False else value or None for name, value in values}


def _column(value: Any) -> Any:
    return value if isinstance(value, bool) else (value or None)


def children_of(name: str, contact_id: int, who: Contact) -> list[dict[str, Any]]:
    """Give the rows of the child table of the list ``name``."""
    items = getattr(who, name)
    if name == "categories":
        return [{"contact_id": contact_id, "position": at, "name": item} for at, item in enumerate(items)]
    attributes, values_of = PARTS[name], _ITEMS_OF[name]
    rows = []
    for at, item in enumerate(items):
        values = zip(attributes, values_of(item), strict=True)
        row = {attribute: value if value is False else value or None for attribute, value in values}
        rows.append({"contact_id": contact_id, "position": at} | row)
    return rows


def write_children(connection: Connection, contact_id: int, old: Contact | None, new: Contact) -> None:
    """Replace the rows of those lists in which ``new`` differs from ``old`` (None: there are no rows yet)."""
    for name in LISTS:
        if old is not None:
            if getattr(old, name) == getattr(new, name):
                continue
            run(connection, _DELETE[name], {"contact": contact_id})
        if rows := children_of(name, contact_id, new):
            run_all(connection, _INSERT[name], rows)


def write_columns(connection: Connection, contact_id: int, old: Contact, new: Contact, **more: Any) -> None:
    """Update those columns in which ``new`` differs from ``old``, and those given by name."""
    changed = {name: _column(getattr(new, name)) for name in FIELDS if getattr(old, name) != getattr(new, name)}
    values = {f"new_{name}": value for name, value in (changed | more).items()}
    if values:
        run(connection, _update((*changed, *more)), {"contact": contact_id} | values)


@lru_cache
def _update(names: tuple[str, ...]) -> Update:
    return (
        update(contact).where(contact.c.id == bindparam("contact")).values({n: bindparam(f"new_{n}") for n in names})
    )


def read_contacts(connection: Connection, contact_ids: Sequence[int]) -> dict[int, tuple[Any, Contact]]:
    """Read rows and children of the given contacts: id → (the ``contact`` row, the Contact).

    A contact without a formatted name goes by its display name, as on its card.
    """
    wanted = {"contacts": list(contact_ids)}
    lists: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name, statement in _SELECT.items():
        for row in connection.execute(statement, wanted):
            if (item := item_of(name, row._mapping)) is not None:
                lists[row.contact_id][name].append(item)
    return {row.id: (row, contact_of(row._mapping, lists[row.id])) for row in connection.execute(_CONTACTS, wanted)}


def contact_of(row: Any, lists: Mapping[str, Sequence[Any]]) -> Contact:
    """Make the Contact of a row (a mapping of columns) and the items of its lists."""
    values: dict[str, Any] = {name: _text(row[name]) for name in FIELDS}
    values["is_company"] = bool(row["is_company"])
    values |= {name: tuple(items) for name, items in lists.items()}
    who = Contact(**values)
    return who if who.formatted_name else Contact(**values | {"formatted_name": display_name(who)})


def item_of(name: str, row: Any) -> Any:
    """Make the item of a child row (a mapping of columns), or None when the row says nothing."""
    if name == "categories":
        return _text(row["name"]) or None
    values = {
        attribute: bool(row[attribute]) if attribute == "preferred" else _text(row[attribute])
        for attribute in PARTS[name]
    }
    meaning = [value for attribute, value in values.items() if attribute not in ("kind", "label", "preferred")]
    return ENTRIES[name](**values) if any(meaning) else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)
