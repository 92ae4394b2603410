"""For administrators: switching a user to another book (BCM-49 … BCM-58), and how the mirrors of all users stand.

Which book somebody sees decides about other people's contacts: nobody switches to one by him- or herself.
"""

from __future__ import annotations

from bridge.mirroring.books import mirrored, plan_switch, switch_book
from bridge.mirroring.work import Then, Work
from bridge.web.answers import Answer, Page, Redirect
from bridge.web.mirror_words import folder_said, outcome_said, state_said
from bridge.web.mirror_work import begin
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.books import Books
from storage_plugin.database.failures import Failures
from storage_plugin.database.links import Links
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.runs import Runs
from storage_plugin.database.users import Users
from storage_plugin.model.book import Refused

DATABASE = "/mirror/database"
_CHOICES = ("keep", "delete", "import")


def databases(visit: Visit) -> Answer:
    """List the books with who sees them; offer to make one, and to switch somebody."""
    books = Books(visit.database).all()
    mirrors = {each.user: each for each in Mirrors(visit.database).all() if each.state is not State.STOPPED}
    user = visit.query.get("user") or visit.who.user
    shows = {
        "books": books,
        "users": [each.name for each in Users(visit.database).all()],
        "user": user,
        "mirrored": mirrored(visit.house.office, user) if user in mirrors else 0,
    }
    return Page("mirror_database.html", shows)


def create(visit: Visit) -> Answer:
    """Make an empty book."""
    name = visit.form.get("name")
    Books(visit.database).create(name)
    return Redirect(DATABASE, visit._("The database %(name)s was made.", name=name))


def switch(visit: Visit) -> Answer:
    """Switch a user to another book; with ``preview`` only say what becomes of whom.

    What becomes of somebody else's contacts is not told one by one: there may be plain ones among them.
    """
    office = visit.house.office
    user, book, choice = (visit.form.get(each) for each in ("user", "book", "choice"))
    if Books(visit.database).find(user=user) == Books(visit.database).find(book):
        raise Refused(visit._("%(user)s is in %(book)s already.", user=user, book=book))
    if choice not in _CHOICES:
        if count := mirrored(office, user):
            ask = visit._("Say what becomes of the contacts in the folder (%(count)s).", count=count)
            raise Refused(ask)
        choice = "keep"
    is_preview, is_own = visit.form.has("preview"), user == visit.who.user

    async def do(work: Work) -> None:
        if not is_preview:
            work.reports = await switch_book(office, user, book, choice)
            return
        lines = await plan_switch(office, user, book, choice)
        work.plan = lines if is_own else [visit._("%(count)s contacts of %(user)s", count=len(lines), user=user)]

    button = visit._("Switch %(user)s to %(book)s", user=user, book=book)
    then = Then(f"{DATABASE}/switch", button, {"user": user, "book": book, "choice": choice})
    return begin(visit, Work("switch", then=then if is_preview else None), do)


def mirrors(visit: Visit) -> Answer:
    """Say how all mirrors stand: states and numbers, nobody's contacts."""
    rows = []
    for each in Mirrors(visit.database).all():
        last = Runs(visit.database).last(each.id)
        rows.append(
            {
                "user": each.user,
                "folder": folder_said(visit, each.target),
                "state": state_said(visit, each),
                "reason": each.reason,
                "contacts": Links(visit.database, each.id).count(),
                "failures": len(Failures(visit.database, each.id).all()),
                "last": last.started_at if last else "",
                "outcome": outcome_said(visit, last.outcome) if last else "",
            }
        )
    return Page("mirrors.html", {"mirrors": rows})


ROUTES = [
    Route("GET", "/mirrors", mirrors, Access.ADMINISTRATOR),
    Route("GET", DATABASE, databases, Access.ADMINISTRATOR),
    Route("POST", f"{DATABASE}/create", create, Access.ADMINISTRATOR),
    Route("POST", f"{DATABASE}/switch", switch, Access.ADMINISTRATOR),
]
