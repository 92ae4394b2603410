"""What a view would show, counted before it is set (BC-4, BC-12, BC-14); nothing is written.

A filter looks at a few properties of a contact: only their columns are read, which hold what the cards say. To read
ten thousand cards for that would take seconds, and a form counts while somebody types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, func, literal, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.records import item_of
from storage_plugin.database.schema import CHILDREN, EVERYONE, card, contact, user
from storage_plugin.database.schema import view as view_table
from storage_plugin.database.visibility import subject_of, view_from
from storage_plugin.model.book import NotFound
from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.view import Subject, View
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
_NAMELESS = case((func.coalesce(contact.c.formatted_name, "") == "", card.c.text))
"""The card of a contact without a formatted name, which says under which one it goes there."""


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
    counts = {(now, then): 0 for now in (True, False) for then in (True, False)}
    with database.reading() as connection:
        row = connection.execute(_VIEW, {"name": user_name}).first()
        if row is None:
            raise NotFound(f"there is no user {user_name}")
        present = view_from(row.filter, row.new_contacts, row.read_only, row.show_accounts)
        properties = {each.property for view in (present, wanted) for each in view.filter.conditions}
        for audience, subject in _subjects(connection, row.book_id, properties):
            counts[_shows(present, audience, subject), _shows(wanted, audience, subject)] += 1
    new, gone = counts[False, True], counts[True, False]
    return Preview(counts[True, True] + new, sum(counts.values()), new, gone)


def _shows(view: View, audience: int, subject: Subject) -> bool:
    """Tell whether a view shows a shared record: the rule of ``visibility.was_visible``."""
    return (audience == EVERYONE or view.show_accounts) and view.filter.lets_through(subject)


def _subjects(connection: Connection, book_id: int, properties: Iterable[str]) -> Iterator[tuple[int, Subject]]:
    """Read the shared records of a book as far as a filter looks at these properties."""
    heads = {name.partition(".")[0] for name in properties}
    singles = [name for name in FIELDS if name in heads]
    nameless = _NAMELESS if "formatted_name" in heads else literal(None)
    columns = (card.c.contact_id, card.c.audience, card.c.record, nameless, *(contact.c[name] for name in singles))
    joined = select(*columns).join_from(card, contact, contact.c.id == card.c.contact_id).where(*_IN_BOOK)
    found = {head: _items(connection, book_id, head) for head in LISTS if head in heads}
    for key, audience, record, text, *values in connection.execute(joined, {"book": book_id}):
        said: dict[str, Any] = {name: value or "" for name, value in zip(singles, values, strict=True)}
        if "is_company" in said:
            said["is_company"] = bool(said["is_company"])
        if text:
            said["formatted_name"] = contact_from_vcard(text).formatted_name
        said |= {head: tuple(items[key]) for head, items in found.items() if key in items}
        yield audience, subject_of(Contact(**said), record)


def _items(connection: Connection, book_id: int, head: str) -> Mapping[int, list[Any]]:
    """Read a list of each contact."""
    child = CHILDREN[head]
    statement = select(child).join_from(child, card, card.c.contact_id == child.c.contact_id).where(*_IN_BOOK)
    found: dict[int, list[Any]] = {}
    for row in connection.execute(statement, {"book": book_id}).mappings():
        if (item := item_of(head, row)) is not None:
            found.setdefault(row["contact_id"], []).append(item)
    return found
