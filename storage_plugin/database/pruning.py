"""Let go of what is older than the installation keeps: former versions, tombstones, change lines, the runs' log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, select, update

from storage_plugin.database.binaries import drop_unused
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.runs import prune_runs
from storage_plugin.database.schema import (
    book,
    card,
    change,
    conflict,
    device_card,
    group_card,
    tombstone,
    trash,
    version,
)

KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was let go; ``oldest`` is the oldest number from which a sync can still go on."""

    versions: int
    tombstones: int
    changes: int
    oldest: int


def prune(database: Database, days: int = KEPT_DAYS, *, at: datetime | None = None) -> dict[int, Pruned]:
    """Drop the history of all books (by id) that is older than ``days`` at the time ``at``; the deleted items stay.

    Devices whose token is older than that start afresh at their next sync.
    """
    before = (at or datetime.now(UTC)).astimezone(UTC) - timedelta(days=days)
    stamp = before.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with database.reading() as connection:
        books = connection.execute(select(book.c.id).order_by(book.c.id)).scalars().all()
    _prune_log(database, stamp)
    return {book_id: _prune(database, book_id, stamp) for book_id in books}


@retried
def _prune_log(database: Database, before: str) -> None:
    with database.writing() as connection:
        prune_runs(connection, before)
        connection.execute(delete(device_card).where(device_card.c.contact_id.not_in(select(card.c.contact_id))))


@retried
def _prune(database: Database, book_id: int, before: str) -> Pruned:
    with database.writing() as connection:
        known = select(book.c.oldest_number).where(book.c.id == book_id)
        oldest: int = connection.execute(known).scalar_one()
        last = select(func.max(change.c.number)).where(change.c.book_id == book_id, change.c.at < before)
        oldest = max(oldest, connection.execute(last).scalar() or 0)
        old = and_(version.c.book_id == book_id, version.c.until_number <= oldest)
        texts = list(connection.execute(select(version.c.text).where(old, version.c.text.contains("\x1f"))).scalars())
        versions = connection.execute(delete(version).where(old)).rowcount
        gone = and_(tombstone.c.book_id == book_id, tombstone.c.number <= oldest)
        tombstones = connection.execute(delete(tombstone).where(gone)).rowcount
        dead = and_(group_card.c.book_id == book_id, group_card.c.number <= oldest, group_card.c.deleted)
        connection.execute(delete(group_card).where(dead))
        texts += _forget_conflicts(connection, book_id, before)
        changes = _forget_changes(connection, book_id, oldest)
        drop_unused(connection, texts)
        connection.execute(update(book).where(book.c.id == book_id).values(oldest_number=oldest))
    return Pruned(versions, tombstones, changes, oldest)


def _forget_conflicts(connection: Connection, book_id: int, before: str) -> list[str]:
    """Drop disagreements that were settled long ago; give their texts."""
    old = and_(conflict.c.book_id == book_id, conflict.c.at < before, conflict.c.resolved_at.is_not(None))
    rows = connection.execute(select(conflict.c.ours, conflict.c.theirs).where(old)).all()
    connection.execute(delete(conflict).where(old))
    return [text for row in rows for text in row if text]


def _forget_changes(connection: Connection, book_id: int, oldest: int) -> int:
    """Drop change lines, but for those that tell who made a state that is still known."""
    told = (
        select(card.c.since_number).where(card.c.book_id == book_id),
        select(version.c.from_number).where(version.c.book_id == book_id),
        select(trash.c.since_number).where(trash.c.book_id == book_id),
        select(trash.c.number).where(trash.c.book_id == book_id, trash.c.number.is_not(None)),
    )
    here = and_(change.c.book_id == book_id, change.c.number <= oldest)
    kept = [change.c.number.not_in(numbers) for numbers in told]
    return connection.execute(delete(change).where(here, *kept)).rowcount
