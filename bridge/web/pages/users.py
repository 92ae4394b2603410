"""The people of the installation, and what each sees and may do: for the administrator."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.filter_form import filter_form, filter_in, view_said
from bridge.web.pages.first_run import SHORTEST
from bridge.web.routes import Access, Route
from bridge.web.visit import Form, Visit
from storage_plugin.database.books import Books
from storage_plugin.database.previews import preview
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.roles import ROLES, set_role
from storage_plugin.database.sessions import Sessions
from storage_plugin.database.users import UserRow, Users
from storage_plugin.database.views import let_set_filter, may_set_filter
from storage_plugin.model.book import NotFound, Refused
from storage_plugin.model.view import NewContacts, View


def index(visit: Visit) -> Answer:
    """List the users."""
    users = [(each, view_said(visit, each.view)) for each in Users(visit.database).all()]
    return Page("users.html", {"users": users, "roles": ROLES, "shortest": SHORTEST})


def add(visit: Visit) -> Answer:
    """Add a user; without a password he or she has devices, and no way into the page."""
    name, password, role = (visit.form.get(each) for each in ("name", "password", "role"))
    if role not in ROLES:
        raise Refused(visit._("Choose a role."))
    _check(visit, password, may_be_empty=True)
    key = Users(visit.database).add(name, password or None, role=role)
    return Redirect(f"/users/{key}", visit._("%(name)s is added. Next: a device.", name=name))


def show(visit: Visit) -> Answer:
    """Show one user."""
    user = _user(visit)
    return _page(visit, user, user.view, sets_filter=may_set_filter(visit.database, user.id))


def count(visit: Visit) -> Answer:
    """Say how many shared contacts the filter in the form lets through, without setting it."""
    user = _user(visit)
    try:
        found = preview(visit.database, user.name, _view(visit, visit.query))
    except Refused as refused:
        return Page("_view_count.html", {"problem": visit.sentence(refused.reason)})
    return Page("_view_count.html", {"problem": "", "found": found})


def set_view(visit: Visit) -> Answer:
    """Set what a user sees and may do, or only count what that would be."""
    user, wanted = _user(visit), _view(visit, visit.form)
    if visit.form.get("do") == "count":
        return _page(visit, user, wanted, sets_filter=visit.form.has("sets_filter"))
    if wanted != user.view:
        Users(visit.database).set_view(user.name, wanted)
    let_set_filter(visit.database, user.name, allowed=visit.form.has("sets_filter"))
    said = visit._("%(name)s sees that from now on; devices list their contacts anew.", name=user.name)
    return Redirect(f"/users/{user.id}", said)


def change_role(visit: Visit) -> Answer:
    """Make a user a coworker or an administrator."""
    user = _user(visit)
    set_role(visit.database, user.name, visit.form.get("role"))
    return Redirect(f"/users/{user.id}", visit._("The role of %(name)s is changed.", name=user.name))


def set_password(visit: Visit) -> Answer:
    """Set a user's password; his or her other sessions end."""
    user, password = _user(visit), visit.form.get("password")
    _check(visit, password)
    Users(visit.database).set_password(user.name, password)
    Sessions(visit.database).end_all(user.name, visit.session_id)
    said = visit._("%(name)s signs in with the new password; the sessions so far have ended.", name=user.name)
    return Redirect(f"/users/{user.id}", said)


def remove(visit: Visit) -> Answer:
    """Remove a user with devices, view and mirror."""
    user = _user(visit)
    if user.name == visit.who.user:
        raise Refused(visit._("You cannot remove yourself: another administrator can."))
    Users(visit.database).remove(user.name)
    return Redirect("/users", visit._("%(name)s is removed.", name=user.name))


def _user(visit: Visit) -> UserRow:
    wanted = visit.parts["user"]
    found = next((each for each in Users(visit.database).all() if str(each.id) == wanted), None)
    if found is None:
        raise NotFound(visit._("There is no such user."))
    return found


def _page(visit: Visit, user: UserRow, wanted: View, *, sets_filter: bool) -> Page:
    types = RecordTypes(visit.database, Books(visit.database).find(user=user.name)).list()
    shows = {
        "user": user,
        "wanted": wanted,
        "sets_filter": sets_filter,
        "form": filter_form(visit, wanted.filter, types),
        "found": preview(visit.database, user.name, wanted) if wanted != user.view else None,
        "problem": "",
        "policies": _policies(visit),
        "roles": ROLES,
        "shortest": SHORTEST,
        "sessions": len(Sessions(visit.database).of(user.name)),
        "devices": [each for each in Users(visit.database).devices(user.name) if not each.revoked_at],
    }
    return Page("user.html", shows)


def _policies(visit: Visit) -> list[tuple[str, str]]:
    return [
        (NewContacts.INBOX.value, visit._("wait in the user's inbox, seen by nobody else")),
        (NewContacts.ACCEPT.value, visit._("become business contacts where name and e-mail address are given")),
        (NewContacts.REFUSE.value, visit._("are refused")),
    ]


def _view(visit: Visit, form: Form) -> View:
    policy = form.get("new_contacts")
    if policy not in set(NewContacts):
        raise Refused(visit._("Choose what becomes of new contacts."))
    rules = {"read_only": form.has("read_only"), "show_accounts": form.has("show_accounts")}
    return View(filter_in(visit, form), NewContacts(policy), **rules)


def _check(visit: Visit, password: str, *, may_be_empty: bool = False) -> None:
    if len(password) < SHORTEST and not (may_be_empty and not password):
        raise Refused(visit._("The password needs %(number)s characters.", number=SHORTEST))


ROUTES = [
    Route("GET", "/users", index, Access.ADMINISTRATOR),
    Route("POST", "/users/add", add, Access.ADMINISTRATOR),
    Route("GET", r"/users/{user:\d+}", show, Access.ADMINISTRATOR),
    Route("GET", r"/users/{user:\d+}/view/count", count, Access.ADMINISTRATOR),
    Route("POST", r"/users/{user:\d+}/view", set_view, Access.ADMINISTRATOR),
    Route("POST", r"/users/{user:\d+}/role", change_role, Access.ADMINISTRATOR),
    Route("POST", r"/users/{user:\d+}/password", set_password, Access.ADMINISTRATOR),
    Route("POST", r"/users/{user:\d+}/remove", remove, Access.ADMINISTRATOR),
]
