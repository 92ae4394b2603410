"""Names in a viewer's address book: which row a href or a UID stands for there, and in which state.

What the viewer cannot see is not found. How names are given and changed is in ``aliases``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, exists, func, literal, select, union

from storage_plugin.database.faults import Busy
from storage_plugin.database.raw_writes import mappings_of
from storage_plugin.database.row_locks import lock_records
from storage_plugin.database.schema import alias, card, touched
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import Expect, Precondition, Viewer
from storage_plugin.model.view import View


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under a href: ``mine`` is the member, ``twin`` another member with the UID; each is the mapping
    of a ``card`` row, or None. Two members can come to have one UID, made by two users who did not see each other's
    card: such a twin is no reason to refuse an edit, so it is named only where the UID is new under the href."""

    mine: Any | None
    twin: Any | None = None
    twin_href: str = ""


def look_up(connection: Connection, viewer: Viewer, href: str, uid: str | None = None) -> Found:
    """Find the card rows that a request on ``href`` (with a card of ``uid``) has to do with, locked."""
    wanted = {"book": viewer.book_id, "user": viewer.user_id, "href": href, "uid": uid}
    if connection.dialect.name == "sqlite":
        rows = mappings_of(connection, _statement(viewer.view), wanted)
    else:
        rows = _lock(connection, viewer, wanted)
    mine = twin = None
    for row in rows:
        if not row["seen"]:
            continue
        if name_of(row) == href:
            mine = row
        elif uid is not None and row["uid"] == uid:
            twin = row
    if twin is None or (mine is not None and mine["uid"] == uid):
        return Found(mine)
    return Found(mine, twin, name_of(twin))


def name_of(row: Any) -> str:
    """Give the name of a looked-up row in the viewer's book."""
    name: str = row["alias"] or row["href"]
    return name


@lru_cache
def _statement(view: View) -> Any:
    aliased = select(alias.c.href).where(
        alias.c.contact_id == card.c.contact_id, alias.c.user_id == bindparam("user")
    )
    in_book = card.c.book_id == bindparam("book")
    concerned = union(
        select(card.c.contact_id).where(in_book, card.c.href == bindparam("href")),
        select(card.c.contact_id).where(in_book, card.c.uid == bindparam("uid")),
        select(alias.c.contact_id).where(
            alias.c.book_id == bindparam("book"),
            alias.c.href == bindparam("href"),
            alias.c.user_id == bindparam("user"),
        ),
    )
    seen = case((visible(view), 1), else_=0).label("seen")
    is_touched = exists().where(touched.c.contact_id == card.c.contact_id).label("touched")
    # "+ 0": else SQLite reads all cards of the book and asks of each whether it is one of the two or three.
    same_book = card.c.book_id + 0 == bindparam("book")
    return select(card, seen, is_touched, aliased.scalar_subquery().label("alias")).where(
        same_book, card.c.contact_id.in_(concerned)
    )


def _lock(connection: Connection, viewer: Viewer, wanted: dict[str, Any]) -> Any:
    """Lock the name and UID against other devices, then the records against everybody.

    Only what the viewer can see is locked: who waits for a row would learn that there is one.
    """
    for name in sorted({wanted["href"], wanted["uid"] or wanted["href"]}):
        connection.execute(select(func.pg_advisory_xact_lock(viewer.book_id, func.hashtext(literal(name)))))
    ids = _seen(connection.execute(_statement(viewer.view), wanted).mappings())
    lock_records(connection, ids)
    rows = connection.execute(_statement(viewer.view), wanted).mappings().all()
    if not set(_seen(rows)) <= set(ids):
        raise Busy("the name was given to another record just now")
    return rows


def _seen(rows: Any) -> list[int]:
    return [row["contact_id"] for row in rows if row["seen"]]


VERSIONS = ("2.1", "3.0", "4.0")
"""The vCard versions that are stored."""


def served_version(stored: str, writes_v4: bool) -> str:
    """Say in which vCard version a device gets a stored card when it asks for none (design, section 4)."""
    return "3.0" if stored == "2.1" or (stored == "4.0" and not writes_v4) else stored


def etag_of(kind: str, key: int, revision: int, stored: str, writes_v4: bool) -> str:
    """Make the strong ETag of a member as this device is served it by default."""
    return f"{kind}{key}-{revision}{etag_tail(stored, writes_v4)}"


def etag_tail(stored: str, writes_v4: bool) -> str:
    """Give the end of the ETag, which tells a card that is converted from the same as stored."""
    return "" if served_version(stored, writes_v4) == stored else "-3"


def check(expect: Expect, etag: str | None) -> None:
    """Compare a client's precondition with the present ETag (None: there is no such member); raise Precondition.

    An ETag of the same revision in another vCard version counts as the same state.
    """
    state = etag and _state(etag)
    if expect.match and (state is None or not _any(expect.match, state)):
        raise Precondition("the card has changed")
    if expect.none_match and state is not None and _any(expect.none_match, state):
        raise Precondition("there is a card already")


def _any(etags: tuple[str, ...], state: str) -> bool:
    return any(etag == "*" or _state(etag) == state for etag in etags)


def _state(etag: str) -> str:
    """Give an ETag without the vCard version in which the card was served: "c12-7-3" is a way to serve "c12-7"."""
    head, _, tail = etag.rpartition("-")
    return head if "-" in head and tail in ("3", "4") else etag
