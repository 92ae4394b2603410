"""Stopping a mirror (BCM-37), and the clean-ups (BCM-60, BCM-64); each with a preview of what it does."""

from __future__ import annotations

import asyncio

from bridge.mirroring.cleaning import clean_up, plan_clean_up
from bridge.mirroring.work import Then, Work
from bridge.sync.run import Report
from bridge.web.answers import Answer, Page
from bridge.web.mirror_words import refuse_unless_runnable, state_said
from bridge.web.mirror_work import begin, own_mirror
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.clean_ups import deleted_there, discard_imported, imported_records
from storage_plugin.database.deleted_items import DeletedItem, empty
from storage_plugin.database.leftovers import Leftovers
from storage_plugin.database.mirrors import Mirror, State
from storage_plugin.database.runs import Outcome
from storage_plugin.model.book import Refused
from storage_plugin.model.contact import display_name

STOP, CLEAN_UP = "/mirror/stop", "/mirror/clean-up"


def ask_stop(visit: Visit) -> Answer:
    """Say what stopping does."""
    return Page("mirror_stop.html", {"mirror": _stoppable(visit)})


def stop(visit: Visit) -> Answer:
    """Stop the mirror: what it put into the folder is removed there; with ``preview`` only say so."""
    _stoppable(visit)
    office, user, is_preview = visit.house.office, visit.who.user, visit.form.has("preview")

    async def do(work: Work) -> None:
        if is_preview:
            work.plan = await office.plan_stop(user)
        else:
            work.reports = (await office.stop(user),)

    then = Then(STOP, visit._("Stop business contact synchronization"))
    return begin(visit, Work("stop", then=then if is_preview else None), do)


def ask_clean_up(visit: Visit) -> Answer:
    """Say what each clean-up does, and how much it finds."""
    mirror = own_mirror(visit)
    left = Leftovers(visit.database, mirror).of_other_books() if mirror else []
    return Page("mirror_clean_up.html", {"leftovers": len(left)})


def leftovers(visit: Visit) -> Answer:
    """Take out of the visitor's folder what a switch with Keep left there (BCM-52)."""
    mirror = refuse_unless_runnable(visit, own_mirror(visit))
    office, is_preview = visit.house.office, visit.form.has("preview")

    async def do(work: Work) -> None:
        if is_preview:
            work.plan = await plan_clean_up(office, mirror)
        else:
            work.reports = (await clean_up(office, mirror),)

    return begin(visit, _clean_up(visit, "leftovers", is_preview=is_preview), do)


def imported(visit: Visit) -> Answer:
    """Move what a switch with Import brought along to the deleted items; what was edited since stays."""
    database, book_id, by, is_preview = visit.database, visit.who.book_id, visit.by, visit.form.has("preview")

    async def do(work: Work) -> None:
        wanted = [each for each in await asyncio.to_thread(imported_records, database, book_id) if not each.is_edited]
        if is_preview:
            work.plan = [each.name for each in wanted]
            return
        gone = [await asyncio.to_thread(discard_imported, database, book_id, each.id, by) for each in wanted]
        work.reports = (Report(Outcome.DONE, {"trash": sum(gone)} if any(gone) else {}),)

    return begin(visit, _clean_up(visit, "imported", is_preview=is_preview), do)


def remote_deleted(visit: Visit) -> Answer:
    """Remove for good what people deleted in a mirrored folder (BCM-60); other users' plain contacts stay."""
    database, who, is_preview = visit.database, visit.who, visit.form.has("preview")

    def found() -> list[DeletedItem]:
        return [each for each in deleted_there(database, who.book_id) if each.owner_id in (None, who.user_id)]

    async def do(work: Work) -> None:
        wanted = await asyncio.to_thread(found)
        if is_preview:
            work.plan = [display_name(each.contact) for each in wanted]
            return
        if wanted:
            await asyncio.to_thread(empty, database, who.book_id, [each.id for each in wanted])
        work.reports = (Report(Outcome.DONE, {"purged": len(wanted)} if wanted else {}),)

    return begin(visit, _clean_up(visit, "remote-deleted", is_preview=is_preview), do)


def _clean_up(visit: Visit, which: str, *, is_preview: bool) -> Work:
    then = Then(f"{CLEAN_UP}/{which}", visit._("Clean up now"))
    return Work("clean up", then=then if is_preview else None)


def _stoppable(visit: Visit) -> Mirror:
    mirror = own_mirror(visit)
    if mirror is None or mirror.state in (State.STOPPED, State.SWITCHING):
        raise Refused(state_said(visit, mirror))
    return mirror


ROUTES = [
    Route("GET", STOP, ask_stop),
    Route("POST", STOP, stop),
    Route("GET", CLEAN_UP, ask_clean_up),
    Route("POST", f"{CLEAN_UP}/leftovers", leftovers),
    Route("POST", f"{CLEAN_UP}/imported", imported, Access.ADMINISTRATOR),
    Route("POST", f"{CLEAN_UP}/remote-deleted", remote_deleted, Access.ADMINISTRATOR),
]
