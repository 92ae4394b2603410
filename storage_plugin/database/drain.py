"""Bring what people wrote with plain SQL into the cards: find what was touched, hold it, and settle it in slices.

Whoever reads a sync token drains first. A drain never waits for somebody at psql, nor lets one wait for long:

- One drain at a time (PostgreSQL: an advisory lock; SQLite: one writer), so that no two make a card of one contact.
- It holds each contact against deletion (FOR KEY SHARE), and passes by those that somebody holds more firmly: an
  open DELETE, or a phone's PUT, which settles its own contact. They stay touched for the next drain.
- ``touched`` is emptied before the rows are read. Under READ COMMITTED each statement sees what was committed before
  it: what a deleted line stood for is read afterwards, and a line that comes later stays for the next drain.
- A phone is answered although a drain could not be done, or would take long: it learns of the rest next time. What
  nobody waits for any more is carried on in the background, so that next time is the next poll of any phone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, select, text

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import MISSED
from storage_plugin.database.schema import contact, touched
from storage_plugin.database.settling import settle_held

SLICE_SECONDS = 0.15
"""What a transaction should take, so that a phone's PUT never waits long."""

SLICES = (10, 50, 400)
"""Contacts per transaction: at least, at first, at most."""

PATIENCE = 2.0
"""Seconds that one reader spends on draining before it answers with what is done; the rest is carried on."""

BREATH = 0.02
"""Seconds between two transactions of what is carried on, in which others have their turn."""

TURN_SECONDS = 1.0
"""How long a drain waits for its turn; it holds nothing meanwhile."""

_log = logging.getLogger(__name__)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_TOUCHED = (
    select(touched.c.contact_id)
    .where(touched.c.contact_id > bindparam("after"))
    .distinct()
    .order_by(touched.c.contact_id)
    .limit(bindparam("most"))
)
_FORGET = delete(touched).where(touched.c.contact_id.in_(_IDS))
_HELD = (
    select(contact.c.id)
    .where(contact.c.id.in_(_IDS))
    .order_by(contact.c.id)
    .with_for_update(read=True, key_share=True, skip_locked=True)
)
_LIVING = select(contact.c.id).where(contact.c.id.in_(_IDS))
_ONE_DRAIN = select(func.pg_advisory_xact_lock(text("x'44524e'::bigint")))
_NO_WAITING = text("SELECT set_config('lock_timeout', '100ms', true)")


def drain(database: Database) -> int:
    """Settle what was touched, in slices, for PATIENCE seconds at most; give the number of contacts settled.

    Never raises for want of a lock, of room or of a database: what is not done stays touched.
    """
    until, settled = time.monotonic() + PATIENCE, 0
    try:
        for done in _slices(database):
            settled += done
            if time.monotonic() >= until:
                _carry_on(database)
                break
    except MISSED as error:
        _log.info("changes made with SQL wait for the next sign-in: %s", error)
    return settled


def _slices(database: Database) -> Iterator[int]:
    """Settle slice after slice until nothing is left; give how many contacts each has settled."""
    after = 0
    least, size, most = SLICES
    while True:
        began = time.monotonic()
        found, done = _slice(database, after, size)
        took = max(time.monotonic() - began, 0.001)
        yield done
        if len(found) < size:
            return
        after = found[-1]
        size = int(min(max(size * SLICE_SECONDS / took, least), size * 2, most))


def _carry_on(database: Database) -> None:
    """Settle the rest in the background, unless that is being done already in this process."""

    def finish(closing: Event) -> None:
        try:
            for _ in _slices(database):
                if closing.wait(BREATH):
                    return
        except MISSED as error:
            _log.info("changes made with SQL wait for the next sign-in: %s", error)
        except Exception:
            _log.exception("changes made with SQL wait for the next sign-in")

    database.in_background("drain", finish)


def _slice(database: Database, after: int, size: int) -> tuple[Sequence[int], int]:
    """Settle the next contacts in one transaction; give those found touched, and how many of them are settled."""
    with database.writing(patience=TURN_SECONDS) as connection:
        if not database.is_sqlite:
            connection.execute(_ONE_DRAIN)
            connection.execute(_NO_WAITING)
        found = connection.execute(_TOUCHED, {"after": after, "most": size}).scalars().all()
        held = _hold(connection, found)
        settle(connection, held)
        return found, len(held)


def _hold(connection: Connection, ids: Sequence[int]) -> Sequence[int]:
    """Hold those contacts that nobody else holds, and leave out those that somebody does."""
    if not ids or connection.dialect.name == "sqlite":
        return ids
    held = set(connection.execute(_HELD, {"ids": ids}).scalars())
    if len(held) == len(ids):
        return ids
    others = set(connection.execute(_LIVING, {"ids": ids}).scalars()) - held
    return [key for key in ids if key not in others]


def settle(connection: Connection, ids: Sequence[int]) -> None:
    """Settle the given contacts, which the caller holds, inside a writing."""
    if ids:
        connection.execute(_FORGET, {"ids": list(ids)})
        settle_held(connection, ids)
