"""Who sees which row. A member of a user's address book is a card that is either

- *shared* (audience 0) and let through by the user's filter: it is not in ``hidden``, or
- *owned*: its audience is the user.

``hidden`` holds the outcome of the filters; it is written with every change of a shared contact and of a view.
Nothing else in this package decides visibility.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
)

from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import EVERYONE, NOBODY, card, hidden, user, view
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import ACCOUNT, BUSINESS_CONTACT
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, Subject, View
from storage_plugin.vcard.mapping import contact_from_vcard

_NOT_HIDDEN = ~exists().where(hidden.c.user_id == bindparam("user"), hidden.c.contact_id == card.c.contact_id)

_FILTERS = select(view.c.user_id, view.c.filter).where(
    view.c.book_id == bindparam("book"), view.c.filter.is_not(None)
)
_VIEWS = select(user.c.id, view.c.filter, view.c.new_contacts, view.c.read_only, view.c.show_accounts).join_from(
    user, view, and_(view.c.user_id == user.c.id, view.c.book_id == bindparam("book")), isouter=True
)
_UNHIDE = delete(hidden).where(hidden.c.contact_id == bindparam("contact"))


def visible(view: View, *, by_key: bool = False) -> ColumnElement[bool]:
    """Make the condition on ``card`` for a viewer; bind ``book`` and ``user``.

    ``by_key``: the statement names the ids of cards. SQLite would rather walk through the whole book, if it could.
    """
    shown = (EVERYONE, NOBODY) if view.show_accounts else (EVERYONE,)
    book_id = card.c.book_id + literal_column("0", Integer) if by_key else card.c.book_id
    in_book = and_(book_id == bindparam("book"), card.c.audience.in_((*shown, bindparam("user"))))
    return and_(in_book, _NOT_HIDDEN) if view.filter.conditions else in_book


def was_visible(user_id: int, view: View, audience: int, text: str, record: str | None) -> bool:
    """Tell whether a state of a record (of ``version`` or ``trash``) was to be seen: the rule of ``visible``."""
    if audience == user_id:
        return True
    if audience != EVERYONE and not (audience == NOBODY and view.show_accounts):
        return False
    if not view.filter.conditions:
        return True
    return view.filter.lets_through(subject_of(contact_from_vcard(text), record))


def seers(connection: Connection, row: Any) -> list[int]:
    """Name the users to whom a state (the mapping of a card, version or trash row) is visible."""
    if row["audience"] > EVERYONE:
        return [row["audience"]]
    views = connection.execute(_VIEWS, {"book": row["book_id"]}).all()
    said = (row["audience"], row["text"], row["record"])
    return [user_id for user_id, *view in views if was_visible(user_id, view_from(*view), *said)]


@lru_cache(1024)
def view_from(filter_: str | None, new_contacts: str | None, read_only: bool | None, accounts: bool | None) -> View:
    """Make the View of the columns of a joined ``view`` row, or of none."""
    if new_contacts is None:
        return View()
    return View(filter_from(filter_), NewContacts(new_contacts), bool(read_only), bool(accounts))


def filter_from(stored: str | None) -> Filter:
    """Read a filter from its column."""
    if not stored:
        return Filter()
    said = json.loads(stored)
    return Filter(tuple(Condition(p, Operator(o), v) for p, o, v in said["conditions"]), said["match"])


def filter_to_column(said: Filter) -> str | None:
    """Write a filter into its column; None when it lets everything through."""
    if not said.conditions:
        return None
    conditions = [(c.property, c.operator.value, c.value) for c in said.conditions]
    return json.dumps({"match": said.match, "conditions": conditions}, ensure_ascii=False)


def subject_of(contact: Contact, record: str | None) -> Subject:
    """Join a contact with the business columns that a card row keeps in ``record``."""
    said = json.loads(record) if record else {}
    type_ = said.get("type", BUSINESS_CONTACT.name)
    return Subject(contact, type_, said.get("customer_number", ""), said.get("custom", {}))


def record_column(type_: str, base: str, customer_number: str | None, custom: dict[str, str]) -> str | None:
    """Write what a filter needs beside the text; None when there is nothing to say.

    A shared record that names no type is a Business Contact.
    """
    type_ = "" if type_ == BUSINESS_CONTACT.name else type_
    said = {"type": type_, "customer_number": customer_number, "custom": custom}
    said = {name: value for name, value in said.items() if value}
    if base == "account":
        said["base"] = base
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else None


def audience_of(owner_id: int | None, base: str) -> int:
    """Say who a record is for: its owner, nobody (an account) or everyone."""
    if owner_id is not None:
        return owner_id
    return NOBODY if base == ACCOUNT.base else EVERYONE


def filters(connection: Connection, book_id: int) -> list[tuple[int, Filter]]:
    """Read the filters of a book's users, holding them still until the transaction ends.

    A lock of rows would not do on PostgreSQL: it cannot hold off a filter where there was none, and after waiting for
    one that was replaced it finds neither the old nor the new one.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_HOLD_FILTERS, {"key": _FILTER_LOCKS + book_id})
    return [(user_id, filter_from(said)) for user_id, said in tuples_of(connection, _FILTERS, {"book": book_id})]


def hold_off_writers(connection: Connection, book_id: int) -> None:
    """Wait until nobody writes by the present filters, and hold off those who would, until the transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(_CHANGE_FILTERS, {"key": _FILTER_LOCKS + book_id})


_FILTER_LOCKS = 0x46494C54 << 32
_KEY = bindparam("key", type_=BigInteger)
_HOLD_FILTERS = select(func.pg_advisory_xact_lock_shared(_KEY))
_CHANGE_FILTERS = select(func.pg_advisory_xact_lock(_KEY))


def hide_or_show(
    connection: Connection, contact_id: int, subject: Subject, among: Iterable[tuple[int, Filter]], *, is_new: bool
) -> None:
    """Bring ``hidden`` up to date after a change of a shared contact."""
    hide_or_show_all(connection, [(contact_id, subject, is_new)], list(among))


def hide_or_show_all(
    connection: Connection, changed: Sequence[tuple[int, Subject, bool]], among: Sequence[tuple[int, Filter]]
) -> None:
    """Bring ``hidden`` up to date after changes of many shared contacts (id, subject, is new)."""
    if not among:
        return
    if known := [{"contact": contact_id} for contact_id, _, is_new in changed if not is_new]:
        connection.execute(_UNHIDE, known)
    rows = [
        {"user_id": user, "contact_id": contact_id}
        for contact_id, subject, _ in changed
        for user, said in among
        if not said.lets_through(subject)
    ]
    if rows:
        connection.execute(insert(hidden), rows)


def unhide(connection: Connection, contact_ids: Sequence[int]) -> None:
    """Forget what filters said of contacts that are not shared any more: an owner sees what is his."""
    if contact_ids:
        connection.execute(_UNHIDE, [{"contact": contact_id} for contact_id in contact_ids])
