"""What happened to a contact: who changed what, when and on which device; and going back to what it said once."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.field_names import named
from bridge.web.pages.contact import asked
from bridge.web.pages.contacts import number
from bridge.web.routes import Route
from bridge.web.value_words import worded
from bridge.web.visit import Visit
from storage_plugin.database.past import Event, restore_version
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.contact import display_name

NOT_RESTORED = ("type", "customer_number", "shared", "card")
"""Going back leaves these as they are now."""


def history(visit: Visit) -> Answer:
    """Tell the history, the latest first."""
    viewing, key = Viewing(visit.database, visit.who), asked(visit)
    events = viewing.history(key)
    is_deleted = events[-1].what == "deleted"
    last = viewing.deleted_item(key).contact if is_deleted else viewing.get(key).contact
    latest = max((event.revision for event in events), default=0)
    return Page(
        "contact_history.html",
        {
            "key": key,
            "name": display_name(last),
            "is_deleted": is_deleted,
            "may_restore": not is_deleted and not visit.who.view.read_only,
            "events": [_told(visit, event, latest) for event in reversed(events)],
        },
    )


def restore(visit: Visit) -> Answer:
    """Make a contact, or one field of it, say again what it said at a version that the visitor may know."""
    viewing, key, revision = Viewing(visit.database, visit.who), asked(visit), number(visit.form.get("revision"))
    viewing.changeable(key)
    viewing.state(key, revision)
    field = visit.form.get("field") or None
    restore_version(visit.database, visit.who.book_id, key, revision, visit.by, field=field)
    if field:
        said = visit._("%(field)s is again what it was then.", field=named(visit.language, field))
    else:
        said = visit._("The contact says again what it said then.")
    return Redirect(f"/contacts/{key}", said)


def _told(visit: Visit, event: Event, latest: int) -> dict[str, object]:
    _ = visit._
    what = {
        "created": _("Made"),
        "changed": _("Changed"),
        "deleted": _("Deleted"),
        "restored": _("Brought back"),
        "earlier": _("As it was then"),
    }[event.what]
    author = event.author
    by = author.user or (_("the mirror") if author.source == "mirror" else _("the firm"))
    return {
        "what": what,
        "at": author.at,
        "by": by,
        "device": author.device or _way(visit, author.source),
        "revision": event.revision,
        "is_latest": event.revision == latest,
        "changes": [
            {
                "field": change.field,
                "label": named(visit.language, change.field),
                "old": change.old,
                "new": change.new,
                "can_be_restored": change.field not in NOT_RESTORED,
                "is_photo": change.field == "photo" and bool(change.new),
            }
            for change in (worded(visit.language, each) for each in event.changes)
        ],
    }


def _way(visit: Visit, source: str) -> str:
    _ = visit._
    ways = {
        "web": _("on this page"),
        "cli": _("on the command line"),
        "sql": _("with SQL"),
        "import": _("by an import"),
        "mirror": _("by the mirror"),
        "dav": _("on a device"),
    }
    return ways.get(source, source)


ROUTES = [
    Route("GET", "/contacts/{id:[0-9]+}/history", history),
    Route("POST", "/contacts/{id:[0-9]+}/restore", restore),
]
