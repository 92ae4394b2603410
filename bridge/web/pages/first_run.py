"""The first run: the code of the server's log makes whoever has it the administrator."""

from __future__ import annotations

from hmac import compare_digest

from bridge.first_run import first_run_code, is_first_run
from bridge.web.answers import Answer, Page, Redirect, SignedIn
from bridge.web.pages.signing_in import THROTTLE
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.users import Users
from storage_plugin.model.book import Refused

SHORTEST = 10
"""Characters of a password."""

_WHO = "first run"


def ask(visit: Visit) -> Answer:
    """Ask for the code, and for the administrator's name and password."""
    if not is_first_run(visit.database):
        return Redirect("/sign-in")
    return Page("first_run.html", {"name": "", "problem": ""})


def begin(visit: Visit) -> Answer:
    """Make the administrator, and sign in."""
    if not is_first_run(visit.database):
        return Redirect("/sign-in")
    code, name, password = (visit.form.get(each) for each in ("code", "name", "password"))
    wait = THROTTLE.seconds_to_wait(_WHO, visit.address, code)
    if wait:
        return _again(visit, visit._("Too many attempts: try again in %(seconds)s seconds.", seconds=wait), 429)
    if not compare_digest(code.encode(), first_run_code(visit.house.vault).encode()):
        THROTTLE.failed(_WHO, visit.address, code)
        return _again(visit, visit._("This is not the code that the server printed when it started."))
    if len(password) < SHORTEST:
        return _again(visit, visit._("The password needs %(number)s characters.", number=SHORTEST))
    try:
        _make(Users(visit.database), name, password)
    except Refused as refused:
        return _again(visit, refused.reason)
    return SignedIn(name, "/welcome")


def _make(users: Users, name: str, password: str) -> None:
    """Make an administrator, or give a user who is one a password."""
    known = next((each for each in users.all() if each.name == name), None)
    if known is None:
        users.add(name, password, role="administrator")
    elif known.role == "administrator":
        users.set_password(name, password)
    else:
        raise Refused(f"{name} is a coworker: choose another name for the administrator")


def _again(visit: Visit, problem: str, status: int = 403) -> Page:
    return Page("first_run.html", {"name": visit.form.get("name"), "problem": problem}, status)


ROUTES = [
    Route("GET", "/first-run", ask, Access.ANYBODY),
    Route("POST", "/first-run", begin, Access.ANYBODY),
]
