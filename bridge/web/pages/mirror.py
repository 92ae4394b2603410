"""The visitor's own mirror: how it stands, what its runs did to whom, and running it (BCM-34, BC-10, BC-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.mirroring.setting_up import PATIENCE
from bridge.mirroring.work import Then, Work
from bridge.sync.run import Mode
from bridge.sync.undoing import undoable
from bridge.web.answers import Answer, Live, Page, Redirect
from bridge.web.mirror_words import (
    counts_said,
    deed_said,
    kind_said,
    outcome_said,
    refuse_unless_runnable,
    state_said,
)
from bridge.web.mirror_work import HOME, begin, own_mirror, own_run, progress
from bridge.web.own_view import filter_page
from bridge.web.pages.contacts import number
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.disagreements import count_of
from storage_plugin.database.failures import Failures
from storage_plugin.database.links import Links
from storage_plugin.database.mirrors import Mirror, State
from storage_plugin.database.runs import Entry, Run, Runs
from storage_plugin.model.book import NotFound, Refused

RUNS = 20
"""Runs on the first page."""

LINES = 100
"""Contacts on a page of a run's log."""


@dataclass(frozen=True, slots=True)
class Told:
    """A run in the visitor's words."""

    id: int
    kind: str
    started_at: str
    outcome: str
    counts: str
    reason: str


def index(visit: Visit) -> Answer:
    """Say how the mirror stands, and offer what can be done in this state."""
    mirror = own_mirror(visit)
    runs = Runs(visit.database).of_user(visit.who.user_id, most=RUNS)
    shown = panel(visit, mirror)
    shows = {
        **shown,
        "is_forgotten": visit.query.has("work") and shown["work"] is None,
        "mirror": mirror,
        "is_on": mirror is not None and mirror.state is not State.STOPPED,
        "state": state_said(visit, mirror),
        "contacts": Links(visit.database, mirror.id).count() if mirror else 0,
        "failures": Failures(visit.database, mirror.id).all()[:LINES] if mirror else [],
        "runs": [told(visit, each) for each in runs],
        "undoing": _being_undone(mirror, runs),
        "conflicts": count_of(visit.database, visit.who),
        "filter_page": filter_page(visit),
    }
    return Page("mirror.html", shows)


def panel(visit: Visit, mirror: Mirror | None) -> dict[str, object]:
    """Give what the part of the page shows that tells of work under way, and of what it has found."""
    now = progress(visit, mirror)
    ended = [report for report in now.work.reports] if now.work else []
    counts = [counts_said(visit, each.counts) for each in ended]
    return {"now": now, "work": now.work, "ended": list(zip(ended, counts, strict=True)), "state_of": mirror}


def work(visit: Visit) -> Answer:
    """Show work under way by itself, for a page that asks again and again; when it is over, the whole page."""
    mirror = own_mirror(visit)
    if visit.is_fragment and progress(visit, mirror).is_under_way:
        return Page("mirror_work.html", panel(visit, mirror))
    key = visit.query.get("work")
    return Redirect(f"{HOME}?work={key}" if key.isalnum() else HOME)


def live(visit: Visit) -> Answer:
    """Tell of work under way as it goes on."""

    def look() -> dict[str, object] | None:
        mirror = own_mirror(visit)
        return panel(visit, mirror) if progress(visit, mirror).is_under_way else None

    return Live("mirror_work_inner.html", look)


def run_page(visit: Visit) -> Answer:
    """Show what one run did, contact by contact."""
    run, runs = own_run(visit), Runs(visit.database)
    start = number(visit.query.get("start"))
    entries = [replace(each, detail=_without_name(each)) for each in runs.some_entries(run.id, start, LINES)]
    shows = {
        "run": told(visit, run),
        "entries": [(each, deed_said(visit, each.action)) for each in entries],
        "start": start,
        "lines": LINES,
        "count": runs.count(run.id),
        "can_be_undone": _can_be_undone(visit, run),
    }
    return Page("mirror_run.html", shows)


def _without_name(entry: Entry) -> str:
    """Give what was done to a contact beside its name, which stands before it in a log of lines."""
    return entry.detail.removeprefix(f"{entry.name}: ")


def run_now(visit: Visit) -> Answer:
    """Run the mirror: ``full`` reads everything again (BC-18), ``allowed`` says yes to the guard's question."""
    mirror = refuse_unless_runnable(visit, own_mirror(visit))
    office = visit.house.office
    mode = Mode(full=visit.form.has("full"), allowed=visit.form.has("allowed"))

    async def do(work: Work) -> None:
        work.reports = (await office.runner.run(mirror.id, mode, patience=PATIENCE),)

    return begin(visit, Work("run"), do)


def plan(visit: Visit) -> Answer:
    """Look what a run would do, and do nothing."""
    mirror = refuse_unless_runnable(visit, own_mirror(visit))
    office, full = visit.house.office, visit.form.has("full")

    async def do(work: Work) -> None:
        report = await office.runner.plan(mirror.id, full=full, patience=PATIENCE)
        work.plan, work.names = report.plan, report.question.names if report.question else ()

    return begin(visit, Work("plan"), do)


def undo(visit: Visit) -> Answer:
    """Take back what a run did; with ``preview`` only say what would be taken back."""
    run, mirror = own_run(visit), own_mirror(visit)
    if mirror is None or mirror.state in (State.STOPPED, State.STOPPING, State.SWITCHING):
        raise Refused(state_said(visit, mirror))
    office, user, is_preview = visit.house.office, visit.who.user, visit.form.has("preview")

    async def do(work: Work) -> None:
        report = await office.undo(user, run.id, dry_run=is_preview)
        work.plan = report.plan
        if not is_preview:
            work.reports = (report,)

    then = Then(f"{HOME}/runs/{run.id}/undo", visit._("Take run %(number)s back", number=run.id))
    return begin(visit, Work("undo", then=then if is_preview else None), do)


def forget(visit: Visit) -> Answer:
    """Put away what the last work has found."""
    visit.house.background.forget(visit.who.user_id)
    return Redirect(HOME)


def told(visit: Visit, run: Run) -> Told:
    """Give a run in the visitor's words."""
    said = counts_said(visit, run.counts) if run.ended_at else ""
    reason = visit.sentence(run.reason)
    return Told(run.id, kind_said(visit, run.kind), run.started_at, outcome_said(visit, run.outcome), said, reason)


def _being_undone(mirror: Mirror | None, runs: Sequence[Run]) -> str:
    """Name the run whose undo has not ended, so that it can be taken up again."""
    if mirror is None or mirror.state is not State.UNDOING:
        return ""
    return next((each.kind.removeprefix("undo ") for each in runs if each.kind.startswith("undo ")), "")


def _can_be_undone(visit: Visit, run: Run) -> bool:
    mirror = own_mirror(visit)
    if mirror is None or not run.ended_at or mirror.state in (State.STOPPED, State.STOPPING, State.SWITCHING):
        return False
    try:
        undoable(Runs(visit.database), mirror, run.id)
    except (NotFound, Refused):
        return False
    return True


ROUTES = [
    Route("GET", "/mirror", index),
    Route("GET", "/mirror/work", work),
    Route("GET", "/mirror/live", live),
    Route("POST", "/mirror/run", run_now),
    Route("POST", "/mirror/plan", plan),
    Route("POST", "/mirror/forget", forget),
    Route("GET", "/mirror/runs/{run}", run_page),
    Route("POST", "/mirror/runs/{run}/undo", undo),
]
