"""Group cards ("lists" on an iPhone): kept verbatim, seen by their owner only, never a person (VC-50, VC-51)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from storage_plugin.database import aliases
from storage_plugin.database.incoming import Sent
from storage_plugin.database.naming import Found, check, etag_of
from storage_plugin.database.raw_writes import mappings_of
from storage_plugin.database.schema import group_card, tombstone
from storage_plugin.database.writing import next_number, now
from storage_plugin.model.book import ChangeNumber, Expect, NotFound, Refused, Stored, UidConflict, Viewer
from storage_plugin.vcard.groups import group_of

_MY = (group_card.c.book_id == bindparam("book"), group_card.c.owner_id == bindparam("user"))
_FIND = select(group_card).where(
    *_MY, ~group_card.c.deleted, or_(group_card.c.href == bindparam("href"), group_card.c.uid == bindparam("uid"))
)
_FIND_AND_LOCK = _FIND.with_for_update()
_DELETED = (
    select(group_card)
    .where(*_MY, group_card.c.deleted, group_card.c.uid == bindparam("uid"))
    .order_by(group_card.c.number.desc())
    .limit(1)
)


def look_up(connection: Connection, viewer: Viewer, href: str, uid: str | None = None) -> Found:
    """Find the viewer's group card of this name, and another one with the UID."""
    statement = _FIND if connection.dialect.name == "sqlite" else _FIND_AND_LOCK
    who = {"book": viewer.book_id, "user": viewer.user_id, "href": href, "uid": uid}
    mine = twin = None
    for row in mappings_of(connection, statement, who):
        if row["href"] == href:
            mine = row
        else:
            twin = row
    return Found(mine, twin, twin["href"] if twin else "")


def _deleted(connection: Connection, viewer: Viewer, uid: str) -> Any | None:
    statement = _DELETED if connection.dialect.name == "sqlite" else _DELETED.with_for_update()
    who = {"book": viewer.book_id, "user": viewer.user_id, "uid": uid}
    return connection.execute(statement, who).mappings().first()


def put(
    connection: Connection, viewer: Viewer, href: str, sent: Sent, expect: Expect, contacts: Found, groups: Found
) -> Stored:
    """Store a group card as it was sent; raise Precondition, UidConflict, Refused."""
    mine = groups.mine
    if contacts.mine is not None or (mine is not None and not sent.is_group):
        raise Refused("a person cannot become a group under the same name, nor a group a person")
    check(expect, None if mine is None else state_of(viewer, mine))
    if groups.twin is not None or contacts.twin is not None:
        raise UidConflict(groups.twin_href or contacts.twin_href)
    if mine is not None and mine["uid"] != sent.uid:
        raise UidConflict(href)
    at = now()
    group = group_of(sent.text)
    said: dict[str, Any] = {
        "href": href,
        "uid": sent.uid,
        "name": group.name if group else "",
        "vcard_version": sent.version,
    }
    said |= {"text": sent.text, "modified_at": at}
    deleted = _deleted(connection, viewer, sent.uid) if mine is None else None
    known = mine or deleted
    revision = 1 if known is None else known["revision"] + 1
    number = next_number(connection, viewer.book_id, viewer.origin, at)
    said |= {"revision": revision, "number": number, "deleted": False}
    if mine is None:
        aliases.make_way(connection, viewer, href)
        said |= {"since_number": number}
    if deleted is not None:
        _lose_name(connection, deleted, deleted["number"])
    key = _write(connection, viewer, known, said)
    as_sent = not sent.is_repaired and sent.version != "2.1"
    etag = etag_of("g", key, revision, sent.version, viewer.writes_v4 or sent.version == "4.0")
    return Stored(mine is None, etag if as_sent else None)


def delete(connection: Connection, viewer: Viewer, href: str, expect: Expect) -> None:
    """Mark the viewer's group card as deleted; raise NotFound, Precondition."""
    mine = look_up(connection, viewer, href).mine
    if mine is None:
        raise NotFound(href)
    check(expect, state_of(viewer, mine))
    at = now()
    throw_away(connection, viewer, mine, next_number(connection, viewer.book_id, viewer.origin, at), at)


def throw_away(connection: Connection, viewer: Viewer, mine: Any, number: ChangeNumber, at: str) -> None:
    """Mark a locked group card as deleted."""
    _write(connection, viewer, mine, {"deleted": True, "number": number, "modified_at": at})


def rename(connection: Connection, viewer: Viewer, mine: Any, href: str, number: ChangeNumber) -> None:
    """Give a locked group card another name."""
    aliases.make_way(connection, viewer, href)
    _lose_name(connection, mine, number)
    _write(connection, viewer, mine, {"href": href, "number": number, "since_number": number})


def _lose_name(connection: Connection, row: Any, until: ChangeNumber) -> None:
    """Keep a name that a group card had, for devices that know it by this name."""
    who = {"book_id": row["book_id"], "user_id": row["owner_id"], "href": row["href"]}
    connection.execute(insert(tombstone), who | {"from_number": row["since_number"], "number": until})


def _write(connection: Connection, viewer: Viewer, known: Any | None, values: dict[str, Any]) -> int:
    if known is None:
        owner = {"book_id": viewer.book_id, "owner_id": viewer.user_id}
        key: int = connection.execute(insert(group_card).returning(group_card.c.id), values | owner).scalar_one()
        return key
    connection.execute(update(group_card).where(group_card.c.id == known["id"]).values(values))
    return int(known["id"])


def state_of(viewer: Viewer, row: Any) -> str:
    """Give the present ETag of a group card as this device is served it."""
    return etag_of("g", row["id"], row["revision"], row["vcard_version"], viewer.writes_v4)
