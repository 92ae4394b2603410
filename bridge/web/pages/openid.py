"""Signing in at the firm's own provider (OpenID Connect); it says who somebody is, and adds nobody."""

from __future__ import annotations

import logging
import time

from bridge.openid import Client, NotSignedIn, begin, finish, names_in
from bridge.web.answers import Answer, Page, Redirect, SignedIn
from bridge.web.pages.signing_in import safe
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.users import Users

LOG = logging.getLogger(__name__)
_DONE = "/sign-in/openid/done"


def start(visit: Visit) -> Answer:
    """Send the browser to the provider; one that we have not seen comes by the sign-in page first."""
    client = _client(visit)
    if client is None or not visit.browser:
        return Redirect("/sign-in")
    to = safe(visit.query.get("to"))
    try:
        there = begin(client, visit.house.vault, visit.browser, visit.origin + _DONE, to, time.time())
    except NotSignedIn as error:
        return _failed(visit, error)
    return Redirect(there)


def done(visit: Visit) -> Answer:
    """Take the browser back from the provider, and find who it is among the users."""
    client = _client(visit)
    if client is None:
        return Redirect("/sign-in")
    said = {name: values[0] for name, values in visit.query.fields.items() if values}
    try:
        claims, to = finish(client, visit.house.vault, visit.browser, visit.origin + _DONE, said, time.time())
    except NotSignedIn as error:
        return _failed(visit, error)
    known = {each.name for each in Users(visit.database).all()}
    name = next((name for name in names_in(claims) if name in known), None)
    if name is None:
        return _again(visit, visit._("You are known there, but not here: ask your administrator to add you."))
    return SignedIn(name, safe(to))


def _client(visit: Visit) -> Client | None:
    """Give what is set; None where it is not."""
    settings = visit.house.settings
    if not settings.openid_issuer:
        return None
    file = settings.openid_secret_file
    try:
        secret = (visit.house.place.folder / file).read_text("utf-8").strip() if file else ""
    except (OSError, ValueError) as error:
        LOG.warning("openid_secret_file cannot be read: %s", type(error).__name__)
        return None
    return Client(settings.openid_issuer, settings.openid_client_id, secret)


def _failed(visit: Visit, error: NotSignedIn) -> Page:
    LOG.warning("a sign-in with OpenID Connect failed: %s", error)
    return _again(visit, visit._("The sign-in did not work: try it again."))


def _again(visit: Visit, problem: str) -> Page:
    return Page("sign_in.html", {"to": "/", "name": "", "problem": problem, "has_openid": True}, 403)


ROUTES = [
    Route("GET", "/sign-in/openid", start, Access.ANYBODY),
    Route("GET", _DONE, done, Access.ANYBODY),
]
