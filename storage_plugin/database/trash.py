"""Deleted items: a record moved out of the way with all that it was, and brought back under its id and number."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select

from storage_plugin.database.incoming import columns_of
from storage_plugin.database.raw_writes import mappings_of, run
from storage_plugin.database.records import columns_of as contact_columns
from storage_plugin.database.records import write_children
from storage_plugin.database.schema import contact, custom_value, number_alias, record_field, record_type, trash, user
from storage_plugin.database.visibility import was_visible
from storage_plugin.database.writing import add_card, keep_version
from storage_plugin.model.book import ChangeNumber, Refused
from storage_plugin.model.view import View

_CONTACT = select(contact).where(contact.c.id == bindparam("contact"))
_CUSTOM = select(custom_value.c.field_id, custom_value.c.value).where(
    custom_value.c.contact_id == bindparam("contact")
)
_ALIASES = select(number_alias.c.customer_number, number_alias.c.source).where(
    number_alias.c.contact_id == bindparam("contact")
)
_REFERENCES = {"record_type_id": record_type.c.id, "account_id": contact.c.id}
_DELETE = delete(contact).where(contact.c.id == bindparam("contact"))
_FORGET = delete(trash).where(trash.c.contact_id == bindparam("contact"))
_INSERT = insert(trash)
_KEPT_COLUMNS = ("owner_id", "record_type_id", "account_id", "customer_number", "created_at")


def throw_away(connection: Connection, row: Any, number: ChangeNumber, at: str) -> None:
    """Move the contact of a locked ``card`` row (a mapping) to the deleted items."""
    who = {"contact": row["contact_id"]}
    (columns,) = _dicts(connection, _CONTACT, who)
    custom, aliases = _dicts(connection, _CUSTOM, who), _dicts(connection, _ALIASES, who)
    kept = json.dumps({"contact": columns, "custom_values": custom, "number_aliases": aliases}, ensure_ascii=False)
    names = (
        "contact_id",
        "book_id",
        "audience",
        "href",
        "uid",
        "vcard_version",
        "revision",
        "since_number",
        "record",
    )
    values = {name: row[name] for name in (*names, "text")}
    run(connection, _FORGET, who)
    run(connection, _INSERT, values | {"number": number, "deleted_at": at, "columns": kept})
    run(connection, _DELETE, who)


def _dicts(connection: Connection, statement: Select[Any], who: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in mappings_of(connection, statement, who)]


def bring_back(
    connection: Connection,
    row: Any,
    number: ChangeNumber,
    at: str,
    *,
    href: str,
    slim: str,
    version: str,
    uid: str,
) -> None:
    """Make a record of a ``trash`` row (a mapping) again; ``slim`` is what its card says from now on."""
    now = columns_of(slim)
    kept = json.loads(row["columns"] or "{}")
    columns = _still_true(connection, row["book_id"], kept.get("contact") or {})
    columns |= {"id": row["contact_id"], "book_id": row["book_id"]} | contact_columns(now.contact)
    connection.execute(insert(contact), columns)
    write_children(connection, row["contact_id"], None, now.contact)
    _bring_back_custom(connection, row["contact_id"], kept.get("custom_values") or [])
    if aliases := kept.get("number_aliases"):
        connection.execute(insert(number_alias), [{"contact_id": row["contact_id"]} | alias for alias in aliases])
    keep_version(connection, row, row["number"])
    same = ("contact_id", "book_id", "audience", "record")
    fresh = {"href": href, "uid": uid, "vcard_version": version, "text": slim, "modified_at": at}
    numbers = {"revision": row["revision"] + 1, "number": number, "since_number": number}
    add_card(connection, {name: row[name] for name in same} | fresh | numbers, now.haystack)
    connection.execute(_FORGET, {"contact": row["contact_id"]})


def _still_true(connection: Connection, book_id: int, kept: dict[str, Any]) -> dict[str, Any]:
    """Give the kept business columns, without references to what has gone and without a number that others got."""
    columns = {name: kept.get(name) for name in _KEPT_COLUMNS}
    if (
        columns["owner_id"]
        and not connection.execute(select(user.c.id).where(user.c.id == columns["owner_id"])).first()
    ):
        raise Refused("this plain contact belonged to a user who is no more, and is nobody else's")
    for name, key in _REFERENCES.items():
        if columns[name] and not connection.execute(select(key).where(key == columns[name])).first():
            columns[name] = None
    number = columns["customer_number"]
    taken = select(contact.c.id).where(contact.c.book_id == book_id, contact.c.customer_number == number)
    if number and connection.execute(taken).first():
        columns["customer_number"] = None
    return columns


def _bring_back_custom(connection: Connection, contact_id: int, values: list[dict[str, Any]]) -> None:
    if values:
        fields = set(connection.execute(select(record_field.c.id)).scalars())
        rows = [{"contact_id": contact_id} | value for value in values if value["field_id"] in fields]
        if rows:
            connection.execute(insert(custom_value), rows)


def find_by_uid(connection: Connection, book_id: int, user_id: int, view: View, uid: str) -> Any | None:
    """Find the newest deleted record with this UID that the viewer would see, as a mapping."""
    rows = mappings_of(connection, _BY_UID, {"book": book_id, "uid": uid})
    seen = (row for row in rows if was_visible(user_id, view, row["audience"], row["text"], row["record"]))
    return next(seen, None)


_BY_UID = (
    select(trash)
    .where(trash.c.book_id == bindparam("book"), trash.c.uid == bindparam("uid"), trash.c.number.is_not(None))
    .order_by(trash.c.number.desc())
)
