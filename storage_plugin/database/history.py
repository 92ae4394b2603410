"""What records were: the state of a record at an earlier change number, and which members are gone since then.

``version`` holds what each record said from one number until another; what a record says now stands in ``card``, or
in ``trash`` with the number of its deletion.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from storage_plugin.database.schema import alias, card, group_card, tombstone, trash, version
from storage_plugin.database.visibility import visible, was_visible
from storage_plugin.model.book import Viewer
from storage_plugin.model.view import View

_AT = and_(
    version.c.from_number <= bindparam("at"),
    or_(version.c.until_number.is_(None), version.c.until_number > bindparam("at")),
)
_VERSION_AT = (
    select(version)
    .where(version.c.contact_id == bindparam("contact"), _AT)
    .order_by(version.c.from_number.desc())
    .limit(1)
)
_TRASHED_SINCE = select(trash).where(trash.c.book_id == bindparam("book"), trash.c.number > bindparam("since"))
_TOMBSTONES = select(tombstone.c.href).where(
    tombstone.c.user_id == bindparam("user"),
    tombstone.c.book_id == bindparam("book"),
    tombstone.c.number > bindparam("since"),
)
_ALIASES = select(alias.c.contact_id, alias.c.href).where(alias.c.user_id == bindparam("user"))
_DEAD_GROUPS = select(group_card.c.href).where(
    group_card.c.owner_id == bindparam("user"),
    group_card.c.book_id == bindparam("book"),
    group_card.c.number > bindparam("since"),
    group_card.c.deleted,
)


@lru_cache
def _hidden_since(view: View) -> Select[Any]:
    since = select(card).where(card.c.book_id == bindparam("book"), card.c.number > bindparam("since"))
    return since.where(~visible(view))


def state_at(connection: Connection, row: Any, number: int) -> Any | None:
    """Give what the record of a ``card`` or ``trash`` row said at ``number``, or None if it was not there."""
    if row.since_number <= number:
        return row
    return connection.execute(_VERSION_AT, {"contact": row.contact_id, "at": number}).first()


def gone_since(connection: Connection, viewer: Viewer, number: int) -> set[str]:
    """Name the members that ``viewer`` saw at ``number`` and does not see now, or sees under another name."""
    wanted = {"book": viewer.book_id, "user": viewer.user_id, "since": number}
    gone = set(connection.execute(_TOMBSTONES, wanted).scalars())
    gone |= set(connection.execute(_DEAD_GROUPS, wanted).scalars())
    names: dict[int, str] = {}
    if viewer.has_aliases:
        names = {row.contact_id: row.href for row in connection.execute(_ALIASES, wanted)}
    for statement in (_hidden_since(viewer.view), _TRASHED_SINCE):
        for row in connection.execute(statement, wanted):
            was = state_at(connection, row, number)
            if was and was_visible(viewer.user_id, viewer.view, was.audience, was.text, was.record):
                gone.add(names.get(row.contact_id, row.href))
    return gone
