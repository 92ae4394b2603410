"""What records were: the state of a record at an earlier change number, and which members are gone since then.

``version`` holds what each record said from one number until another; what a record says now stands in ``card``, or
in ``trash`` with the number of its deletion. ``tombstone`` holds the names that records had until a number.

A device is told of a name that is gone only if it can have it: because the member was visible at its number, or
because this device itself wrote it since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, null, or_, select

from storage_plugin.database.schema import alias, card, change, group_card, tombstone, trash, version
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
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_STATE = ("contact_id", "audience", "href", "since_number", "record", "text")
_CARDS = select(*(card.c[name] for name in _STATE), null().label("deleted_at"))
_TRASH = select(*(trash.c[name] for name in _STATE), trash.c.number.label("deleted_at"))
_TRASHED_SINCE = _TRASH.where(trash.c.book_id == bindparam("book"), trash.c.number > bindparam("since"))
_TOMBSTONES = (
    select(tombstone)
    .where(
        tombstone.c.user_id == bindparam("user"),
        tombstone.c.book_id == bindparam("book"),
        tombstone.c.number > bindparam("since"),
    )
    .order_by(tombstone.c.number, tombstone.c.id)
)
_ALIASES = select(alias.c.contact_id, alias.c.href).where(
    alias.c.user_id == bindparam("user"), alias.c.contact_id.in_(_IDS)
)
_DEAD_GROUPS = select(group_card.c.href, group_card.c.since_number, group_card.c.number).where(
    group_card.c.owner_id == bindparam("user"),
    group_card.c.book_id == bindparam("book"),
    group_card.c.number > bindparam("since"),
    group_card.c.deleted,
)
_MY_CHANGES = select(change.c.number).where(
    change.c.book_id == bindparam("book"),
    change.c.number > bindparam("since"),
    change.c.device_id == bindparam("device"),
)
_VERSIONS_SINCE = select(version.c.contact_id, version.c.from_number).where(
    version.c.contact_id.in_(_IDS), version.c.from_number > bindparam("since")
)
_CHUNK = 500


@lru_cache
def _hidden_since(view: View) -> Select[Any]:
    since = _CARDS.where(card.c.book_id == bindparam("book"), card.c.number > bindparam("since"))
    return since.where(~visible(view))


def is_something_gone(view: View) -> ColumnElement[bool]:
    """Make the condition that ``gone_since`` has anything to look at; bind ``book``, ``user`` and ``since``.

    It has not where nothing lost its name, was deleted, or is hidden of what changed since.
    """
    hidden = select(card.c.contact_id).where(card.c.book_id == bindparam("book"), card.c.number > bindparam("since"))
    looked_at = (_TOMBSTONES, _DEAD_GROUPS, _TRASHED_SINCE, hidden.where(~visible(view)))
    return or_(*(statement.order_by(None).exists() for statement in looked_at))


def state_at(connection: Connection, row: Any, number: int) -> Any | None:
    """Give what the record of a ``card`` or ``trash`` row said at ``number``, or None if it was not there."""
    if row.since_number <= number:
        return row
    return connection.execute(_VERSION_AT, {"contact": row.contact_id, "at": number}).first()


def gone_since(connection: Connection, viewer: Viewer, number: int) -> set[str]:
    """Name the members that this device can have since ``number`` and before, and that may be gone now.

    Some of these names may be in use again: the caller takes away what is there now.
    """
    wanted = {"book": viewer.book_id, "user": viewer.user_id, "since": number}
    mine = _changes_by(connection, viewer, number)
    gone, renamed = set[str](), defaultdict[int, list[tuple[int, str]]](list)
    for row in connection.execute(_TOMBSTONES, wanted):
        if row.contact_id is not None:
            renamed[row.contact_id].append((row.number, row.href))
        elif (row.from_number <= number or row.from_number in mine) and row.device_id in (None, viewer.device_id):
            gone.add(row.href)
    for href, since, deleted_at in connection.execute(_DEAD_GROUPS, wanted):
        if since <= number or (since in mine and deleted_at not in mine):
            gone.add(href)
    states = _perhaps_gone(connection, viewer, wanted, list(renamed))
    names = _Names(renamed, _aliases(connection, viewer.user_id, list(states)))
    writings = _writings(connection, states, mine, number)
    for key, row in states.items():
        if _saw(connection, viewer, row, number):
            gone.add(names.at(row, number))
        gone |= {names.at(row, at) for at in writings[key]}
        moves = (at for at, _ in renamed[key] if at in mine)
        gone |= {names.at(row, at) for at in moves if _saw(connection, viewer, row, at)}
    return gone


@dataclass(frozen=True, slots=True)
class _Names:
    """Under which names a user knew records: ``lost`` are those until a number, in order."""

    lost: Mapping[int, list[tuple[int, str]]]
    aliases: Mapping[int, str] = field(default_factory=dict)

    def at(self, row: Any, number: int) -> str:
        later = (href for until, href in self.lost.get(row.contact_id, ()) if until > number)
        now: str = self.aliases.get(row.contact_id, row.href)
        return next(later, now)


def _changes_by(connection: Connection, viewer: Viewer, number: int) -> set[int]:
    if viewer.device_id is None:
        return set()
    wanted = {"book": viewer.book_id, "since": number, "device": viewer.device_id}
    return set(connection.execute(_MY_CHANGES, wanted).scalars())


def _perhaps_gone(
    connection: Connection, viewer: Viewer, wanted: dict[str, Any], renamed: list[int]
) -> dict[int, Any]:
    """Read the records that changed and are hidden now, were deleted, or lost a name: by id."""
    states = {row.contact_id: row for row in connection.execute(_TRASHED_SINCE, wanted)}
    states |= {row.contact_id: row for row in connection.execute(_hidden_since(viewer.view), wanted)}
    for ids in _slices([key for key in renamed if key not in states]):
        for statement in (_TRASH.where(trash.c.contact_id.in_(_IDS)), _CARDS.where(card.c.contact_id.in_(_IDS))):
            states |= {row.contact_id: row for row in connection.execute(statement, {"ids": ids})}
    return states


def _saw(connection: Connection, viewer: Viewer, row: Any, number: int) -> bool:
    if row.deleted_at is not None and row.deleted_at <= number:
        return False
    was = state_at(connection, row, number)
    return was is not None and was_visible(viewer.user_id, viewer.view, was.audience, was.text, was.record)


def _aliases(connection: Connection, user_id: int, keys: list[int]) -> dict[int, str]:
    aliases: dict[int, str] = {}
    for ids in _slices(keys):
        rows = connection.execute(_ALIASES, {"user": user_id, "ids": ids})
        aliases |= {contact_id: href for contact_id, href in rows}
    return aliases


def _writings(
    connection: Connection, states: Mapping[int, Any], mine: set[int], number: int
) -> Mapping[int, set[int]]:
    """Find at which of the numbers ``mine`` the given records were written, unless they were deleted at one, too."""
    written: dict[int, set[int]] = defaultdict(set)
    if not mine:
        return written
    still = {key: row for key, row in states.items() if row.deleted_at not in mine}
    for key, row in still.items():
        written[key] |= {row.since_number} & mine
    for ids in _slices(list(still)):
        for key, at in connection.execute(_VERSIONS_SINCE, {"ids": ids, "since": number}):
            written[key] |= {at} & mine
    return written


def _slices(keys: list[int]) -> Iterator[list[int]]:
    for at in range(0, len(keys), _CHUNK):
        yield keys[at : at + _CHUNK]
