"""What people type to find a contact: words, or a customer number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, or_, select

from storage_plugin.database.engine import Database
from storage_plugin.database.schema import book, contact, custom_value, search
from storage_plugin.model.view import folded

MOST_WORDS = 12
"""More words do not make a search any finer."""


def matches(database: Database, text: str) -> Select[Any] | None:
    """Select the ids of records, of any book, in which each word of ``text`` stands; None when there is no word."""
    condition = stands_in(database, text)
    return None if condition is None else select(search.c.contact_id).where(condition)


def stands_in(database: Database, text: str) -> ColumnElement[bool] | None:
    """Make the condition on ``search`` that each word of ``text`` stands in a record; None when there is no word.

    A word stands in the card, in any script and case, in an own field, or is the customer number.
    """
    words = folded(text).split()[:MOST_WORDS]
    return and_(*(_stands_in_record(database, word) for word in words)) if words else None


def _stands_in_record(database: Database, word: str) -> ColumnElement[bool]:
    wanted: BindParameter[str] = bindparam(None, word)
    in_field = database.contains(func.lower(custom_value.c.value), wanted)
    numbered = and_(contact.c.book_id.in_(select(book.c.id)), contact.c.customer_number.in_((word, word.upper())))
    return or_(
        database.has(search.c.text, word),
        search.c.contact_id.in_(select(custom_value.c.contact_id).where(in_field)),
        search.c.contact_id.in_(select(contact.c.id).where(numbered)),
    )
