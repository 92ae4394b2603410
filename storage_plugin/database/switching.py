"""A user goes to another book (BCM-49 … BCM-58): phones list it at their next sync, the mirror's folder follows.

Taking the contacts out of the folder, or handing them over one by one, comes before; the switch itself is one
transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage_plugin.database.additions import New, add_records
from storage_plugin.database.business import base_of, type_of, with_uid
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold
from storage_plugin.database.incoming import Sent, columns_of, uid_key
from storage_plugin.database.leases import Lease, hold_lease
from storage_plugin.database.leftovers import leave_over, linked_elsewhere, place_of
from storage_plugin.database.links import link_from, remove_links, write_links
from storage_plugin.database.mirror_schema import failure, imported, journal, link, mirror
from storage_plugin.database.mirrors import Mirror, State
from storage_plugin.database.record_types import KnownType, checked, find_type
from storage_plugin.database.runs import Entry, write_entries
from storage_plugin.database.schema import user
from storage_plugin.database.writing import now
from storage_plugin.model.book import ContactId, NotFound, Origin, Refused
from storage_plugin.model.mirror import Link
from storage_plugin.model.record_type import ACCOUNT, BUSINESS_CONTACT, Base

_ALL_LINKS = select(link.c.contact_id).where(link.c.mirror_id == bindparam("mirror")).order_by(link.c.contact_id)
_LINK = select(*(column for column in link.c if column.name != "mirror_id")).where(
    link.c.mirror_id == bindparam("mirror"), link.c.contact_id == bindparam("contact")
)


@dataclass(frozen=True, slots=True)
class Heir:
    """A mirrored record that a record of another book is to succeed: ``twin``, or else a new one.

    ``link`` makes the successor's link of the present one.
    """

    contact: ContactId
    link: Callable[[Link, ContactId], Link]
    twin: ContactId | None = None
    log: Sequence[Entry] = ()


class Switch:
    """The way of one mirror's user from the mirror's book to the book ``to``."""

    def __init__(self, database: Database, mirror: Mirror, lease: Lease, to: int) -> None:
        self._database = database
        self._mirror = mirror
        self._lease = lease
        self._to = to

    @retried
    def handed_over(self) -> set[ContactId]:
        """Name the linked records that a switch which was broken off has put in the place of others."""
        with self._database.reading() as connection:
            return linked_elsewhere(connection, self._mirror.id, self._mirror.book_id)

    @retried
    def hand_over(self, run_id: int, heirs: Sequence[Heir]) -> list[ContactId]:
        """Let the items of some records be those of records of the other book (BCM-54); all or nothing.

        A new record says what the former one says now, with its picture; it gets a number of its own, and the former
        one is found by its old one. The former record stays as it is. One that is gone meanwhile, or not linked any
        more, is passed over: gives the former records whose successor is there. Raises LeaseLost.
        """
        by = Origin("mirror", self._mirror.user_id, run_id=run_id)
        with self._database.writing() as connection:
            hold_lease(connection, self._lease)
            held = list(self._held(connection, heirs))
            news = [self._copy(connection, old) for heir, _, old in held if heir.twin is None]
            keys = add_records(connection, self._to, news, by) if news else []
            about = {"from_book_id": self._mirror.book_id, "revision": 1, "at": now()}
            if keys:
                connection.execute(insert(imported), [{"contact_id": key} | about for key in keys])
            made = iter(keys)
            for heir, row, _ in held:
                successor = ContactId(heir.twin or next(made))
                remove_links(connection, self._mirror.id, [heir.contact])
                write_links(connection, self._mirror.id, [heir.link(link_from(row), successor)])
                write_entries(connection, run_id, [replace(each, contact=successor) for each in heir.log])
        return [heir.contact for heir, _, _ in held]

    @retried
    def finish(self, *, folder: str | None = None) -> None:
        """Let the user and the mirror be in the other book; the mirror is on unless it was stopped (BCM-56).

        Links that are still there become leftovers of the book that is left.
        ``folder``: what the target is to know of its folder then, None for what it knows now. Raises LeaseLost.
        """
        key = self._mirror.id
        values: dict[str, Any] = {"book_id": self._to, "cursor": None, "number": None, "view": None, "reason": None}
        if self._mirror.state is not State.STOPPED:
            values["state"] = State.ON.value
        if folder is not None:
            values["folder"] = folder or None
        with self._database.writing() as connection:
            hold_lease(connection, self._lease)
            elsewhere = linked_elsewhere(connection, key, self._mirror.book_id)
            linked = [ContactId(each) for each in connection.execute(_ALL_LINKS, {"mirror": key}).scalars()]
            staying = [each for each in linked if each not in elsewhere]
            leave_over(connection, key, staying, self._mirror.book_id, place_of(self._mirror))
            for table in (journal, failure):
                connection.execute(delete(table).where(table.c.mirror_id == key))
            connection.execute(update(mirror).where(mirror.c.id == key).values(values))
            _go(connection, self._mirror.user_id, self._to)

    def _held(self, connection: Connection, heirs: Sequence[Heir]) -> Iterator[tuple[Heir, Any, Mapping[str, Any]]]:
        """Hold those of the records that are there and linked, in the order of their ids, with link and card."""
        for heir in sorted(heirs, key=lambda each: each.contact):
            row = connection.execute(_LINK, {"mirror": self._mirror.id, "contact": heir.contact}).first()
            if row is None:
                continue
            try:
                old = hold(connection, self._mirror.book_id, heir.contact)
            except NotFound:
                continue
            yield heir, row, old

    def _copy(self, connection: Connection, old: Mapping[str, Any]) -> New:
        said = json.loads(old["record"]) if old["record"] else {}
        kind = _same_type(connection, self._to, type_of(old["record"]), base_of(old["record"]))
        uid = str(uuid4())
        slim = with_uid(old["text"], uid)
        sent = Sent(slim, slim, {}, uid_key(uid), old["vcard_version"], False, False, columns_of(slim))
        values, number = _fitting(kind, said.get("custom", {})), said.get("customer_number", "")
        return New(sent, kind, values=values, number_elsewhere=number)


@retried
def switch_alone(database: Database, user_id: int, book_id: int) -> None:
    """Let a user be in another book who has no mirror of the former one; raise NotFound, and Refused if there is."""
    with database.writing() as connection:
        others = (mirror.c.user_id == user_id, mirror.c.book_id != book_id)
        if connection.execute(select(mirror.c.id).where(*others)).first():
            raise Refused("there is a mirror by now: switch again")
        _go(connection, user_id, book_id)


def _go(connection: Connection, user_id: int, book_id: int) -> None:
    if connection.execute(update(user).where(user.c.id == user_id).values(book_id=book_id)).rowcount == 0:
        raise NotFound(f"there is no user {user_id}")


def _same_type(connection: Connection, book_id: int, name: str, base: Base) -> KnownType:
    """Find the type of a name in another book; where there is none on the same base, the plainest of that base."""
    try:
        kind = find_type(connection, book_id, name)
        if kind.type.base is base:
            return kind
    except Refused:
        pass
    return find_type(connection, book_id, (ACCOUNT if base is Base.ACCOUNT else BUSINESS_CONTACT).name)


def _fitting(kind: KnownType, custom: dict[str, str]) -> dict[str, str]:
    """Give the values of own fields that the type of the other book has, too."""
    fitting: dict[str, str] = {}
    for name, value in custom.items():
        try:
            fitting |= checked(kind.type, {name: value})
        except Refused:
            continue
    return fitting
