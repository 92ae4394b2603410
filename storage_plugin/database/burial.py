"""Contacts that were deleted with plain SQL: what the trigger kept of them becomes a full record of the trash.

What SQL had changed before the deletion, and no card said yet, is patched into the text: its last words. What the
card said until then stays as a version, so that it can be told who saw it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, update

from storage_plugin.database.numbers import note_numbers
from storage_plugin.database.records import contact_of, item_of
from storage_plugin.database.schema import record_field, record_type, trash
from storage_plugin.database.visibility import audience_of, record_column
from storage_plugin.database.writing import keep_versions
from storage_plugin.model.book import ChangeNumber
from storage_plugin.model.contact import LISTS
from storage_plugin.model.record_type import Base
from storage_plugin.vcard.mapping import contact_from_vcard, new_vcard, vcard_with

_log = logging.getLogger(__name__)
_TYPES = select(record_type.c.id, record_type.c.name, record_type.c.base)
_FIELDS = select(record_field.c.id, record_field.c.name)
_SAID = ("number", "since_number", "revision", "audience", "href", "uid", "record", "text")
_BURY = (
    update(trash)
    .where(trash.c.contact_id == bindparam("contact"))
    .values({name: bindparam(f"new_{name}") for name in _SAID})
)


def bury_all(connection: Connection, book_id: int, dead: Sequence[Mapping[str, Any]], number: ChangeNumber) -> None:
    """Finish ``trash`` rows that a trigger made, under the change number of their deletion."""
    if not dead:
        return
    types = {key: (name, base) for key, name, base in connection.execute(_TYPES)}
    fields = {key: name for key, name in connection.execute(_FIELDS)}
    rows, outdated, given = [], [], []
    for row in dead:
        kept = json.loads(row["columns"])
        given.append(kept["contact"]["customer_number"])
        said = {"text": _last_words(row, kept)} | _business(kept, types, fields)
        is_known = bool(row["text"])
        if is_known and all(row[name] == value for name, value in said.items()):
            said |= {name: row[name] for name in ("since_number", "revision", "href", "uid")}
        elif is_known:
            outdated.append(row)
            said |= {"since_number": number, "revision": row["revision"] + 1, "href": row["href"], "uid": row["uid"]}
        else:
            said |= {"since_number": number, "revision": 0, "href": f"{row['contact_id']}.vcf", "uid": str(uuid4())}
        new = {f"new_{name}": value for name, value in (said | {"number": number}).items()}
        rows.append({"contact": row["contact_id"]} | new)
    keep_versions(connection, outdated, number)
    connection.execute(_BURY, rows)
    note_numbers(connection, book_id, given)


def _business(
    kept: Mapping[str, Any], types: Mapping[int, tuple[str, str]], fields: Mapping[int, str]
) -> dict[str, Any]:
    """Give audience and ``record`` of a deleted contact, as its card would have them now."""
    columns = kept["contact"]
    name, base = types.get(columns["record_type_id"], ("", Base.CONTACT.value))
    custom = {
        fields[value["field_id"]]: value["value"]
        for value in kept["custom_values"] or []
        if value["value"] is not None and value["field_id"] in fields
    }
    record = record_column(name, base, columns["customer_number"], custom)
    return {"audience": audience_of(columns["owner_id"], base), "record": record}


def _last_words(row: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
    """Make the text of a contact that was deleted with SQL, with what SQL had changed in it before."""
    lists = {
        name: [item for item in (item_of(name, value) for value in kept["lists"].get(name) or []) if item is not None]
        for name in LISTS
    }
    try:
        who = contact_of(kept["contact"], lists)
        if not row["text"]:
            return new_vcard(who, str(uuid4()))
        before = contact_from_vcard(row["text"])
        return vcard_with(row["text"], replace(who, photo=before.photo), before)
    except Exception as error:
        _log.error("the last values of contact %d cannot be written as a card: %r", row["contact_id"], type(error))
        return str(row["text"])
