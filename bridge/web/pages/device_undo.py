"""Undo what a device did since a time: first what that would mean, then the deed."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.times import point_in_time
from bridge.web.answers import Answer, Page
from bridge.web.pages.devices import its_device
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database import undo
from storage_plugin.database.books import Books
from storage_plugin.database.users import DeviceRow
from storage_plugin.model.book import Refused, Viewer

USUAL = timedelta(hours=2)


def ask(visit: Visit) -> Answer:
    """Ask since when; with a time, tell what would be undone."""
    device = _its_device(visit)
    said = visit.query.get("since")
    if not said:
        since = datetime.now().astimezone() - USUAL
        return Page("device_undo.html", {"device": device, "since": _written(since), "report": None})
    since = _read(visit, said)
    report = undo.preview(visit.database, *_where(visit, device), since, _viewer(visit))
    return _page(visit, device, since, report, is_done=False)


def act(visit: Visit) -> Answer:
    """Undo, and tell what became of each record."""
    device = _its_device(visit)
    since = _read(visit, visit.form.get("since"))
    report = undo.undo(visit.database, *_where(visit, device), since, visit.by, _viewer(visit))
    return _page(visit, device, since, report, is_done=True)


def _its_device(visit: Visit) -> DeviceRow:
    device = its_device(visit)
    if visit.who.view.read_only and not visit.who.is_administrator:
        raise Refused(visit._("You may look at the contacts, not change them."))
    return device


def _where(visit: Visit, device: DeviceRow) -> tuple[int, int]:
    """Give the book that the device shows, and the device."""
    return Books(visit.database).find(user=device.user), device.id


def _viewer(visit: Visit) -> Viewer | None:
    """Give whose sight bounds what is undone: an administrator undoes all of it."""
    return None if visit.who.is_administrator else visit.who


def _page(visit: Visit, device: DeviceRow, since: datetime, report: undo.UndoReport, *, is_done: bool) -> Page:
    """Show a report; what is somebody else's own contact goes without its name."""
    others = {each.id for each in report.records if each.owner_id not in (None, visit.who.user_id)}
    shows = {"device": device, "since": _written(since), "report": report, "others": others, "is_done": is_done}
    return Page("device_undo.html", shows)


def _read(visit: Visit, said: str) -> datetime:
    try:
        return point_in_time(said, datetime.now().astimezone())
    except (ValueError, OverflowError):
        raise Refused(visit._("This is no time: write it as 2026-11-21 14:00.")) from None


def _written(at: datetime) -> str:
    """Write a time as a field of the type datetime-local holds it, in the server's time zone."""
    return at.astimezone().replace(tzinfo=None).isoformat(timespec="minutes")


ROUTES = [
    Route("GET", r"/devices/{device:\d+}/undo", ask),
    Route("POST", r"/devices/{device:\d+}/undo", act),
]
