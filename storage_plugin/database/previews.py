"""What a view would show, counted before it is set (BC-4, BC-12, BC-14); nothing is written.

A filter looks at a few properties of a contact: only their columns are read, which hold what the cards say. To read
ten thousand cards for that would take seconds, and a form counts while somebody types. Each text is asked about once,
whoever says it; what is seen now is known already (``hidden``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, case, func, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.records import item_of
from storage_plugin.database.schema import CHILDREN, EVERYONE, card, contact, hidden, user
from storage_plugin.database.schema import view as view_table
from storage_plugin.database.visibility import subject_of, view_from
from storage_plugin.model.book import NotFound
from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.view import Condition, Filter, Subject, View, asked, folded, texts_of
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
_HIDDEN = select(hidden.c.contact_id).where(hidden.c.user_id == bindparam("user"))
_SHARED = select(card.c.contact_id, card.c.audience).where(*_IN_BOOK)
_RECORDS = select(card.c.contact_id, card.c.record).where(*_IN_BOOK)
_NAMELESS = case((func.coalesce(contact.c.formatted_name, "") == "", card.c.text)).label("nameless")
"""The card of a contact without a formatted name, which says under which one it goes there."""
_NAMES = select(card.c.contact_id, contact.c.formatted_name, _NAMELESS).join_from(card, contact).where(*_IN_BOOK)
_NOBODY = Contact()
_MARKS = ("kind", "label", "preferred")
"""What an item of a list may say beside what it is about; an item that says only this is none."""

_Said = Iterable[tuple[int, str | None]]
"""What records say of a property, one or several times; other records are among them, and empty texts."""


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
        out = {key for (key,) in tuples_of(connection, _HIDDEN, {"user": row.id})}
        properties = {each.property for each in wanted.filter.conditions}
        said = {name: _said(connection, row.book_id, name) for name in properties}
    then = _offered(present, audiences) - out
    seen = _let_through(wanted.filter, _offered(wanted, audiences), said)
    return Preview(len(seen), len(audiences), len(seen - then), len(then - seen))


def _offered(view: View, audiences: Mapping[int, int]) -> set[int]:
    """Name the shared records that a view shows where no filter hides them: the rule of ``visibility.visible``."""
    return {key for key, audience in audiences.items() if audience == EVERYONE or view.show_accounts}


def _let_through(wanted: Filter, shared: set[int], said: Mapping[str, _Said]) -> set[int]:
    """Name those of the shared records for which the conditions hold: the rule of ``Filter.lets_through``."""
    if not wanted.conditions:
        return shared
    holding = [_holding(each, shared, said[each.property]) for each in wanted.conditions]
    return set.intersection(*holding) if wanted.match == "all" else set.union(*holding)


def _holding(condition: Condition, shared: set[int], said: _Said) -> set[int]:
    is_meant, is_wanted = asked(condition)
    meant = {text for text in {text for _, text in said} if text and is_meant(folded(text))}
    saying = {key for key, text in said if text in meant}
    return shared & saying if is_wanted else shared - saying


def _said(connection: Connection, book_id: int, name: str) -> _Said:
    """Read what all records, or at least the shared ones of the book, say of a property."""
    head, _, tail = name.partition(".")
    if head in LISTS:
        return _items(connection, name, head, "name" if head == "categories" else tail)
    if head == "formatted_name":
        names = tuples_of(connection, _NAMES, {"book": book_id})
        return [(key, text or _card_name(slim)) for key, text, slim in names]
    if head == "is_company":
        return [(key, _IS_COMPANY[bool(value)]) for key, value in tuples_of(connection, _column(head), {})]
    if head in FIELDS:
        return tuples_of(connection, _column(head), {})
    records = tuples_of(connection, _RECORDS, {"book": book_id})
    return [(key, text) for key, record in records for text in texts_of(subject_of(_NOBODY, record), name)]


def _items(connection: Connection, name: str, head: str, column: str) -> _Said:
    if column in CHILDREN[head].c and column not in _MARKS:
        return tuples_of(connection, _child(head, column), {})
    found: list[tuple[int, str | None]] = []
    for row in connection.execute(_child(head, "")).mappings():
        if (item := item_of(head, row)) is not None:
            who: Any = {head: (item,)}
            found += [(row["contact_id"], text) for text in texts_of(Subject(Contact(**who)), name)]
    return found


@cache
def _child(head: str, column: str) -> Select[Any]:
    """Select one column of a list, or all; to look for the rows of a book takes longer than to read them all."""
    child = CHILDREN[head]
    return select(child.c.contact_id, child.c[column]) if column else select(child)


@cache
def _column(name: str) -> Select[Any]:
    return select(contact.c.id, contact.c[name])


_IS_COMPANY = {flag: texts_of(Subject(Contact(is_company=flag)), "is_company")[0] for flag in (True, False)}


def _card_name(slim: str) -> str:
    return contact_from_vcard(slim).formatted_name
