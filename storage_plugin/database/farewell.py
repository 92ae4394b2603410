"""The end of a record for good: every trace of it goes, but for the names under which devices must remove it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from storage_plugin.database.binaries import drop_unused
from storage_plugin.database.business import uid_of
from storage_plugin.database.naming import names_for
from storage_plugin.database.schema import (
    EVERYONE,
    alias,
    conflict,
    contact,
    hidden,
    link,
    tombstone,
    touched,
    trash,
    version,
)
from storage_plugin.database.timeline import State, timeline
from storage_plugin.database.visibility import seers


def forget(connection: Connection, book_id: int, contact_id: int, gone_at: int) -> set[int]:
    """Remove a record wherever it stands; name the users who ever saw it.

    For each of them a tombstone says when the name went: at ``gone_at``, or before, when the record left his or her
    view. The business side, whose user is 0, is told the id. The link of a mirror stays, without what it said, so
    that the mirror removes its item.
    """
    life = timeline(connection, book_id, contact_id)
    seen = _seen(connection, life.states, gone_at)
    names = [{"user_id": user_id, "href": href, "number": number} for (user_id, href), number in seen.items()]
    names.append({"user_id": EVERYONE, "href": str(contact_id), "number": gone_at})
    conflicts = _conflicts(connection, contact_id, [state.text for state in life.states])
    for table, key in ((contact, contact.c.id), *((table, table.c.contact_id) for table in _TABLES)):
        connection.execute(delete(table).where(key == contact_id))
    connection.execute(update(link).where(link.c.contact_id == contact_id).values(projection=None, before=None))
    connection.execute(insert(tombstone), [{"book_id": book_id} | name for name in names])
    drop_unused(connection, [*(state.text for state in life.states), *conflicts])
    return {user_id for user_id, _ in seen}


_TABLES = (version, trash, hidden, alias, touched)


def _seen(connection: Connection, states: Sequence[State], gone_at: int) -> dict[tuple[int, str], int]:
    """Say who saw the record under which name, and when it went from there last."""
    seen: dict[tuple[int, str], int] = {}
    for state in states:
        row = {"audience": state.audience, "book_id": state.book_id, "text": state.text, "record": state.record}
        row |= {"contact_id": state.contact_id, "href": state.href}
        for user_id, href in names_for(connection, row, seers(connection, row)).items():
            seen[user_id, href] = min(state.until_number or gone_at, gone_at)
    return seen


def _conflicts(connection: Connection, contact_id: int, texts: Sequence[str]) -> list[str]:
    """Remove disagreements about a record, and cards of its UID that were only proposed; give their texts."""
    uids = {uid for text in texts if (uid := uid_of(text))}
    proposed = and_(conflict.c.contact_id.is_(None), conflict.c.theirs.is_not(None))
    found = connection.execute(select(conflict).where(or_(conflict.c.contact_id == contact_id, proposed)))
    about = [row for row in found if row.contact_id is not None or uid_of(row.theirs) in uids]
    connection.execute(delete(conflict).where(conflict.c.id.in_([row.id for row in about])))
    return [text for row in about for text in (row.ours, row.theirs) if text]
