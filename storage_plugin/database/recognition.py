"""By what an import knows a record again: customer number, UID, or an e-mail address together with the name.

A number alone says nothing: the file may be of another firm, which counts its customers from 10001 as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from storage_plugin.database.numbers import known_numbers
from storage_plugin.database.schema import EVERYONE, card, email, trash
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.view import folded
from storage_plugin.vcard.mapping import contact_from_vcard

_MINE = or_(card.c.audience <= EVERYONE, card.c.audience == bindparam("owner"))
_BY_UID = select(card.c.uid, card.c.contact_id, card.c.text, card.c.vcard_version).where(
    card.c.book_id == bindparam("book"), card.c.uid.in_(bindparam("uids", expanding=True)), _MINE
)
_BY_ID = select(card.c.contact_id, card.c.text, card.c.vcard_version).where(
    card.c.book_id == bindparam("book"), card.c.contact_id.in_(bindparam("ids", expanding=True)), _MINE
)
_DELETED = (
    select(trash.c.uid, trash.c.contact_id)
    .where(
        trash.c.book_id == bindparam("book"),
        trash.c.uid.in_(bindparam("uids", expanding=True)),
        trash.c.number.is_not(None),
        or_(trash.c.audience <= EVERYONE, trash.c.audience == bindparam("owner")),
    )
    .order_by(trash.c.number)
)
_BY_EMAIL = (
    select(func.lower(email.c.address).label("address"), card.c.contact_id, card.c.text, card.c.vcard_version)
    .join_from(email, card, and_(card.c.contact_id == email.c.contact_id))
    .where(
        card.c.book_id == bindparam("book"),
        func.lower(email.c.address).in_(bindparam("addresses", expanding=True)),
        _MINE,
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an item of a file can be known by."""

    uid: str
    customer_number: str
    contact: Contact


class Known:
    """What the book knows of a slice, in the scope of its owner: record ids, and what each record says now."""

    def __init__(self, connection: Connection, book_id: int, owner_id: int | None, slice_: Sequence[Asked]) -> None:
        scope: dict[str, Any] = {"book": book_id, "owner": owner_id or EVERYONE}
        uids = scope | {"uids": [asked.uid for asked in slice_]}
        self.texts: dict[int, tuple[str, str]] = {}
        self.by_uid = {row.uid: self._read(row) for row in connection.execute(_BY_UID, uids)}
        self.deleted = {row.uid: row.contact_id for row in connection.execute(_DELETED, uids)}
        numbers = sorted({asked.customer_number for asked in slice_} - {""})
        self.by_number = known_numbers(connection, book_id, numbers)
        if self.by_number:
            for row in connection.execute(_BY_ID, scope | {"ids": sorted(self.by_number.values())}):
                self._read(row)
        self.by_email: dict[tuple[str, str], set[int]] = {}
        addresses = sorted({each.address.lower() for asked in slice_ for each in asked.contact.emails})
        if addresses:
            for found in connection.execute(_BY_EMAIL, scope | {"addresses": addresses}):
                name = folded(display_name(contact_from_vcard(found.text)))
                self.by_email.setdefault((found.address, name), set()).add(self._read(found))

    def _read(self, row: Any) -> int:
        self.texts[row.contact_id] = (row.text, row.vcard_version)
        key: int = row.contact_id
        return key


def keys_of(who: Contact) -> list[tuple[str, str]]:
    """Give the pairs of e-mail address and name by which somebody is known again."""
    return [(each.address.lower(), folded(display_name(who))) for each in who.emails]


def agree(one: Contact, other: Contact) -> bool:
    """Tell whether two with one customer number can be the same: an e-mail address or a name of theirs is."""
    shared = {each.address.lower() for each in one.emails} & {each.address.lower() for each in other.emails}
    return bool(shared or _names(one) & _names(other))


def _names(who: Contact) -> set[str]:
    """Give full name and family name; the company is the name of a firm only, colleagues share it."""
    names = {display_name(who), who.family_name}
    if not (who.given_name or who.family_name):
        names.add(who.company)
    return {" ".join(folded(name).split()) for name in names if name.strip()}
