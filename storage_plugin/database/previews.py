"""What a view would show, counted before it is set (BC-4, BC-12, BC-14); nothing is written."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import EVERYONE, card, user
from storage_plugin.database.schema import view as view_table
from storage_plugin.database.visibility import view_from, was_visible
from storage_plugin.model.book import NotFound
from storage_plugin.model.view import View

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
_SHARED = select(card.c.audience, card.c.record, card.c.text).where(
    card.c.book_id == bindparam("book"), card.c.audience <= EVERYONE
)


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
        for audience, record, text in connection.execute(_SHARED, {"book": row.book_id}):
            said = (audience, text, record)
            is_seen = was_visible(row.id, present, *said)
            counts[is_seen, was_visible(row.id, wanted, *said)] += 1
    new, gone = counts[False, True], counts[True, False]
    return Preview(counts[True, True] + new, sum(counts.values()), new, gone)
