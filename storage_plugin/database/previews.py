"""What a view would show, counted before it is set (BC-4, BC-12, BC-14); nothing is written.

A filter looks at a few properties of a contact: only their columns are read, which hold what the cards say. To read
ten thousand cards for that would take seconds, and a form counts while somebody types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, case, func, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.records import item_of
from storage_plugin.database.schema import CHILDREN, EVERYONE, card, contact, user
from storage_plugin.database.schema import view as view_table
from storage_plugin.database.visibility import subject_of, view_from
from storage_plugin.model.book import NotFound
from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.view import Condition, Subject, View, holds, texts_of
from storage_plugin.vcard.mapping import contact_from_vcard

_VIEW = (
    select(
        *(user.c.id, user.c.book_id, view_table.c.filter, view_table.c.new_contacts),
        *(view_table.c.read_only, view_table.c.show_accounts),
    )
    .join_from(
        user,
        view_table,
        (view_table.c.user_id == user.c.id) & (view_table.c.book_id == user.c.book_id),
        isouter=True,
    )
    .where(user.c.name == bindparam("name"))
)
_IN_BOOK = (card.c.book_id == bindparam("book"), card.c.audience <= EVERYONE)
_SHARED = select(card.c.contact_id, card.c.audience).where(*_IN_BOOK)
_RECORDS = select(card.c.contact_id, card.c.record).where(*_IN_BOOK)
_NAMELESS = case((func.coalesce(contact.c.formatted_name, "") == "", card.c.text)).label("nameless")
"""The card of a contact without a formatted name, which says under which one it goes there."""
_NAMES = select(card.c.contact_id, contact.c.formatted_name, _NAMELESS).join_from(card, contact).where(*_IN_BOOK)
_NOBODY = Contact()
_MARKS = ("kind", "label", "preferred")
"""What an item of a list may say beside what it is about; an item that says only this is none."""

_Texts = Mapping[int, Sequence[str]]


class Preview(NamedTuple):
    """How many of ``shared`` records would be seen, how many of them are not seen now, and how many no more."""

    seen: int
    shared: int
    new: int
    gone: int

    def __str__(self) -> str:
        """Say it in one sentence."""
        change = f"{self.new} more than now, {self.gone} no more" if self.new or self.gone else "the same as now"
        return f"{self.seen} of {self.shared} shared records pass: {change}."


def preview(database: Database, user_name: str, wanted: View) -> Preview:
    """Count what a user would see of the shared records of the active book; raise NotFound."""
    drain(database)
    return _preview(database, user_name, wanted)


@retried
def _preview(database: Database, user_name: str, wanted: View) -> Preview:
    with database.reading() as connection:
        row = connection.execute(_VIEW, {"name": user_name}).first()
        if row is None:
            raise NotFound(f"there is no user {user_name}")
        present = view_from(row.filter, row.new_contacts, row.read_only, row.show_accounts)
        audiences: dict[int, int] = dict(tuples_of(connection, _SHARED, {"book": row.book_id}))
        properties = {each.property for view in (present, wanted) for each in view.filter.conditions}
        texts = {name: _texts(connection, row.book_id, name) for name in properties}
    then, seen = (_shown(view, audiences, texts) for view in (present, wanted))
    return Preview(len(seen), len(audiences), len(seen - then), len(then - seen))


def _shown(view: View, audiences: Mapping[int, int], texts: Mapping[str, _Texts]) -> set[int]:
    """Name the shared records that a view shows: the rule of ``visibility.was_visible``."""
    shared = {key for key, audience in audiences.items() if audience == EVERYONE or view.show_accounts}
    let_through = [_holding(each, shared, texts[each.property]) for each in view.filter.conditions]
    if not let_through:
        return shared
    return set.intersection(*let_through) if view.filter.match == "all" else set.union(*let_through)


def _holding(condition: Condition, keys: Iterable[int], texts: _Texts) -> set[int]:
    """Name the records for which a condition holds; many of them say the same, of which it is asked once."""
    known = {said: holds(condition, said) for said in set(map(tuple, texts.values())) | {()}}
    return {key for key in keys if known[tuple(texts.get(key, ()))]}


def _texts(connection: Connection, book_id: int, name: str) -> _Texts:
    """Read what each shared record says of a property; one that is not there says nothing."""
    head, _, tail = name.partition(".")
    said = {"book": book_id}
    if head in LISTS:
        return _items(connection, said, name, head, "name" if head == "categories" else tail)
    if head == "formatted_name":
        return {key: (text or _card_name(slim),) for key, text, slim in tuples_of(connection, _NAMES, said)}
    if head in FIELDS:
        return {key: _single(head, value) for key, value in tuples_of(connection, _column(head), said)}
    records = tuples_of(connection, _RECORDS, said)
    return {key: texts_of(subject_of(_NOBODY, record), name) for key, record in records}


def _items(connection: Connection, said: Mapping[str, Any], name: str, head: str, column: str) -> _Texts:
    found: dict[int, list[str]] = {}
    if column in CHILDREN[head].c and column not in _MARKS:
        for key, text in tuples_of(connection, _child(head, column), said):
            found.setdefault(key, []).append(text or "")
        return found
    for row in connection.execute(_child(head, ""), said).mappings():
        if (item := item_of(head, row)) is not None:
            who: Any = {head: (item,)}
            found.setdefault(row["contact_id"], []).extend(texts_of(Subject(Contact(**who)), name))
    return found


@cache
def _child(head: str, column: str) -> Select[Any]:
    """Select one column of a list, or all, of the shared records of a book."""
    child = CHILDREN[head]
    columns: Any = (child.c.contact_id, child.c[column]) if column else child.c
    return select(*columns).where(child.c.contact_id.in_(select(card.c.contact_id).where(*_IN_BOOK)))


@cache
def _column(name: str) -> Select[Any]:
    shared = select(card.c.contact_id).where(*_IN_BOOK)
    return select(contact.c.id, contact.c[name]).where(contact.c.id.in_(shared))


def _single(name: str, value: Any) -> Sequence[str]:
    return _IS_COMPANY[bool(value)] if name == "is_company" else (value or "",)


_IS_COMPANY = {flag: texts_of(Subject(Contact(is_company=flag)), "is_company") for flag in (True, False)}


def _card_name(slim: str) -> str:
    return contact_from_vcard(slim).formatted_name
