"""Many cards from a file in one transaction: added, taken as an edit of a known card, or left as known already.

A card is known by its UID (then what it says now is taken), or is a duplicate by its customer number, or by an
e-mail address together with the name: of duplicates the book's own version is kept (BC-21).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from storage_plugin.database import business
from storage_plugin.database.additions import New, add_records, as_account, sent_of
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold
from storage_plugin.database.incoming import Sent, columns_of, read
from storage_plugin.database.numbers import known_numbers
from storage_plugin.database.record_types import KnownType, checked, find_type
from storage_plugin.database.schema import EVERYONE, card, email, trash
from storage_plugin.database.writing import keep_binaries
from storage_plugin.model.book import ContactId, Origin, Refused
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.record_type import BUSINESS_CONTACT, Base
from storage_plugin.model.view import folded
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from storage_plugin.vcard.merge import same_but_for_rev

_MINE = or_(card.c.audience <= EVERYONE, card.c.audience == bindparam("owner"))
_BY_UID = select(card.c.uid, card.c.contact_id, card.c.text).where(
    card.c.book_id == bindparam("book"), card.c.uid.in_(bindparam("uids", expanding=True)), _MINE
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
    select(func.lower(email.c.address).label("address"), card.c.contact_id, card.c.text)
    .join_from(email, card, and_(card.c.contact_id == email.c.contact_id))
    .where(
        card.c.book_id == bindparam("book"),
        func.lower(email.c.address).in_(bindparam("addresses", expanding=True)),
        _MINE,
    )
)


What = Literal["added", "updated", "restored", "present", "duplicate", "refused"]


@dataclass(frozen=True, slots=True)
class Item:
    """A card to be imported; ``customer_number`` is the one it has elsewhere, ``custom`` its type's own fields."""

    sent: Sent
    customer_number: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an item; ``id`` is the record that it is now, or was taken for (0: refused).

    "present" says the same as the book; "duplicate" is known under another UID and was left out.
    """

    what: What
    id: ContactId
    name: str
    reason: str = ""


def item_of_card(body: bytes, customer_number: str = "", charset: str | None = None) -> Item:
    """Read a vCard of any version and charset for import, to be stored to the byte; raise NotAVCard, TooLarge."""
    return Item(read(body, charset, tolerant=True), customer_number)


def item_of_contact(who: Contact, customer_number: str = "", custom: Mapping[str, str] | None = None) -> Item:
    """Write a row of a table as a card for import; raise Refused when it says nothing to know it by."""
    return Item(sent_of(who), customer_number, custom or {})


def add_cards(
    database: Database,
    book_id: int,
    items: Iterable[Item],
    by: Origin,
    *,
    owner_id: int | None = None,
    type: str = BUSINESS_CONTACT.name,
    preview: bool = False,
) -> Sequence[Taken]:
    """Import a slice (some 500) in one transaction; tell of each item, in order, what became of it.

    Raises Refused when there is no such ``type``. With ``preview`` nothing is stored, and ids of what would be
    added are 0.
    """
    drain(database)
    return _import(database, book_id, list(items), by, owner_id, type, preview)


@retried
def _import(
    database: Database,
    book_id: int,
    items: Sequence[Item],
    by: Origin,
    owner_id: int | None,
    type: str,
    preview: bool,
) -> Sequence[Taken]:
    with database.reading() if preview else database.writing() as connection:
        kind = find_type(connection, book_id, type) if owner_id is None else None
        if kind and kind.type.base is Base.ACCOUNT:
            items = [replace(item, sent=_for_account(item.sent)) for item in items]
        plan = _Plan(_Known(connection, book_id, owner_id, items), kind, owner_id)
        decisions = [plan.decide(at, item) for at, item in enumerate(items)]
        ids: dict[int, int] = {}
        if not preview:
            for at, decision in enumerate(decisions):
                if decision.id is not None:
                    _change(connection, book_id, decision, items[at].sent, by)
            if plan.news:
                made = add_records(connection, book_id, list(plan.news.values()), by)
                ids = dict(zip(plan.news, made, strict=True))
    return [decision.taken(ids) for decision in decisions]


def _change(connection: Connection, book_id: int, decision: _Decision, sent: Sent, by: Origin) -> None:
    """Carry out an update or a restoration."""
    assert decision.id is not None
    if decision.what == "updated":
        old = hold(connection, book_id, decision.id)
        if business.base_of(old["record"]) is Base.ACCOUNT:
            sent = _for_account(sent)
        keep_binaries(connection, sent.binaries)
        business.set_text(connection, old, sent.slim, by, record=old["record"], version=sent.version)
    elif decision.what == "restored":
        keep_binaries(connection, sent.binaries)
        business.restore(connection, book_id, decision.id, by, (sent.slim, sent.version))


def _for_account(sent: Sent) -> Sent:
    """Let a card stand for a company."""
    slim = vcard_with(sent.slim, as_account(sent.columns.contact))
    return replace(sent, slim=slim, columns=columns_of(slim))


@dataclass(frozen=True, slots=True)
class _Decision:
    """What shall become of an item: of record ``id``, or of the item ``at`` of this slice."""

    what: What
    name: str
    id: int | None = None
    at: int | None = None
    reason: str = ""

    def taken(self, ids: Mapping[int, int]) -> Taken:
        """Tell what became of it; ``ids`` are those of the items that were added."""
        key = self.id if self.at is None else ids.get(self.at)
        return Taken(self.what, ContactId(key or 0), self.name, self.reason)


class _Known:
    """What the book knows of a slice's UIDs, numbers and addresses, in the scope of its owner."""

    def __init__(self, connection: Connection, book_id: int, owner_id: int | None, items: Sequence[Item]) -> None:
        self.contacts = [item.sent.columns.contact for item in items]
        scope: dict[str, Any] = {"book": book_id, "owner": owner_id or EVERYONE}
        uids = scope | {"uids": [item.sent.uid for item in items]}
        addresses = sorted({each.address.lower() for who in self.contacts for each in who.emails})
        self.by_uid = {row.uid: (row.contact_id, row.text) for row in connection.execute(_BY_UID, uids)}
        self.deleted = {row.uid: row.contact_id for row in connection.execute(_DELETED, uids)}
        numbers = sorted({item.customer_number for item in items} - {""})
        self.by_number = known_numbers(connection, book_id, numbers)
        self.by_email: dict[tuple[str, str], int] = {}
        if addresses:
            for row in connection.execute(_BY_EMAIL, scope | {"addresses": addresses}):
                self.by_email[row.address, _name(contact_from_vcard(row.text))] = row.contact_id


class _Plan:
    """Decides on one item after the other; ``news`` are the items to be added, by their place."""

    def __init__(self, known: _Known, kind: KnownType | None, owner_id: int | None) -> None:
        self.known, self.kind, self.owner_id = known, kind, owner_id
        self.news: dict[int, New] = {}
        self._by_uid: dict[str, int] = {}
        self._by_number: dict[str, int] = {}
        self._by_email: dict[tuple[str, str], int] = {}

    def decide(self, at: int, item: Item) -> _Decision:
        """Say what becomes of the item in place ``at``."""
        who, uid = self.known.contacts[at], item.sent.uid
        name = display_name(who)
        if item.sent.is_group:
            return _Decision("refused", name, reason="a list of contacts is no contact")
        if uid in self.known.by_uid:
            key, text = self.known.by_uid[uid]
            return _Decision("present" if same_but_for_rev(text, item.sent.slim) else "updated", name, id=key)
        if uid in self.known.deleted:
            return _Decision("restored", name, id=self.known.deleted[uid])
        if (first := self._by_uid.get(uid)) is not None:
            is_same = self.news[first].sent.slim == item.sent.slim
            self.news[first] = replace(self.news[first], sent=item.sent)
            return _Decision("present" if is_same else "updated", name, at=first)
        return self._duplicate(item, who, name) or self._new(at, item, who, name)

    def _duplicate(self, item: Item, who: Contact, name: str) -> _Decision | None:
        number, reason = item.customer_number, f"customer number {item.customer_number}"
        if number and (number in self.known.by_number or number in self._by_number):
            return _Decision("duplicate", name, self.known.by_number.get(number), self._by_number.get(number), reason)
        for key in _keys(who):
            if key in self.known.by_email or key in self._by_email:
                reason = f"name and e-mail address {key[0]}"
                return _Decision("duplicate", name, self.known.by_email.get(key), self._by_email.get(key), reason)
        return None

    def _new(self, at: int, item: Item, who: Contact, name: str) -> _Decision:
        try:
            values = checked(self.kind.type, item.custom) if self.kind else {}
        except Refused as error:
            return _Decision("refused", name, reason=error.reason)
        number = item.customer_number
        values = {name: value for name, value in values.items() if value}
        self.news[at] = New(item.sent, self.kind, self.owner_id, values=values, number_elsewhere=number)
        self._by_uid[item.sent.uid] = at
        self._by_number |= {number: at} if number else {}
        self._by_email |= dict.fromkeys(_keys(who), at)
        return _Decision("added", name, at=at)


def _keys(who: Contact) -> list[tuple[str, str]]:
    return [(each.address.lower(), _name(who)) for each in who.emails]


def _name(who: Contact) -> str:
    return folded(display_name(who))
