"""The end of a record for good: every trace of it goes, but for the names under which devices must remove it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from storage_plugin.database.aliases import names_of
from storage_plugin.database.binaries import drop_unused
from storage_plugin.database.business import uid_of
from storage_plugin.database.mirror_schema import failure, imported, journal, leftover, link, run_entry
from storage_plugin.database.schema import (
    EVERYONE,
    alias,
    conflict,
    contact,
    hidden,
    tombstone,
    touched,
    trash,
    version,
)
from storage_plugin.database.timeline import State, timeline
from storage_plugin.database.visibility import seers
from storage_plugin.database.web_schema import distinct_pair


def forget(connection: Connection, book_id: int, contact_id: int, gone_at: int) -> dict[int, set[str]]:
    """Remove a record wherever it stands; tell the users who ever saw it, and under which names.

    For each of them a tombstone says when the name went: at ``gone_at``, or before, when the record left his or her
    view. The business side, whose user is 0, is told the id. The link of a mirror stays, without what it said, and so
    does what is under way in the folder: the mirror removes its item.
    """
    life = timeline(connection, book_id, contact_id)
    seen = _seen(connection, life.states, gone_at)
    names = [*seen, {"user_id": EVERYONE, "href": str(contact_id), "from_number": 0, "number": gone_at}]
    of_pairs = or_(distinct_pair.c.one_id == contact_id, distinct_pair.c.other_id == contact_id)
    connection.execute(delete(distinct_pair).where(of_pairs))
    conflicts = _conflicts(connection, contact_id, [state.text for state in life.states])
    for table, key in ((contact, contact.c.id), *((table, table.c.contact_id) for table in _TABLES)):
        connection.execute(delete(table).where(key == contact_id))
    for table in (link, leftover):
        connection.execute(update(table).where(table.c.contact_id == contact_id).values(_SAYING_NOTHING))
    connection.execute(update(journal).where(journal.c.contact_id == contact_id).values(sent=None))
    connection.execute(insert(tombstone), [{"book_id": book_id} | name for name in names])
    drop_unused(connection, [*(state.text for state in life.states), *conflicts])
    told: dict[int, set[str]] = {}
    for name in seen:
        told.setdefault(name["user_id"], set()).add(name["href"])
    return told


_TABLES = (version, trash, hidden, alias, touched, tombstone, run_entry, failure, imported)
_SAYING_NOTHING = dict.fromkeys(("ours", "theirs", "photo_ours", "photo_theirs", "kept", "before"))


def _seen(connection: Connection, states: Sequence[State], gone_at: int) -> list[dict[str, Any]]:
    """Say who saw the record under which name, from which number until which."""
    seen = []
    for state in states:
        row = {"audience": state.audience, "book_id": state.book_id, "text": state.text, "record": state.record}
        until = min(state.until_number or gone_at, gone_at)
        for user_id in seers(connection, row):
            for href, begin, end in names_of(connection, user_id, state.contact_id, state.href):
                who = {"user_id": user_id, "href": href}
                begin, end = max(begin, state.from_number), min(end or until, until)
                if begin < end:
                    seen.append(who | {"from_number": begin, "number": end})
    return seen


def _conflicts(connection: Connection, contact_id: int, texts: Sequence[str]) -> list[str]:
    """Remove disagreements about a record, and cards of its UID that were only proposed; give their texts."""
    uids = {uid for text in texts if (uid := uid_of(text))}
    proposed = and_(conflict.c.contact_id.is_(None), conflict.c.theirs.is_not(None))
    found = connection.execute(select(conflict).where(or_(conflict.c.contact_id == contact_id, proposed)))
    about = [row for row in found if row.contact_id is not None or uid_of(row.theirs) in uids]
    connection.execute(delete(conflict).where(conflict.c.id.in_([row.id for row in about])))
    return [text for row in about for text in (row.ours, row.theirs) if text]
