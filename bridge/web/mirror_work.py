"""What the pages of the mirror share: the visitor's own mirror, and work on it in the background."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.mirroring.work import Do, Work
from bridge.web.answers import Redirect
from bridge.web.visit import Visit
from storage_plugin.database.mirrors import Mirror, Mirrors
from storage_plugin.database.runs import Run, Runs
from storage_plugin.model.book import NotFound, Refused

HOME = "/mirror"


def own_mirror(visit: Visit) -> Mirror | None:
    """Read the visitor's own mirror; None before the first start. There is no way to anybody else's."""
    return Mirrors(visit.database).of_user(visit.who.user_id)


def own_run(visit: Visit) -> Run:
    """Read the run that the address names; raise NotFound, also for one of somebody else's mirror."""
    said = visit.parts["run"]
    if not said.isdecimal() or len(said) > 18:
        raise NotFound(visit._("There is no such run."))
    return Runs(visit.database).of_user_get(visit.who.user_id, int(said))


def begin(visit: Visit, work: Work, do: Do) -> Redirect:
    """Begin work on the visitor's mirror, and show it; raise Refused while other work goes on.

    The address names the work, so that the page can say when nobody knows of it any more.
    """
    if not visit.house.background.begin(visit.who.user_id, work, do):
        raise Refused(visit._("Something is under way already: wait until it has ended."))
    return Redirect(f"{HOME}?work={work.key}")


@dataclass(frozen=True, slots=True)
class Progress:
    """What is under way: ``done`` contacts of ``planned`` (0: not known). ``is_elsewhere``: not this page's work.

    ``rests_until``: nothing is done, since the service asked for time (UTC, ISO 8601).
    """

    work: Work | None
    run: Run | None = None
    done: int = 0
    planned: int = 0
    is_elsewhere: bool = False
    rests_until: str = ""

    @property
    def is_under_way(self) -> bool:
        """Tell whether something is being done now."""
        return self.run is not None or (self.work is not None and not self.work.is_over)

    @property
    def asks_somebody(self) -> bool:
        """Tell whether the dialog is being checked, where somebody may have to sign in meanwhile."""
        return self.work is not None and not self.work.is_over and self.work.what in ("start plan", "change plan")


def progress(visit: Visit, mirror: Mirror | None) -> Progress:
    """Look what is under way, here or in another process: whoever has the lease does it."""
    work = visit.house.background.of(visit.who.user_id)
    if mirror is None or mirror.leased_until <= datetime.now(UTC).isoformat(timespec="milliseconds"):
        return Progress(work)
    runs = Runs(visit.database)
    last = runs.last(mirror.id)
    is_elsewhere = work is None or work.is_over
    if last is None or last.ended_at:
        return Progress(work, rests_until=mirror.leased_until if is_elsewhere else "")
    planned = last.counts.get("planned", 0)
    return Progress(work, last, runs.count(last.id), planned, is_elsewhere)
