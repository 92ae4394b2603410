"""How long history and deleted items are kept, and letting go of what is older, once a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from storage_plugin.database.books import Books
from storage_plugin.database.deleted_items import empty
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.pruning import KEPT_DAYS, prune
from storage_plugin.database.schema import setting, trash
from storage_plugin.model.book import ContactId, Refused

SHORTEST, LONGEST = 30, 3650
"""Days: below a month, a phone that was on a journey would have to start afresh, and an undo comes too late."""

_PREFIX = "kept."
_TIDIED = "tidied_at"
_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that things are kept; ``deleted_days`` 0: deleted items stay until somebody removes them."""

    history_days: int = KEPT_DAYS
    deleted_days: int = 0


@retried
def retention(database: Database) -> Retention:
    """Give what is set."""
    with database.reading() as connection:
        rows = connection.execute(select(setting).where(setting.c.name.startswith(_PREFIX))).all()
    said = {row.name.removeprefix(_PREFIX): int(row.value) for row in rows}
    return Retention(**{name: said.get(name, days) for name, days in asdict(Retention()).items()})


@retried
def set_retention(database: Database, wanted: Retention) -> None:
    """Set it, from the next tidying on; raise Refused for a time that is too short or too long."""
    for days in (wanted.history_days, wanted.deleted_days or SHORTEST):
        if not SHORTEST <= days <= LONGEST:
            raise Refused(f"keep it for {SHORTEST} to {LONGEST} days")
    with database.writing() as connection:
        _write(connection, {f"{_PREFIX}{name}": str(days) for name, days in asdict(wanted).items()})


def tidy_when_due(database: Database, at: datetime) -> bool:
    """Tidy unless somebody has done so within a day of ``at``; tell whether it was done."""
    if not _claim(database, at.astimezone(UTC)):
        return False
    tidy(database, at)
    return True


def tidy(database: Database, at: datetime) -> None:
    """Let go of what is older than it is kept, counted from ``at``."""
    kept = retention(database)
    prune(database, kept.history_days, at=at)
    if kept.deleted_days:
        before = (at.astimezone(UTC) - timedelta(days=kept.deleted_days)).isoformat(timespec="milliseconds")
        for book in Books(database).all():
            if ids := _deleted_before(database, book.id, before.replace("+00:00", "Z")):
                empty(database, book.id, ids)


@retried
def _deleted_before(database: Database, book_id: int, before: str) -> list[ContactId]:
    old = (trash.c.book_id == book_id, trash.c.number.is_not(None), trash.c.deleted_at < before)
    with database.reading() as connection:
        return [ContactId(key) for key in connection.execute(select(trash.c.contact_id).where(*old)).scalars()]


@retried
def _claim(database: Database, at: datetime) -> bool:
    """Note that this process tidies now; tell whether that was due."""
    with database.writing() as connection:
        said = connection.execute(select(setting.c.value).where(setting.c.name == _TIDIED)).scalar()
        if said and datetime.fromisoformat(said) <= at < datetime.fromisoformat(said) + _EVERY:
            return False
        _write(connection, {_TIDIED: at.isoformat(timespec="seconds")})
        return True


def _write(connection: Connection, values: Mapping[str, str]) -> None:
    connection.execute(delete(setting).where(setting.c.name.in_(values)))
    connection.execute(insert(setting), [{"name": name, "value": value} for name, value in values.items()])
