"""Record types of a book, and the values of their own fields (BCM-39, BCM-41).

A shared record without a type (one that SQL or a device made) is a Business Contact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import contact, custom_value, record_field, record_type, touched
from storage_plugin.model.book import Refused
from storage_plugin.model.record_type import ACCOUNT, BUSINESS_CONTACT, Base, Field, FieldKind, RecordType

_TYPES = select(record_type).where(record_type.c.book_id == bindparam("book")).order_by(record_type.c.id)
_FIELDS = (
    select(record_field)
    .join(record_type)
    .where(record_type.c.book_id == bindparam("book"))
    .order_by(record_field.c.id)
)

_TOUCH_ALL = insert(touched).from_select(
    ["contact_id"], select(contact.c.id).where(contact.c.record_type_id == bindparam("type"))
)
"""What the trigger does for those who rename a type by SQL."""
BUILT_IN = (BUSINESS_CONTACT.name, ACCOUNT.name)
"""The types that every book has, under these names."""


class RecordTypes:
    """The record types of one book."""

    def __init__(self, database: Database, book_id: int) -> None:
        self._database = database
        self._book_id = book_id

    @retried
    def list(self) -> list[RecordType]:
        """List all types with their fields, those that come with a book first."""
        with self._database.reading() as connection:
            return [known.type for known in _known(connection, self._book_id).values()]

    @retried
    def add(self, wanted: RecordType) -> None:
        """Add a type with its fields; raise Refused when the name is taken or a field cannot be one."""
        with self._database.writing() as connection:
            if wanted.name in _known(connection, self._book_id):
                raise Refused(f"there is a record type {wanted.name!r} already")
            if not wanted.name.strip():
                raise Refused("a record type needs a name")
            values = {"book_id": self._book_id, "name": wanted.name, "base": wanted.base.value}
            key = connection.execute(insert(record_type).returning(record_type.c.id), values).scalar_one()
            _add_fields(connection, key, RecordType(wanted.name, wanted.base), wanted.fields)

    @retried
    def rename(self, old: str, new: str) -> None:
        """Give a type another name: its records are decided on anew; raise Refused when that cannot be."""
        with self._database.writing() as connection:
            known = find_type(connection, self._book_id, old)
            if old in BUILT_IN:
                raise Refused(f"{old} comes with every book and keeps its name")
            if not new.strip():
                raise Refused("a record type needs a name")
            if new != old and new in _known(connection, self._book_id):
                raise Refused(f"there is a record type {new!r} already")
            connection.execute(update(record_type).where(record_type.c.id == known.id).values(name=new))
            connection.execute(_TOUCH_ALL, {"type": known.id})
        drain(self._database)

    @retried
    def add_field(self, type_name: str, field: Field) -> None:
        """Add a field to a type; raise Refused when there is no such type, or the field cannot be one."""
        with self._database.writing() as connection:
            known = find_type(connection, self._book_id, type_name)
            _add_fields(connection, known.id, known.type, (field,))


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type with the keys of its row and of its fields' rows."""

    id: int
    type: RecordType
    field_ids: Mapping[str, int]


def find_type(connection: Connection, book_id: int, name: str) -> KnownType:
    """Find a type of a book by its name; raise Refused when there is none."""
    known = _known(connection, book_id)
    if name not in known:
        raise Refused(f"there is no record type {name!r}: there are {', '.join(known)}")
    return known[name]


def checked(type_: RecordType, values: Mapping[str, str]) -> dict[str, str]:
    """Give ``values`` of the type's own fields as they are stored; raise Refused with a sentence on what is wrong."""
    fields = {field.name: field for field in type_.fields}
    for name in values:
        if name not in fields:
            raise Refused(f"a {type_.name} has no field {name!r}")
    return {name: _checked(fields[name], value.strip()) for name, value in values.items()}


def write_values(connection: Connection, contact_id: int, known: KnownType, values: Mapping[str, str]) -> None:
    """Set values (already ``checked``) of a record; ``""`` removes one."""
    ids = [known.field_ids[name] for name in values]
    mine = (custom_value.c.contact_id == contact_id, custom_value.c.field_id.in_(ids))
    connection.execute(delete(custom_value).where(*mine))
    rows = [
        {"contact_id": contact_id, "field_id": known.field_ids[name], "value": value}
        for name, value in values.items()
        if value
    ]
    if rows:
        connection.execute(insert(custom_value), rows)


def _known(connection: Connection, book_id: int) -> dict[str, KnownType]:
    fields: dict[int, list[tuple[int, Field]]] = {}
    for row in connection.execute(_FIELDS, {"book": book_id}):
        choices = tuple(json.loads(row.choices)) if row.choices else ()
        fields.setdefault(row.record_type_id, []).append((row.id, Field(row.name, FieldKind(row.kind), choices)))
    known = {}
    for row in connection.execute(_TYPES, {"book": book_id}):
        own = fields.get(row.id, [])
        type_ = RecordType(row.name, Base(row.base), tuple(field for _, field in own))
        known[row.name] = KnownType(row.id, type_, {field.name: key for key, field in own})
    return known


def _add_fields(connection: Connection, type_id: int, type_: RecordType, fields: tuple[Field, ...]) -> None:
    names = [field.name for field in type_.fields]
    for field in fields:
        if not field.name.strip() or field.name in names:
            raise Refused(f"{field.name!r} cannot be a field of {type_.name}: names must be given, each once")
        if (field.kind is FieldKind.CHOICE) != bool(field.choices):
            raise Refused(f"choices are for a field of the kind choice, which needs some: see {field.name!r}")
        names.append(field.name)
        choices = json.dumps(field.choices, ensure_ascii=False) if field.choices else None
        values = {"record_type_id": type_id, "name": field.name, "kind": field.kind.value, "choices": choices}
        connection.execute(insert(record_field), values)


def _checked(field: Field, value: str) -> str:
    if not value:
        return ""
    match field.kind:
        case FieldKind.CHOICE if value not in field.choices:
            raise Refused(f"{field.name} may be one of {', '.join(field.choices)}, not {value!r}")
        case FieldKind.NUMBER if not _is_number(value):
            raise Refused(f"{field.name} must be a number such as 12 or 3.50, not {value!r}")
        case FieldKind.DATE if not _is_date(value):
            raise Refused(f"{field.name} must be a date such as 2026-11-30, not {value!r}")
    return value


def _is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
