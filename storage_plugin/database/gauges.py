"""How the installation stands, in numbers for whoever watches it: no contact is looked at, and nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from storage_plugin.database.engine import Database
from storage_plugin.database.mirror_schema import failure, journal, mirror, run
from storage_plugin.database.mirrors import State
from storage_plugin.database.runs import Outcome
from storage_plugin.database.schema import book, change, conflict, touched, user


@dataclass(frozen=True, slots=True)
class MirrorGauge:
    """One mirror. ``succeeded_at`` is when a run last ended well, ``waiting_since`` when the oldest change was made
    that it has not dealt with; both ISO 8601 in UTC, "" for never and for none.
    """

    user: str
    target: str
    state: State
    succeeded_at: str
    waiting_since: str
    waiting_changes: int
    failures: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """Everything at one moment.

    ``touched``: rows that plain SQL changed and that are not yet settled. ``under_way``: writes into folders that no
    answer has come to.
    """

    touched: int
    under_way: int
    open_conflicts: int
    mirrors: Sequence[MirrorGauge]


_COUNTS = select(
    select(func.count()).select_from(touched).scalar_subquery().label("touched"),
    select(func.count()).select_from(journal).scalar_subquery().label("under_way"),
    select(func.count()).where(conflict.c.resolved_at.is_(None)).scalar_subquery().label("open_conflicts"),
)

_IS_BEHIND = (change.c.book_id == mirror.c.book_id) & (change.c.number > func.coalesce(mirror.c.number, 0))
_IS_WELL = run.c.outcome.in_((Outcome.DONE, Outcome.PARTLY))

_MIRRORS = (
    select(
        user.c.name,
        mirror.c.target,
        mirror.c.state,
        (book.c.number - func.coalesce(mirror.c.number, 0)).label("behind"),
        select(func.min(change.c.at)).where(_IS_BEHIND).scalar_subquery().label("since"),
        select(func.max(case((_IS_WELL, run.c.ended_at))))
        .where(run.c.mirror_id == mirror.c.id)
        .scalar_subquery()
        .label("succeeded_at"),
        select(func.count()).where(failure.c.mirror_id == mirror.c.id).scalar_subquery().label("failures"),
    )
    .join(user, user.c.id == mirror.c.user_id)
    .join(book, book.c.id == mirror.c.book_id)
    .order_by(mirror.c.id)
)


def gauges(database: Database) -> Gauges:
    """Read how everything stands; raise Unavailable."""
    with database.reading() as connection:
        counts = connection.execute(_COUNTS).one()
        rows = connection.execute(_MIRRORS).all()
    mirrors = [
        MirrorGauge(
            user=row.name,
            target=row.target,
            state=(state := State(row.state)),
            succeeded_at=row.succeeded_at or "",
            waiting_since=(row.since or "") if state is not State.STOPPED else "",
            waiting_changes=max(row.behind, 0) if state is not State.STOPPED else 0,
            failures=row.failures,
        )
        for row in rows
    ]
    return Gauges(counts.touched, counts.under_way, counts.open_conflicts, mirrors)
