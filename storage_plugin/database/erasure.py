"""Erase a person everywhere: record, card, history, deleted items, conflicts, photos (design, section 3).

What remains are numbers, and the names of cards under which devices must remove theirs. A "me" card that was this
one is forgotten, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from json import dumps
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, or_, select, text

from storage_plugin.database.aliases import taken_names
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.farewell import forget
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold, hold_deleted
from storage_plugin.database.mirror_schema import leftover, link
from storage_plugin.database.properties import forget_card
from storage_plugin.database.raw_reads import InOrder, one_of
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import EVERYONE, card, metadata, search, trash, user, version
from storage_plugin.database.timeline import timeline
from storage_plugin.database.writing import next_number, now
from storage_plugin.model.book import ContactId, NotFound, Origin
from storage_plugin.model.contact import display_name
from storage_plugin.model.marking import N_
from storage_plugin.model.view import folded
from storage_plugin.vcard.mapping import contact_from_vcard
from storage_plugin.vcard.search import may_have, search_text


@dataclass(frozen=True, slots=True)
class Trace:
    """A record in which the sought words stand; ``where`` is "book", "deleted items" or "history".

    ``owner_id``: whose own, plain contact it was when it said so.
    """

    id: ContactId
    name: str
    where: str
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, who had seen it, and what erasing cannot reach, in sentences."""

    ids: tuple[ContactId, ...]
    seen_by: tuple[str, ...]
    out_of_reach: tuple[str, ...]


def traces(database: Database, book_id: int, words: str, *, most: int | None = None) -> Sequence[Trace]:
    """Find the records that ``erase`` would be meant for: in the book, the deleted items, or former versions.

    They are in the order of their ids, ``most`` of them where that is given.
    """
    wanted = folded(words).split()
    return _traces(database, book_id, wanted, most) if wanted else []


@retried
def _traces(database: Database, book_id: int, words: list[str], most: int | None) -> Sequence[Trace]:
    drain(database)
    here = and_(*(database.has(search.c.text, word) for word in words))
    with database.reading() as connection:
        living = set(connection.execute(_LIVING.where(here), {"book": book_id}).scalars())
        past: dict[int, tuple[str, str, int]] = {}
        for where, statement in _PAST.items():
            for key, text_, audience in tuples_of(connection, statement, {"book": book_id}):
                if key not in living and key not in past and _has(text_, words):
                    past[key] = (where, text_, audience)
        ids = sorted(living | past.keys())[:most]
        rows = tuples_of(connection, _cards(database.is_sqlite), {"ids": dumps(sorted(living.intersection(ids)))})
    found = past | {key: ("book", text_, audience) for key, text_, audience in rows}
    return [_trace(key, *found[key]) for key in ids]


def _trace(key: int, where: str, text_: str, audience: int) -> Trace:
    owner_id = audience if audience > EVERYONE else None
    return Trace(ContactId(key), display_name(contact_from_vcard(text_)), where, owner_id)


_TEXTS_FIRST = InOrder(search, card, search.c.contact_id == card.c.contact_id)
_LIVING = select(card.c.contact_id).select_from(_TEXTS_FIRST).where(card.c.book_id == bindparam("book"))
_PAST = {
    where: select(table.c.contact_id, table.c.text, table.c.audience).where(table.c.book_id == bindparam("book"))
    for where, table in (("deleted items", trash), ("history", version))
}


@cache
def _cards(is_sqlite: bool) -> Select[Any]:
    columns = (card.c.contact_id, card.c.text, card.c.audience)
    return select(*columns).where(one_of(card.c.contact_id, "ids", sqlite=is_sqlite))


def _has(text_: str, words: list[str]) -> bool:
    if not may_have(text_, words):
        return False
    haystack = search_text(text_)
    return all(word in haystack for word in words)


def erase(database: Database, book_id: int, ids: Iterable[ContactId], by: Origin) -> Erased:
    """Erase records everywhere; raise NotFound for one of which nothing is known. There is no way back."""
    drain(database)
    wanted = tuple(sorted(set(ids)))
    users, mentions, said, is_mirrored, is_left = _erase(database, book_id, wanted, by)
    out_of_reach = [
        N_("backups that were made before, and files that were exported"),
        N_("devices that have the card: they remove it at their next sync, and keep it if they never sync again"),
    ]
    if is_mirrored:
        out_of_reach.append(N_("the mirrored folders: their items are removed by the next run of the mirror"))
    if is_left:
        out_of_reach.append(
            N_("what a switch of books left in a folder: `contact-bridge cleanup leftovers` removes it")
        )
    if mentions:
        out_of_reach.append(N_(f"other records that mention the name: {', '.join(map(str, mentions))}"))
    if said:
        out_of_reach.append(N_(f"what users set on their devices and mentions the name: {', '.join(said)}"))
    out_of_reach += scrub(database)
    return Erased(wanted, users, tuple(out_of_reach))


@retried
def _erase(
    database: Database, book_id: int, ids: Sequence[ContactId], by: Origin
) -> tuple[tuple[str, ...], list[int], list[str], bool, bool]:
    at, users, names = now(), dict[int, set[str]](), set[str]()
    with database.writing() as connection:
        is_mirrored, is_left = (
            connection.execute(select(table.c.contact_id).where(table.c.contact_id.in_(ids))).first() is not None
            for table in (link, leftover)
        )
        for contact_id in ids:
            names |= _names(connection, book_id, contact_id)
        number = next_number(connection, book_id, by, at) if ids else 0
        for contact_id in ids:
            for user_id, hrefs in forget(connection, book_id, contact_id, number).items():
                users.setdefault(user_id, set()).update(hrefs)
        taken = taken_names(connection, book_id, sorted(set().union(*users.values())))
        gone = {user_id: hrefs - taken for user_id, hrefs in users.items()}
        said = forget_card(connection, book_id, gone, names)
        seen_by = connection.execute(select(user.c.name).where(user.c.id.in_(users)).order_by(user.c.name)).scalars()
        return tuple(seen_by), _mentions(database, connection, book_id, names), said, is_mirrored, is_left


def _names(connection: Connection, book_id: int, contact_id: ContactId) -> set[str]:
    """Hold a record and give the names it has gone by; raise NotFound."""
    for held in (hold, hold_deleted):
        try:
            held(connection, book_id, contact_id)
            break
        except NotFound:
            continue
    states = timeline(connection, book_id, contact_id).states
    if not states:
        raise NotFound(f"nothing is known of a record {contact_id}")
    return {folded(name) for state in states if len(name := display_name(contact_from_vcard(state.text))) > 2}


def _mentions(database: Database, connection: Connection, book_id: int, names: set[str]) -> list[int]:
    """Find the other records in which one of ``names`` stands, as the manager's for instance."""
    if not names:
        return []
    here: list[ColumnElement[bool]] = [
        database.contains(search.c.text, bindparam(None, name)) for name in sorted(names)
    ]
    statement = select(card.c.contact_id).join_from(card, search).where(card.c.book_id == book_id, or_(*here))
    return sorted(connection.execute(statement).scalars())


# --- the bytes --------------------------------------------------------------------------------------------------


def scrub(database: Database) -> list[str]:
    """Overwrite what deleted rows left in the database's files; say what could not be."""
    if database.is_sqlite:
        return _scrub_sqlite(database)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in metadata.sorted_tables:
            connection.execute(text(f'VACUUM (ANALYZE) "{table.name}"'))
    return [
        N_("PostgreSQL's own files, until the space is used again (VACUUM FULL does it at once), and its WAL archive")
    ]


def _scrub_sqlite(database: Database) -> list[str]:
    """Write the file anew (VACUUM) and empty the write-ahead log, in which old pages lie."""
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout=5000")
        try:
            driver.execute("VACUUM")
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            driver.execute("PRAGMA busy_timeout=0")
    return [N_("the write-ahead log, until nobody reads an older state (erase again then)")] if busy else []
