"""What people type to find a contact: words, or a customer number."""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select

from storage_plugin.database.engine import Database
from storage_plugin.database.schema import card, contact, custom_value, search
from storage_plugin.model.view import folded

MOST_WORDS = 12
"""More words do not make a search any finer."""


def matches(database: Database, text: str) -> ColumnElement[bool] | None:
    """Make the condition that each word of ``text`` stands in a record; None when there is no word.

    It is on ``card`` joined with ``contact`` and ``search``. A word stands in the card, in any script and case, in an
    own field, or is the customer number.
    """
    words = folded(text).split()[:MOST_WORDS]
    return and_(*(_stands_in_record(database, word) for word in words)) if words else None


def _stands_in_record(database: Database, word: str) -> ColumnElement[bool]:
    wanted: BindParameter[str] = bindparam(None, word)
    own = select(custom_value.c.contact_id).where(database.contains(func.lower(custom_value.c.value), wanted))
    return or_(
        database.contains(search.c.text, wanted),
        card.c.contact_id.in_(own),
        func.lower(contact.c.customer_number) == wanted,
    )
