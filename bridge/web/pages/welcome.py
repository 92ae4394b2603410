"""After the first run: where the contacts are, and what comes next."""

from __future__ import annotations

from sqlalchemy.engine import make_url

from bridge.demo.fill import fill_book
from bridge.web.answers import Answer, Page, Redirect
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.books import Books
from storage_plugin.database.users import Users
from storage_plugin.model.book import Refused


def show(visit: Visit) -> Answer:
    """Show the steps, with those that are done."""
    users = Users(visit.database)
    url = make_url(visit.house.place.database_url())
    is_file = url.get_backend_name() == "sqlite"
    where = url.database if is_file else f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"
    shows = {
        "kind": "SQLite" if is_file else "PostgreSQL",
        "where": where,
        "users": [each.name for each in users.all()],
        "devices": [each for each in users.devices() if not each.revoked_at],
        "contacts": _contacts(visit),
    }
    return Page("welcome.html", shows)


def demo(visit: Visit) -> Answer:
    """Fill an empty book with fictional contacts."""
    if _contacts(visit):
        raise Refused(visit._("There are contacts already: fictional ones would stand among them."))
    fill_book(visit.database, visit.who.book_id)
    return Redirect("/welcome", visit._("The fictional contacts are there."))


def _contacts(visit: Visit) -> int:
    return next(each.contacts for each in Books(visit.database).all() if each.id == visit.who.book_id)


ROUTES = [
    Route("GET", "/welcome", show, Access.ADMINISTRATOR),
    Route("POST", "/welcome/demo", demo, Access.ADMINISTRATOR),
]
