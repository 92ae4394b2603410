"""The deleted items: what lies there, bringing it back, and emptying it for good."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.pages.contact import asked
from bridge.web.pages.contacts import number
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.deleted_items import DeletedItem
from storage_plugin.database.deleted_items import empty as empty_items
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, NotFound
from storage_plugin.model.contact import display_name


def index(visit: Visit) -> Answer:
    """List the deleted items that the visitor could see, the latest first."""
    found = Viewing(visit.database, visit.who).deleted(number(visit.query.get("page")) or 1)
    return Page(
        "trash.html",
        {
            "items": [_told(visit, item) for item in found.items],
            "page": found.page,
            "has_more": found.has_more,
            "may_restore": not visit.who.view.read_only,
            "may_empty": _may_empty(visit),
        },
    )


def restore(visit: Visit) -> Answer:
    """Bring a contact back under its id and customer number."""
    viewing = Viewing(visit.database, visit.who)
    item = viewing.deleted_item(asked(visit))
    viewing.refuse_readers()
    visit.contacts.restore(item.id, visit.by)
    return Redirect(f"/contacts/{item.id}", visit._("%(name)s is back.", name=display_name(item.contact)))


def empty(visit: Visit) -> Answer:
    """Remove one deleted item, or all that the visitor sees, for good."""
    viewing = Viewing(visit.database, visit.who)
    viewing.refuse_readers()
    said = visit.form.get("id")
    if said and not number(said):
        raise NotFound(visit._("There is no such contact."))
    ids = [viewing.deleted_item(ContactId(number(said))).id] if said else viewing.deleted_ids()
    count = empty_items(visit.database, visit.who.book_id, ids) if ids else 0
    one, many = "%(num)s contact is removed for good.", "%(num)s contacts are removed for good."
    return Redirect("/trash", visit.language.counted(one, many, count))


def _may_empty(visit: Visit) -> bool:
    return visit.who.is_administrator and not visit.who.view.read_only


def _told(visit: Visit, item: DeletedItem) -> dict[str, object]:
    author = item.author
    return {
        "id": item.id,
        "name": display_name(item.contact) or visit._("without a name"),
        "number": item.customer_number,
        "is_own": item.owner_id is not None,
        "at": item.deleted_at,
        "by": ", ".join(filter(None, [author.user, author.device])) or visit._("the firm"),
    }


ROUTES = [
    Route("GET", "/trash", index),
    Route("POST", "/trash/{id:[0-9]+}/restore", restore),
    Route("POST", "/trash/empty", empty, Access.ADMINISTRATOR),
]
