"""Conflicts: where two sides changed one field differently. Both versions side by side, and whose is to hold."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.field_names import fields
from bridge.web.pages.contacts import number
from bridge.web.routes import Route
from bridge.web.value_words import value_said
from bridge.web.visit import Visit
from storage_plugin.database.disagreements import Choice, Conflict, conflict_of, conflicts_of, resolve
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, NotFound, Refused
from storage_plugin.model.contact import FIELDS, LISTS, Contact, display_name


@dataclass(frozen=True, slots=True)
class Side:
    """One field, as both sides say it."""

    field: str
    ours: str
    theirs: str


def index(visit: Visit) -> Answer:
    """List the open conflicts that the visitor may know of."""
    found = conflicts_of(visit.database, visit.who)
    about_seen = _seen(visit, {each.contact_id for each in found})
    shown = [each for each in found if each.contact_id in about_seen]
    return Page("conflicts.html", {"conflicts": shown, "labels": fields(visit.language)})


def show(visit: Visit) -> Answer:
    """Show both versions of one."""
    found = _found(visit)
    shows = {
        "conflict": found,
        "name": _name(found),
        "sides": _sides(visit, found),
        "labels": fields(visit.language),
        "may_settle": not visit.who.view.read_only,
        "can_choose": (found.ours is not None, found.theirs is not None),
    }
    return Page("conflict.html", shows)


def settle(visit: Visit) -> Answer:
    """Settle one: the book's version holds, the other side's, or what the contact says now."""
    found = _found(visit)
    Viewing(visit.database, visit.who).refuse_readers()
    choices: dict[str, Choice] = {"ours": "ours", "theirs": "theirs", "present": "present"}
    choice = choices.get(visit.form.get("choice"))
    if choice is None:
        raise Refused(visit._("Say whose version is to hold."))
    resolve(visit.database, visit.who.book_id, found.id, choice, visit.by)
    return Redirect("/conflicts", visit._("The conflict about %(name)s is settled.", name=_name(found)))


def _seen(visit: Visit, about: Set[ContactId | None]) -> set[ContactId | None]:
    """Leave out the contacts that the visitor does not see (any more); a card that was never taken in is none."""
    return {None, *Viewing(visit.database, visit.who).seen(each for each in about if each is not None)}


def _found(visit: Visit) -> Conflict:
    found = conflict_of(visit.database, visit.who, number(visit.parts["conflict"]))
    if found is None or found.contact_id not in _seen(visit, {found.contact_id}):
        raise NotFound(visit._("There is no such conflict."))
    return found


def _name(each: Conflict) -> str:
    return next((name for side in (each.ours, each.theirs) if side and (name := display_name(side))), "")


def _sides(visit: Visit, each: Conflict) -> list[Side]:
    """Give the disputed fields, or all that differ where the whole card is in dispute."""
    if each.fields:
        named = [Side(field.field, field.server_value, field.client_value) for field in each.fields]
        return [_in_words(visit, side) for side in named]
    ours, theirs = each.ours or Contact(), each.theirs or Contact()
    names = [name for name in (*FIELDS, *LISTS) if getattr(ours, name) != getattr(theirs, name)]
    return [_in_words(visit, Side(name, _said(ours, name), _said(theirs, name))) for name in names]


def _said(contact: Contact, name: str) -> str:
    value = getattr(contact, name)
    if name in LISTS:
        return "\n".join(str(each) if isinstance(each, str) else _item(each) for each in value)
    return "" if value in (None, False) else str(value)


def _item(item: object) -> str:
    values = (getattr(item, name) for name in getattr(item, "__slots__", ()))
    return ", ".join(str(value) for value in values if value and not isinstance(value, bool))


def _in_words(visit: Visit, side: Side) -> Side:
    """Say a side in the visitor's language; a picture cannot be read as text."""
    if side.field != "photo":
        ours, theirs = (value_said(visit.language, each, side.field) for each in (side.ours, side.theirs))
        return Side(side.field, ours, theirs)
    a_picture = visit._("a picture")
    return Side(side.field, a_picture if side.ours else "", a_picture if side.theirs else "")


ROUTES = [
    Route("GET", "/conflicts", index),
    Route("GET", "/conflicts/{conflict}", show),
    Route("POST", "/conflicts/{conflict}/settle", settle),
]
