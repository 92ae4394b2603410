"""Promotion: what is one user's own becomes the firm's, in place (BCM-45) or as a copy (BCM-44)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, update

from storage_plugin.database import aliases
from storage_plugin.database.additions import New, add_records, as_account, href_of
from storage_plugin.database.business import has_twin, type_of, with_uid
from storage_plugin.database.editing import change_text
from storage_plugin.database.holding import hold
from storage_plugin.database.incoming import Sent, columns_of, uid_key
from storage_plugin.database.numbers import take_numbers
from storage_plugin.database.record_types import KnownType, find_type
from storage_plugin.database.schema import contact, custom_value, record_field, user
from storage_plugin.database.visibility import audience_of, record_column
from storage_plugin.database.writing import now
from storage_plugin.model.book import ContactId, NotFound, Origin, Refused
from storage_plugin.model.record_type import Base
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with

_ROW = select(contact).where(contact.c.id == bindparam("contact"))
_VALUES = (
    select(record_field.c.name, custom_value.c.value)
    .join_from(custom_value, record_field)
    .where(custom_value.c.contact_id == bindparam("contact"), custom_value.c.value.is_not(None))
)
_ROLE = select(user.c.role).where(user.c.id == bindparam("user"))


def promote(connection: Connection, book_id: int, contact_id: int, by: Origin, type: str) -> None:
    """Make a plain contact a shared record of ``type``, or a shared record one of another type.

    The item in a mailbox that it was taken from becomes its mirror with the next run (BCM-45); that of an account
    does not (BCM-42), and its link keeps it from being taken in once more. Raises NotFound (also where ``by``
    may not know of it) and Refused.
    """
    old = hold(connection, book_id, contact_id)
    row = connection.execute(_ROW, {"contact": contact_id}).one()
    _check_may_promote(connection, row, by)
    kind = find_type(connection, book_id, type)
    if row.owner_id is None and type_of(old["record"]) == type:
        return
    number = row.customer_number or take_numbers(connection, book_id, 1)[0]
    values = {"owner_id": None, "record_type_id": kind.id, "customer_number": number}
    if kind.type.base is Base.ACCOUNT:
        values["account_id"] = None
    connection.execute(update(contact).where(contact.c.id == contact_id).values(values))
    _publish(connection, old, kind, number, by)


def copy(connection: Connection, book_id: int, contact_id: int, by: Origin, type: str) -> ContactId:
    """Make a shared record of ``type`` that says what a plain contact says, which stays as it is (BCM-44).

    Everything of the card but its UID is copied, its picture too. Raises NotFound (also where ``by`` may not know of
    it), and Refused for a shared record.
    """
    old = hold(connection, book_id, contact_id)
    row = connection.execute(_ROW, {"contact": contact_id}).one()
    _check_may_promote(connection, row, by)
    if row.owner_id is None:
        raise Refused("only a plain contact can be copied: this one is a business record already")
    kind, slim = find_type(connection, book_id, type), old["text"]
    if kind.type.base is Base.ACCOUNT:
        slim = vcard_with(slim, as_account(contact_from_vcard(slim)))
    uid = str(uuid4())
    slim = with_uid(slim, uid)
    sent = Sent(slim, slim, {}, uid_key(uid), old["vcard_version"], False, False, columns_of(slim))
    return ContactId(add_records(connection, book_id, [New(sent, kind)], by)[0])


def _publish(connection: Connection, old: dict[str, Any], kind: KnownType, number: str, by: Origin) -> None:
    custom = {row.name: row.value for row in connection.execute(_VALUES, {"contact": old["contact_id"]})}
    record = record_column(kind.type.name, kind.type.base.value, number, custom)
    audience, slim = audience_of(None, kind.type.base.value), old["text"]
    if kind.type.base is Base.ACCOUNT:
        slim = vcard_with(slim, as_account(contact_from_vcard(slim)))
    more: dict[str, Any] = {"audience": audience, "record": record}
    if has_twin(connection, old, audience):
        more["uid"] = str(uuid4())
        slim, more["href"] = with_uid(slim, more["uid"]), href_of(more["uid"])
    changed_at = change_text(connection, old, slim, old["vcard_version"], now(), by, **more)
    if "href" in more:
        aliases.lose_names(connection, old, changed_at)


def _check_may_promote(connection: Connection, row: Any, by: Origin) -> None:
    if by.user_id is None or by.user_id == row.owner_id:
        return
    if connection.execute(_ROLE, {"user": by.user_id}).scalar() == "administrator":
        return
    if row.owner_id is not None:
        raise NotFound(f"there is no record {row.id} here")
    raise Refused("only an administrator may change the type of a shared record")
