"""Setting what a user sees and may do, within a transaction; and whether he or she may set the own filter.

A filter may be there to keep contacts from somebody. So an administrator says who may set it.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import EVERYONE, card, hidden, user, view
from storage_plugin.database.visibility import filter_to_column, hold_off_writers, subject_of, view_from
from storage_plugin.model.book import NotFound, Refused, Viewer
from storage_plugin.model.view import Filter, View
from storage_plugin.vcard.mapping import contact_from_vcard

_SAID = select(view.c.filter, view.c.new_contacts, view.c.read_only, view.c.show_accounts).where(
    view.c.user_id == bindparam("user"), view.c.book_id == bindparam("book")
)
_MAY = select(user.c.sets_filter).where(user.c.id == bindparam("user"))


def write_view(connection: Connection, user_id: int, book_id: int, wanted: View) -> None:
    """Set what a user sees and may do in a book; devices list everything anew."""
    hold_off_writers(connection, book_id)
    connection.execute(delete(view).where(view.c.user_id == user_id, view.c.book_id == book_id))
    values = {"user_id": user_id, "book_id": book_id, "filter": filter_to_column(wanted.filter)}
    values |= {"new_contacts": wanted.new_contacts.value, "read_only": wanted.read_only}
    connection.execute(insert(view), values | {"show_accounts": wanted.show_accounts})
    _hide(connection, user_id, book_id, wanted)


@retried
def may_set_filter(database: Database, user_id: int) -> bool:
    """Tell whether an administrator lets a user set the own filter."""
    with database.reading() as connection:
        return bool(connection.execute(_MAY, {"user": user_id}).scalar())


@retried
def let_set_filter(database: Database, user_name: str, *, allowed: bool) -> None:
    """Let a user set the own filter, or no more; what is set stays. Raises NotFound."""
    with database.writing() as connection:
        statement = update(user).where(user.c.name == user_name).values(sets_filter=allowed)
        if connection.execute(statement).rowcount == 0:
            raise NotFound(f"there is no user {user_name}")


@retried
def set_own_filter(database: Database, viewer: Viewer, wanted: Filter, *, show_accounts: bool) -> None:
    """Set the filter of the own view of the active book, and nothing else of it; raise Refused where one may not."""
    who = {"user": viewer.user_id, "book": viewer.book_id}
    with database.writing() as connection:
        hold_off_writers(connection, viewer.book_id)
        may = connection.execute(_MAY.with_for_update(), {"user": viewer.user_id}).scalar()
        if not may and not viewer.is_administrator:
            raise Refused("an administrator sets your filter")
        row = connection.execute(_SAID, who).first()
        present = view_from(*row) if row else View()
        after = replace(present, filter=wanted, show_accounts=show_accounts)
        if after != present:
            write_view(connection, viewer.user_id, viewer.book_id, after)


def _hide(connection: Connection, user_id: int, book_id: int, wanted: View) -> None:
    """Work out anew which shared cards the filter hides."""
    shared = select(card.c.contact_id).where(card.c.book_id == book_id)
    connection.execute(delete(hidden).where(hidden.c.user_id == user_id, hidden.c.contact_id.in_(shared)))
    if not wanted.filter.conditions:
        return
    columns = (card.c.contact_id, card.c.text, card.c.record)
    rows = connection.execute(select(*columns).where(card.c.book_id == book_id, card.c.audience <= EVERYONE))
    out = [
        {"user_id": user_id, "contact_id": key}
        for key, text, record in rows
        if not wanted.filter.lets_through(subject_of(contact_from_vcard(text), record))
    ]
    if out:
        connection.execute(insert(hidden), out)
