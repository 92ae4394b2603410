"""Signing in with the web password, and out."""

from __future__ import annotations

from bridge.first_run import is_first_run
from bridge.web.answers import Answer, Page, Redirect, SignedIn, SignedOut
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.users import Users
from storage_plugin.dav.throttle import Throttle

THROTTLE = Throttle()
"""What this process knows of failed attempts, by user and address."""


def ask(visit: Visit) -> Answer:
    """Ask for name and password."""
    if is_first_run(visit.database):
        return Redirect("/first-run")
    return Page("sign_in.html", {"to": safe(visit.query.get("to")), "name": "", "problem": "", **_ways(visit)})


def sign_in(visit: Visit) -> Answer:
    """Check name and password; who tries many is told to wait."""
    name, password = visit.form.get("name"), visit.form.get("password")
    if THROTTLE.is_known_wrong(name, visit.address, password):
        return _again(visit, visit._("Name or password is wrong."))
    wait = THROTTLE.seconds_to_wait(name, visit.address, password)
    if wait:
        return _again(visit, visit._("Too many attempts: try again in %(seconds)s seconds.", seconds=wait), 429)
    if not Users(visit.database).verify_password(name, password):
        THROTTLE.failed(name, visit.address, password)
        return _again(visit, visit._("Name or password is wrong."))
    THROTTLE.succeeded(name, password)
    return SignedIn(name, safe(visit.form.get("to")))


def sign_out(visit: Visit) -> Answer:
    """End the session."""
    return SignedOut()


def _again(visit: Visit, problem: str, status: int = 403) -> Page:
    shows = {"to": safe(visit.form.get("to")), "name": visit.form.get("name"), "problem": problem}
    return Page("sign_in.html", shows | _ways(visit), status)


def _ways(visit: Visit) -> dict[str, bool]:
    """Say whether there is another way in."""
    return {"has_openid": bool(visit.house.settings.openid_issuer)}


def safe(to: str) -> str:
    """Give a path on this site; "/" for anything that would lead elsewhere."""
    leads_here = to.startswith("/") and not to.startswith("//") and "\\" not in to and to.isprintable()
    return to if leads_here else "/"


ROUTES = [
    Route("GET", "/sign-in", ask, Access.ANYBODY),
    Route("POST", "/sign-in", sign_in, Access.ANYBODY),
    Route("POST", "/sign-out", sign_out, Access.ANYBODY),
]
