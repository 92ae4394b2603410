"""Duplicates: contacts that may be one person are found, and made one by hand, field by field, or told apart."""

from __future__ import annotations

from typing import get_args

from bridge.merging import Choice, Merged, differing, merge, usual
from bridge.merging import undo as undone
from bridge.web.answers import Answer, Page, Redirect
from bridge.web.field_names import fields
from bridge.web.pages.contacts import number
from bridge.web.routes import Route
from bridge.web.value_words import value_said
from bridge.web.visit import Form, Visit
from storage_plugin.database.differences import said
from storage_plugin.database.distinct import take_back, tell_apart, told_apart
from storage_plugin.database.duplicates import duplicates
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, NotFound, Precondition, Record, Refused
from storage_plugin.model.contact import LISTS, display_name


def index(visit: Visit) -> Answer:
    """List the groups of contacts that may be one."""
    _ = visit._
    reasons = {"email": _("Same e-mail"), "phone": _("Same name and number"), "company": _("Same name and company")}
    groups = [(reasons[group.reason], group.said, group.lines) for group in duplicates(_viewing(visit))]
    shows = {"groups": groups, "apart": told_apart(_viewing(visit)), "may_change": not visit.who.view.read_only}
    return Page("duplicates.html", shows)


def choose(visit: Visit) -> Answer:
    """Show two contacts side by side."""
    keys = visit.query.all("id")
    kept = visit.query.get("keep") or (keys[0] if keys else "")
    if len(set(keys)) != 2 or kept not in keys:
        raise Refused(visit._("Choose exactly two contacts."))
    other = next(key for key in keys if key != kept)
    return _side_by_side(visit, _record(visit, kept), _record(visit, other))


def join(visit: Visit) -> Answer:
    """Make one contact of the two."""
    kept, other, is_as_shown = _looked_at(visit)
    changed = _changed(visit)
    if not is_as_shown:
        return _side_by_side(visit, kept, other, changed)
    try:
        done = merge(_viewing(visit), kept, other, _choices(visit.form), visit.by)
    except Precondition:
        return _side_by_side(visit, _record(visit, str(kept.id)), _record(visit, str(other.id)), changed)
    shows = {"done": done, "name": display_name(kept.contact), "other": display_name(other.contact)}
    return Page("duplicates_done.html", shows)


def apart(visit: Visit) -> Answer:
    """Remember that the two are not one person."""
    kept, other, is_as_shown = _looked_at(visit)
    if kept.id == other.id:
        raise Refused(visit._("Choose exactly two contacts."))
    if not is_as_shown:
        return _side_by_side(visit, kept, other, _changed(visit))
    tell_apart(_viewing(visit), kept, other)
    said = visit._("They are offered again only when a name, an e-mail address or a number of theirs changes.")
    return Redirect("/duplicates", said)


def together(visit: Visit) -> Answer:
    """Take back that two are not one person."""
    one, other = (_record(visit, visit.form.get(name)) for name in ("one", "other"))
    take_back(_viewing(visit), one.id, other.id)
    return Redirect("/duplicates", visit._("They may be one person again."))


def undo(visit: Visit) -> Answer:
    """Take a merge back."""
    form = visit.form
    keys = [number(form.get(name)) for name in ("kept", "before", "after", "other")]
    if not all(keys):
        raise NotFound(visit._("There is no such contact."))
    kept, before, after, other = keys
    undone(_viewing(visit), Merged(ContactId(kept), before, after, ContactId(other)), visit.by)
    return Redirect(f"/contacts/{kept}", visit._("Both contacts are as they were before."))


def _looked_at(visit: Visit) -> tuple[Record, Record, bool]:
    """Give the two of the form as they are now, and whether that is how they were shown."""
    form = visit.form
    kept, other = _record(visit, form.get("kept")), _record(visit, form.get("other"))
    shown = (number(form.get("kept-revision")), number(form.get("other-revision")))
    return kept, other, shown == (kept.revision, other.revision)


def _changed(visit: Visit) -> str:
    return visit._("One of the two was changed meanwhile: look at both again. Nothing was done.")


def _side_by_side(visit: Visit, kept: Record, other: Record, problem: str = "") -> Page:
    rows = [
        {
            "name": name,
            "label": fields(visit.language)[name],
            "kept": value_said(visit.language, said(getattr(kept.contact, name)), name),
            "other": value_said(visit.language, said(getattr(other.contact, name)), name),
            "usual": usual(name, kept.contact, other.contact),
            "is_list": name in LISTS,
        }
        for name in differing(kept.contact, other.contact)
    ]
    names = [display_name(each.contact) for each in (kept, other)]
    shows = {"kept": kept, "other": other, "names": names, "rows": rows, "problem": problem}
    return Page("duplicates_choose.html", shows, 409 if problem else 200)


def _choices(form: Form) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for name in form.fields:
        choice = next((each for each in get_args(Choice) if each == form.get(name)), None)
        if name.startswith("field-") and choice:
            found[name.removeprefix("field-")] = choice
    return found


def _viewing(visit: Visit) -> Viewing:
    return Viewing(visit.database, visit.who)


def _record(visit: Visit, key: str) -> Record:
    if not number(key):
        raise NotFound(visit._("There is no such contact."))
    return _viewing(visit).changeable(ContactId(number(key)))


ROUTES = [
    Route("GET", "/duplicates", index),
    Route("GET", "/duplicates/choose", choose),
    Route("POST", "/duplicates/join", join),
    Route("POST", "/duplicates/undo", undo),
    Route("POST", "/duplicates/apart", apart),
    Route("POST", "/duplicates/together", together),
]
