"""Names in a viewer's address book: which row a href or a UID stands for there.

A name is unique per book (``card.href``). Where a device chooses a name that an invisible row has, the new card's
own name is made from its id, and ``alias`` gives both rows other names in this one user's view: the device finds its
card under the name it chose, and will never see two members of one name, whatever becomes visible later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    union,
)

from storage_plugin.database.engine import Busy
from storage_plugin.database.row_locks import lock_records
from storage_plugin.database.schema import alias, card, touched
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import Expect, Precondition, Viewer
from storage_plugin.model.view import View


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under a href: ``mine`` is the member, ``twin`` another member with the UID, ``squatter`` an
    invisible row that has the name. Each is the mapping of a ``card`` row, or None."""

    mine: Any | None
    twin: Any | None
    squatter: Any | None
    twin_href: str = ""


def look_up(connection: Connection, viewer: Viewer, href: str, uid: str | None = None) -> Found:
    """Find the card rows that a request on ``href`` (with a card of ``uid``) has to do with, locked."""
    wanted = {"book": viewer.book_id, "user": viewer.user_id, "href": href, "uid": uid}
    rows = connection.execute(_statement(viewer.view), wanted).mappings().all()
    if connection.dialect.name != "sqlite":
        rows = _lock(connection, rows, viewer, wanted)
    mine = twin = squatter = None
    twin_href = ""
    for row in rows:
        name = row["alias"] or row["href"]
        if row["seen"] and name == href:
            mine = row
        elif row["seen"] and uid is not None and row["uid"] == uid:
            twin, twin_href = row, name
        if row["href"] == href and row is not mine:
            squatter = row
    return Found(mine, twin, squatter, twin_href)


@lru_cache
def _statement(view: View) -> Any:
    aliased = select(alias.c.href).where(
        alias.c.contact_id == card.c.contact_id, alias.c.user_id == bindparam("user")
    )
    in_book = card.c.book_id == bindparam("book")
    concerned = union(
        select(card.c.contact_id).where(in_book, card.c.href == bindparam("href")),
        select(card.c.contact_id).where(in_book, card.c.uid == bindparam("uid")),
        select(alias.c.contact_id).where(alias.c.user_id == bindparam("user"), alias.c.href == bindparam("href")),
    )
    seen = case((visible(view), 1), else_=0).label("seen")
    is_touched = exists().where(touched.c.contact_id == card.c.contact_id).label("touched")
    return select(card, seen, is_touched, aliased.scalar_subquery().label("alias")).where(
        card.c.contact_id.in_(concerned)
    )


def _lock(connection: Connection, rows: Any, viewer: Viewer, wanted: dict[str, Any]) -> Any:
    """Lock the name and UID against other devices, then the records against everybody."""
    names = func.pg_advisory_xact_lock(viewer.book_id, func.hashtext(literal(wanted["uid"] or wanted["href"])))
    connection.execute(select(names))
    ids = [row["contact_id"] for row in rows]
    lock_records(connection, ids)
    rows = connection.execute(_statement(viewer.view), wanted).mappings().all()
    if any(row["contact_id"] not in ids for row in rows):
        raise Busy("the name was given to another record just now")
    return rows


def served_version(stored: str, writes_v4: bool) -> str:
    """Say in which vCard version a device gets a stored card when it asks for none (design, section 4)."""
    return "3.0" if stored == "2.1" or (stored == "4.0" and not writes_v4) else stored


def etag_of(kind: str, key: int, revision: int, stored: str, writes_v4: bool) -> str:
    """Make the strong ETag of a member as this device is served it by default."""
    tail = "" if served_version(stored, writes_v4) == stored else "-3"
    return f"{kind}{key}-{revision}{tail}"


def check(expect: Expect, etag: str | None) -> None:
    """Compare a client's precondition with the present ETag (None: there is no such member); raise Precondition.

    An ETag of the same revision in another vCard version counts as the same state.
    """
    state = etag and etag.removesuffix("-3")
    if expect.match and (state is None or not _any(expect.match, state)):
        raise Precondition("the card has changed")
    if expect.none_match and state is not None and _any(expect.none_match, state):
        raise Precondition("there is a card already")


def _any(etags: tuple[str, ...], state: str) -> bool:
    return any(etag == "*" or etag.removesuffix("-3").removesuffix("-4") == state for etag in etags)


def own_name(contact_id: int, href: str) -> str:
    """Make a name for a row whose usual name is taken in some view; at most 255 characters."""
    return f"{contact_id}~{href}"[:255]


def names_for(connection: Connection, row: Any, users: Iterable[int], *, aliases: bool = True) -> dict[int, str]:
    """Say under which name each of ``users`` sees a card; without ``aliases`` only of those who have none for it."""
    of_row = select(alias.c.user_id, alias.c.href).where(alias.c.contact_id == row["contact_id"])
    own = {said.user_id: said.href for said in connection.execute(of_row)}
    return {user_id: own.get(user_id, row["href"]) for user_id in users if aliases or user_id not in own}


def make_way(connection: Connection, viewer: Viewer, contact_id: int, squatter: Any) -> None:
    """Let the new card ``contact_id`` go by the squatter's name in this viewer's book, which gets another."""
    name = squatter["href"]
    rows = [
        {"user_id": viewer.user_id, "contact_id": contact_id, "href": name},
        {
            "user_id": viewer.user_id,
            "contact_id": squatter["contact_id"],
            "href": own_name(squatter["contact_id"], name),
        },
    ]
    known = connection.execute(
        select(alias.c.contact_id).where(
            and_(alias.c.user_id == viewer.user_id, alias.c.contact_id == squatter["contact_id"])
        )
    ).first()
    connection.execute(insert(alias), rows[:1] if known else rows)
