"""What somebody should look after: mirrors that have failed for long, and devices that have fallen silent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.mirror_schema import mirror, run
from storage_plugin.database.mirrors import State
from storage_plugin.database.runs import Outcome
from storage_plugin.database.schema import device, setting, user

_TOLD = "troubles_told"
_AGAIN = timedelta(days=1)

_GOOD = (
    select(func.max(run.c.id))
    .where(run.c.mirror_id == mirror.c.id, run.c.outcome.in_((Outcome.DONE.value, Outcome.PARTLY.value)))
    .correlate(mirror)
    .scalar_subquery()
)
_IS_BAD = and_(run.c.mirror_id == mirror.c.id, run.c.outcome.is_not(None), run.c.id > func.coalesce(_GOOD, 0))
_FAILING = (
    select(user.c.name, func.min(run.c.started_at).label("since"))
    .join_from(mirror, user, user.c.id == mirror.c.user_id)
    .join(run, _IS_BAD)
    .where(mirror.c.state != State.STOPPED.value)
    .group_by(user.c.name)
    .order_by(user.c.name)
)
_ERRORS = (
    select(user.c.name, run.c.ended_at, run.c.outcome, run.c.reason)
    .join_from(run, user, user.c.id == run.c.user_id)
    .where(or_(run.c.outcome == Outcome.FAILED.value, run.c.outcome == Outcome.BROKEN_OFF.value))
    .order_by(run.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class Failing:
    """A user's mirror, and since when (UTC, ISO 8601) none of its runs has ended well."""

    user: str
    since: str


@dataclass(frozen=True, slots=True)
class Silent:
    """A device that was used before, and when (UTC, ISO 8601) it was last."""

    user: str
    device: str
    used_at: str


@dataclass(frozen=True, slots=True)
class RunError:
    """A run that failed; ``reason`` is one sentence, or ""."""

    user: str
    at: str
    outcome: str
    reason: str


@retried
def failing_mirrors(database: Database, before: datetime) -> Sequence[Failing]:
    """List the mirrors that have failed since before a time; stopped ones do not fail."""
    with database.reading() as connection:
        rows = connection.execute(_FAILING.having(func.min(run.c.started_at) < _text(before))).all()
    return [Failing(row.name, row.since) for row in rows]


@retried
def silent_devices(database: Database, before: datetime) -> Sequence[Silent]:
    """List the devices that were used, and not since a time; neither new ones nor those that are shut out."""
    wanted = (
        select(user.c.name, device.c.name.label("device"), device.c.last_used_at)
        .join_from(device, user)
        .where(device.c.revoked_at.is_(None), device.c.last_used_at < _text(before))
        .order_by(user.c.name, device.c.id)
    )
    with database.reading() as connection:
        return [Silent(*row) for row in connection.execute(wanted)]


@retried
def run_errors(database: Database, most: int = 10) -> Sequence[RunError]:
    """List the last runs that failed, the newest first."""
    with database.reading() as connection:
        rows = connection.execute(_ERRORS.limit(most)).all()
    return [RunError(row.name, row.ended_at or "", row.outcome, row.reason or "") for row in rows]


def claim(database: Database, keys: Sequence[str], at: datetime) -> Sequence[str]:
    """Note that these troubles are told now; give those that nobody has told within a day.

    One process alone is given each: on PostgreSQL, whoever comes second finds the row another, and is given none.
    """
    try:
        return _claim(database, keys, at)
    except IntegrityError:  # another process was the first ever, at this moment
        return []


@retried
def _claim(database: Database, keys: Sequence[str], at: datetime) -> Sequence[str]:
    with database.writing() as connection:
        said = connection.execute(select(setting.c.value).where(setting.c.name == _TOLD)).scalar()
        told = {key: when for key, when in json.loads(said or "{}").items() if _is_fresh(when, at)}
        new = [key for key in keys if key not in told]
        if not new:
            return []
        if said is not None:
            mine = (setting.c.name == _TOLD, setting.c.value == said)
            if connection.execute(delete(setting).where(*mine)).rowcount == 0:
                return []
        value = json.dumps(told | dict.fromkeys(new, _text(at)), sort_keys=True)
        connection.execute(insert(setting).values(name=_TOLD, value=value))
        return new


@retried
def forget(database: Database, keys: Sequence[str]) -> None:
    """Take back a claim: what was to be told was not."""
    with database.writing() as connection:
        said = connection.execute(select(setting.c.value).where(setting.c.name == _TOLD).with_for_update()).scalar()
        told = {key: when for key, when in json.loads(said or "{}").items() if key not in keys}
        connection.execute(delete(setting).where(setting.c.name == _TOLD))
        connection.execute(insert(setting).values(name=_TOLD, value=json.dumps(told, sort_keys=True)))


def _is_fresh(when: str, at: datetime) -> bool:
    return datetime.fromisoformat(when) <= at < datetime.fromisoformat(when) + _AGAIN


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
