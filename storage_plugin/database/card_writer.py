"""What a device may do to a member of its address book: put, delete and move, each in one transaction.

The order of locks is contact, card, views, and last the book's counter (PostgreSQL; SQLite has one writer). A row
that the viewer cannot see is never read, told or changed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from storage_plugin.database import aliases, drain, flagging, group_cards, incoming, trash
from storage_plugin.database.creation import create
from storage_plugin.database.editing import edit, revert
from storage_plugin.database.engine import Database
from storage_plugin.database.incoming import Sent
from storage_plugin.database.naming import Found, check, etag_of, look_up
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import device
from storage_plugin.database.schema import trash as trash_row
from storage_plugin.database.writing import change_card, next_number, now
from storage_plugin.model.book import (
    Expect,
    NotFound,
    Precondition,
    Refused,
    Stored,
    UidConflict,
    Viewer,
)

_WRITES_V4 = update(device).where(device.c.id == bindparam("device")).values(writes_v4=True)
_THROWN_AWAY = select(trash_row.c.contact_id).where(
    trash_row.c.book_id == bindparam("book"), trash_row.c.uid == bindparam("uid"), trash_row.c.number.is_(None)
)


def put(
    database: Database, viewer: Viewer, href: str, body: bytes, expect: Expect, charset: str | None = None
) -> Stored:
    """Store the card that a device sent; raise NotAVCard, TooLarge, Precondition, UidConflict, Refused."""
    sent = incoming.read(body, charset)
    return database.write(lambda connection: _put(connection, viewer, href, sent, expect))


def _put(connection: Connection, viewer: Viewer, href: str, sent: Sent, expect: Expect) -> Stored:
    found = _settled(connection, viewer, href, sent.uid)
    if sent.is_group or found.mine is None:
        group = group_cards.look_up(connection, viewer, href, sent.uid)
        if sent.is_group or group.mine is not None:
            return group_cards.put(connection, viewer, href, sent, expect, found, group)
        if group.twin is not None:
            check(expect, None)
            raise UidConflict(group.twin["href"])
    return _put_contact(connection, viewer, href, sent, expect, found)


def _unsettled(connection: Connection, viewer: Viewer, mine: Any | None, uid: str | None) -> list[int]:
    """Name what plain SQL has written of this record, or thrown away of this UID, and no drain has settled yet."""
    if mine is not None:
        return [mine["contact_id"]] if mine["touched"] else []
    if uid is None:
        return []
    return [key for (key,) in tuples_of(connection, _THROWN_AWAY, {"book": viewer.book_id, "uid": uid})]


def _put_contact(
    connection: Connection, viewer: Viewer, href: str, sent: Sent, expect: Expect, found: Found
) -> Stored:
    mine = found.mine
    check(expect, None if mine is None else _etag(viewer, mine))
    if found.twin is not None:
        raise UidConflict(found.twin_href)
    if mine is not None and mine["uid"] != sent.uid:
        raise UidConflict(href)
    if sent.version == "4.0" and not viewer.writes_v4 and viewer.device_id is not None:
        connection.execute(_WRITES_V4, {"device": viewer.device_id})
    if mine is None:
        stored = create(connection, viewer, href, sent)
    else:
        stored = edit(connection, viewer, mine, sent, is_blind=not expect.match or "*" in expect.match)
    return flagging.promoted(connection, viewer, href, sent, stored)


def _settled(connection: Connection, viewer: Viewer, href: str, uid: str | None = None) -> Found:
    """Look up a name, with what was written to its row with plain SQL brought in."""
    found = look_up(connection, viewer, href, uid)
    if unsettled := _unsettled(connection, viewer, found.mine, uid):
        drain.settle(connection, unsettled)
        found = look_up(connection, viewer, href, uid)
    return found


def _etag(viewer: Viewer, row: Any) -> str:
    return etag_of("c", row["contact_id"], row["revision"], row["vcard_version"], viewer.writes_v4)


def delete(database: Database, viewer: Viewer, href: str, expect: Expect) -> None:
    """Move the record to the deleted items; raise NotFound, Precondition."""
    database.write(lambda connection: _delete(connection, viewer, href, expect))


def _delete(connection: Connection, viewer: Viewer, href: str, expect: Expect) -> None:
    mine = _settled(connection, viewer, href).mine
    if mine is None:
        group_cards.delete(connection, viewer, href, expect)
        return
    check(expect, _etag(viewer, mine))
    at = now()
    if viewer.view.read_only:
        revert(connection, viewer, mine, at, theirs=None)
        return
    number = next_number(connection, viewer.book_id, viewer.origin, at)
    trash.throw_away(connection, mine, number, at)


def move(database: Database, viewer: Viewer, href: str, new_href: str, expect: Expect, *, overwrite: bool) -> bool:
    """Give a member another name in this user's book; what stood there goes to the deleted items.

    ``expect`` is said of the member, before anything else of it. Raise NotFound, Precondition, Refused.
    """
    with database.writing() as connection:
        first, second = sorted((href, new_href))
        found = {first: _settled(connection, viewer, first), second: _settled(connection, viewer, second)}
        mine, there = found[href].mine, found[new_href].mine
        group = group_cards.look_up(connection, viewer, href).mine if mine is None else None
        if mine is None and group is None:
            check(expect, None)
            raise NotFound(href)
        check(expect, _etag(viewer, mine) if mine is not None else group_cards.state_of(viewer, group))
        if viewer.view.read_only:
            raise Refused("you may not change this address book")
        if href == new_href:
            raise Refused("a card cannot be moved onto itself")
        other = group_cards.look_up(connection, viewer, new_href).mine if there is None else None
        is_taken = there is not None or other is not None
        if is_taken and not overwrite:
            raise Precondition("there is a card of this name")
        at = now()
        number = next_number(connection, viewer.book_id, viewer.origin, at)
        if there is not None:
            trash.throw_away(connection, there, number, at)
        if other is not None:
            group_cards.throw_away(connection, viewer, other, number, at)
        if mine is None:
            group_cards.rename(connection, viewer, group, new_href, number)
        else:
            aliases.rename(connection, viewer, mine["contact_id"], href, new_href, number)
            change_card(connection, mine, {"number": number})
        return is_taken
