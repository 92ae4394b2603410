"""Which bridge process runs a mirror: a lease in its row, so that two processes never run one mirror at once.

A lease ends at a time of the caller's clock unless it is renewed; then anybody may take it. A process that was held
up for longer than its lease (a paused machine) finds out before it does anything more: every transaction of a run
holds the row of the mirror and looks who has the lease (``hold_lease``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.mirror_schema import mirror
from storage_plugin.model.book import BookError


class LeaseLost(BookError):
    """Another process runs this mirror now: stop at once, and leave the rest to it."""


LONGEST = timedelta(days=2)
"""Nobody takes a mirror for so long: whoever has it until later had a clock that was wrong."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a mirror; ``holder`` names a process and is never used by another one."""

    mirror_id: int
    holder: str


_MINE = (mirror.c.id == bindparam("mirror"), mirror.c.leased_by == bindparam("holder"))
_FREE = or_(
    mirror.c.leased_by.is_(None),
    mirror.c.leased_by == bindparam("holder"),
    mirror.c.leased_until <= bindparam("now"),
    mirror.c.leased_until > bindparam("latest"),
)
_UNTIL: dict[str, Any] = {"leased_until": bindparam("until")}
_TAKE = update(mirror).where(mirror.c.id == bindparam("mirror"), _FREE)
_TAKE = _TAKE.values({"leased_by": bindparam("new_holder")} | _UNTIL)
_RENEW = update(mirror).where(*_MINE).values(_UNTIL)
_RELEASE = update(mirror).where(*_MINE).values(leased_by=None, leased_until=None)
_HOLD = select(mirror.c.leased_by).where(mirror.c.id == bindparam("mirror")).with_for_update(read=True)


@retried
def take_lease(database: Database, mirror_id: int, holder: str, now: datetime, seconds: float) -> Lease | None:
    """Take a mirror for ``seconds``; None while another process holds it (or when there is no such mirror)."""
    wanted = {"mirror": mirror_id, "holder": holder, "new_holder": holder, "now": _text(now)}
    wanted["latest"] = _text(now + LONGEST)
    with database.writing() as connection:
        taken = connection.execute(_TAKE, wanted | {"until": _until(now, seconds)}).rowcount == 1
    return Lease(mirror_id, holder) if taken else None


@retried
def renew_lease(database: Database, lease: Lease, now: datetime, seconds: float) -> None:
    """Hold a lease for ``seconds`` from now on; raise LeaseLost when somebody has taken it over."""
    with database.writing() as connection:
        wanted = {"mirror": lease.mirror_id, "holder": lease.holder, "until": _until(now, seconds)}
        if connection.execute(_RENEW, wanted).rowcount == 0:
            raise LeaseLost(f"another process runs mirror {lease.mirror_id} now")


@retried
def release_lease(database: Database, lease: Lease) -> None:
    """Give a lease back; one that was taken over is left alone."""
    with database.writing() as connection:
        connection.execute(_RELEASE, {"mirror": lease.mirror_id, "holder": lease.holder})


def hold_lease(connection: Connection, lease: Lease) -> None:
    """Hold off whoever would take the lease until the transaction ends; raise LeaseLost when it is not ours."""
    holder = connection.execute(_HOLD, {"mirror": lease.mirror_id}).scalar()
    if holder != lease.holder:
        raise LeaseLost(f"another process runs mirror {lease.mirror_id} now")


def _until(now: datetime, seconds: float) -> str:
    return _text(now + timedelta(seconds=seconds))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
