"""Which shared contacts one sees on devices, page and mirror; set by oneself where an administrator lets one."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.filter_form import filter_form, filter_in
from bridge.web.own_view import may_filter
from bridge.web.routes import Route
from bridge.web.visit import Form, Visit
from storage_plugin.database.previews import preview
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.views import set_own_filter
from storage_plugin.model.book import NotFound, Refused
from storage_plugin.model.view import View


def show(visit: Visit) -> Answer:
    """Show the own filter."""
    _refuse_others(visit)
    return _page(visit, visit.who.view)


def count(visit: Visit) -> Answer:
    """Say how many shared contacts the filter in the form lets through, without setting it."""
    _refuse_others(visit)
    try:
        found = preview(visit.database, visit.who.user, _wanted(visit, visit.query))
    except Refused as refused:
        return Page("_view_count.html", {"problem": visit.sentence(refused.reason)})
    return Page("_view_count.html", {"problem": "", "found": found})


def set_view(visit: Visit) -> Answer:
    """Set the own filter, or only count what that would be."""
    _refuse_others(visit)
    wanted = _wanted(visit, visit.form)
    if visit.form.get("do") == "count":
        return _page(visit, wanted)
    set_own_filter(visit.database, visit.who, wanted.filter, show_accounts=wanted.show_accounts)
    return Redirect("/view", visit._("You see that from now on; your devices list their contacts anew."))


def _page(visit: Visit, wanted: View) -> Page:
    present = visit.who.view
    types = RecordTypes(visit.database, visit.who.book_id).list()
    shows = {
        "wanted": wanted,
        "form": filter_form(visit, wanted.filter, types),
        "found": preview(visit.database, visit.who.user, wanted) if wanted != present else None,
        "problem": "",
        "is_set": wanted == present,
    }
    return Page("view.html", shows)


def _wanted(visit: Visit, form: Form) -> View:
    present = visit.who.view
    rules = {"read_only": present.read_only, "show_accounts": form.has("show_accounts")}
    return View(filter_in(visit, form), present.new_contacts, **rules)


def _refuse_others(visit: Visit) -> None:
    if not may_filter(visit):
        raise NotFound(visit._("There is no such page."))


ROUTES = [
    Route("GET", "/view", show),
    Route("GET", "/view/count", count),
    Route("POST", "/view", set_view),
]
