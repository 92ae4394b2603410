"""The runs of mirrors: when, with what outcome, and what was done to whom."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.formers import former_from_json, former_to_json, mark_of
from storage_plugin.database.leases import Lease, hold_lease
from storage_plugin.database.mirror_schema import mirror, run, run_entry
from storage_plugin.database.writing import now, storable
from storage_plugin.model.book import ContactId, NotFound
from storage_plugin.model.mirror import Former, Link


class Outcome(StrEnum):
    """How a run ended: ``PARTLY`` with failures of single contacts, ``ASKING`` stopped by the guard."""

    DONE = "done"
    PARTLY = "partly"
    ASKING = "asking"
    FAILED = "failed"
    BROKEN_OFF = "broken off"


@dataclass(frozen=True, slots=True)
class Run:
    """One run; ``ended_at`` and ``outcome`` are "" and None while it goes on, or when it was killed.

    ``mirror_id`` is None once the mirror was removed.
    """

    id: int
    mirror_id: int | None
    kind: str
    started_at: str
    ended_at: str
    outcome: Outcome | None
    reason: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done to one contact; ``contact`` is None where none of ours is concerned.

    ``former`` is what there was before, for an undo; ``revision`` is the record's where the action did not change it.
    """

    action: str
    contact: ContactId | None = None
    name: str = ""
    detail: str = ""
    former: Former | None = field(default=None, compare=False)
    revision: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a run did to one contact, to take it back: what was before its first action, what became of its last.

    ``became`` is the mark of the link then (``formers``), ``revision`` the record's; ``actions`` are in order.
    """

    contact: ContactId
    name: str
    actions: tuple[str, ...]
    former: Former
    became: str
    revision: int


_OF_USER = select(run).where(run.c.user_id == bindparam("user")).order_by(run.c.id.desc()).limit(bindparam("most"))
_OF_MIRROR = select(run).where(run.c.mirror_id == bindparam("mirror")).order_by(run.c.id.desc()).limit(1)
_ONE = select(run).where(run.c.id == bindparam("run"))
_ONE_OF_USER = _ONE.where(run.c.user_id == bindparam("user"))
_AFTER = select(run).where(run.c.mirror_id == bindparam("mirror"), run.c.id > bindparam("run")).order_by(run.c.id)
_ENTRIES = select(run_entry).where(run_entry.c.run_id == bindparam("run")).order_by(run_entry.c.id)
_TOLD = (
    select(run_entry.c.action, run_entry.c.contact_id, run_entry.c.name, run_entry.c.detail)
    .where(run_entry.c.run_id == bindparam("run"))
    .order_by(run_entry.c.id)
)
_COUNT = select(func.count()).select_from(run_entry).where(run_entry.c.run_id == bindparam("run"))
_INSERT = insert(run_entry)


class Runs:
    """The log of the mirrors' runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    def start(self, lease: Lease, kind: str) -> int:
        """Begin a run and give its id, which names its changes too; raise LeaseLost.

        A run of this mirror that has no end was killed: it is told so.
        """
        with self._database.writing() as connection:
            hold_lease(connection, lease)
            open_ = and_(run.c.mirror_id == lease.mirror_id, run.c.ended_at.is_(None))
            connection.execute(update(run).where(open_).values(ended_at=now(), outcome=Outcome.BROKEN_OFF.value))
            owner = select(mirror.c.user_id).where(mirror.c.id == lease.mirror_id)
            values = {"user_id": connection.execute(owner).scalar_one(), "mirror_id": lease.mirror_id}
            values |= {"kind": kind, "started_at": now()}
            key: int = connection.execute(insert(run).returning(run.c.id), values).scalar_one()
            return key

    @retried
    def end(
        self, run_id: int, outcome: Outcome, counts: Mapping[str, int], *, reason: str = "", log: Sequence[Entry] = ()
    ) -> None:
        """End a run, with what it has not logged yet; ``reason`` is one sentence. Raises NotFound."""
        values = {"ended_at": now(), "outcome": outcome.value, "reason": reason or None}
        values["counts"] = json.dumps(dict(counts), sort_keys=True)
        with self._database.writing() as connection:
            if connection.execute(update(run).where(run.c.id == run_id).values(values)).rowcount == 0:
                raise NotFound(f"there is no run {run_id}")
            write_entries(connection, run_id, log)

    @retried
    def planned(self, run_id: int, number: int) -> None:
        """Say how many contacts a run that goes on has something to do with; its end counts what was done."""
        with self._database.writing() as connection:
            values = {"counts": json.dumps({"planned": number})}
            connection.execute(update(run).where(run.c.id == run_id).values(values))

    @retried
    def of_user(self, user_id: int, most: int = 100) -> list[Run]:
        """Read a user's last runs, newest first; those of a mirror that was removed, too."""
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(_OF_USER, {"user": user_id, "most": most})]

    @retried
    def last(self, mirror_id: int) -> Run | None:
        """Read the newest run of a mirror."""
        with self._database.reading() as connection:
            row = connection.execute(_OF_MIRROR, {"mirror": mirror_id}).first()
            return None if row is None else _run(row)

    @retried
    def entries(self, run_id: int) -> list[Entry]:
        """Read what a run did, in order."""
        with self._database.reading() as connection:
            rows = connection.execute(_ENTRIES, {"run": run_id}).all()
        return [Entry(row.action, row.contact_id, row.name or "", row.detail or "") for row in rows]

    @retried
    def some_entries(self, run_id: int, start: int, most: int) -> list[Entry]:
        """Read a part of what a run did, in order."""
        part = _TOLD.offset(start).limit(most)
        with self._database.reading() as connection:
            rows = connection.execute(part, {"run": run_id}).all()
        return [Entry(row.action, row.contact_id, row.name or "", row.detail or "") for row in rows]

    @retried
    def count(self, run_id: int) -> int:
        """Count the lines of a run's log, so far."""
        with self._database.reading() as connection:
            return int(connection.execute(_COUNT, {"run": run_id}).scalar_one())

    @retried
    def deeds(self, run_id: int) -> list[Deed]:
        """Read what a run did, contact by contact, to take it back; in the order of the first actions."""
        with self._database.reading() as connection:
            rows = connection.execute(_ENTRIES, {"run": run_id}).all()
        found: dict[ContactId, Deed] = {}
        for row in rows:
            if row.contact_id is None or row.former is None:
                continue
            known = found.get(row.contact_id)
            actions = (*(known.actions if known else ()), row.action)
            former = known.former if known else former_from_json(row.former)
            now = (row.became or "", row.revision or 0)
            found[row.contact_id] = Deed(row.contact_id, row.name or "", actions, former, *now)
        return list(found.values())

    @retried
    def get(self, run_id: int) -> Run:
        """Read a run; raise NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(_ONE, {"run": run_id}).first()
        if row is None:
            raise NotFound(f"there is no run {run_id}")
        return _run(row)

    @retried
    def of_user_get(self, user_id: int, run_id: int) -> Run:
        """Read a run of a user's mirror; raise NotFound for one that is not."""
        with self._database.reading() as connection:
            row = connection.execute(_ONE_OF_USER, {"run": run_id, "user": user_id}).first()
        if row is None:
            raise NotFound(f"there is no run {run_id}")
        return _run(row)

    @retried
    def after(self, run: Run) -> list[Run]:
        """Read the runs of the same mirror since, oldest first."""
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(_AFTER, {"mirror": run.mirror_id, "run": run.id})]


def write_entries(
    connection: Connection,
    run_id: int,
    log: Sequence[Entry],
    links: Mapping[ContactId, Link] | None = None,
    revisions: Mapping[ContactId, int] | None = None,
) -> None:
    """Write lines of a run's log; the same transaction wrote ``links``, and records at these ``revisions``."""
    if log:
        rows = [_entry_row(entry, links or {}, revisions or {}) for entry in log]
        connection.execute(_INSERT, [{"run_id": run_id} | row for row in rows])


def _entry_row(entry: Entry, links: Mapping[ContactId, Link], revisions: Mapping[ContactId, int]) -> dict[str, Any]:
    said = {"name": storable(entry.name) or None, "detail": storable(entry.detail) or None}
    row = {"contact_id": entry.contact, "action": entry.action, "former": None, "became": None, "revision": None}
    if entry.former is None or entry.contact is None:
        return row | said
    became = mark_of(links.get(entry.contact)) or None
    revision = revisions.get(entry.contact, entry.revision)
    return row | said | {"former": former_to_json(entry.former), "became": became, "revision": revision}


def prune_runs(connection: Connection, before: str) -> int:
    """Drop the runs that ended before a time, with their logs; give their number."""
    return connection.execute(delete(run).where(run.c.ended_at < before)).rowcount


def _run(row: Any) -> Run:
    return Run(
        id=row.id,
        mirror_id=row.mirror_id,
        kind=row.kind,
        started_at=row.started_at,
        ended_at=row.ended_at or "",
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason or "",
        counts=json.loads(row.counts or "{}"),
    )
