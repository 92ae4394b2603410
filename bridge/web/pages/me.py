"""One's own: password, language, and where one is signed in."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.languages import NAMES, language
from bridge.web.own_view import may_filter
from bridge.web.pages.first_run import SHORTEST
from bridge.web.pages.signing_in import THROTTLE
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.sessions import Sessions
from storage_plugin.database.users import Users
from storage_plugin.model.book import NotFound, Refused


def show(visit: Visit) -> Answer:
    """Show the visitor's own settings."""
    sessions = Sessions(visit.database)
    shows = {
        "sessions": sessions.of(visit.who.user),
        "this": visit.session_id,
        "chosen": sessions.language(visit.who.user),
        "names": NAMES,
        "shortest": SHORTEST,
        "may_filter": may_filter(visit),
    }
    return Page("me.html", shows)


def set_password(visit: Visit) -> Answer:
    """Change the own password: the present one is asked for, and all other sessions end."""
    old, new, again = (visit.form.get(each) for each in ("old", "new", "again"))
    name, users = visit.who.user, Users(visit.database)
    wait = THROTTLE.seconds_to_wait(name, visit.address, old)
    if wait:
        raise Refused(visit._("Too many attempts: try again in %(seconds)s seconds.", seconds=wait))
    if not users.verify_password(name, old):
        THROTTLE.failed(name, visit.address, old)
        raise Refused(visit._("This is not your present password."))
    if new != again:
        raise Refused(visit._("The new password is not the same in both places."))
    if len(new) < SHORTEST:
        raise Refused(visit._("The password needs %(number)s characters.", number=SHORTEST))
    users.set_password(name, new)
    Sessions(visit.database).end_all(name, visit.session_id)
    return Redirect("/me", visit._("Your password is changed; you are signed in here only."))


def set_language(visit: Visit) -> Answer:
    """Choose the language of the page, or leave it to the browser."""
    code = visit.form.get("language")
    if code and code not in NAMES:
        raise Refused(visit._("This language is not spoken here."))
    Sessions(visit.database).set_language(visit.who.user, code)
    spoken = language(code) if code else visit.language
    return Redirect("/me", spoken.said("The language is set."))


def end_session(visit: Visit) -> Answer:
    """End one of the own sessions."""
    sessions = Sessions(visit.database)
    wanted = visit.parts["session"]
    found = next((each.id for each in sessions.of(visit.who.user) if str(each.id) == wanted), None)
    if found is None:
        raise NotFound(visit._("There is no such session."))
    sessions.end(found)
    return Redirect("/me", visit._("The session has ended."))


def end_others(visit: Visit) -> Answer:
    """End all of the own sessions but this one."""
    Sessions(visit.database).end_all(visit.who.user, visit.session_id)
    return Redirect("/me", visit._("You are signed in here only."))


ROUTES = [
    Route("GET", "/me", show),
    Route("POST", "/me/password", set_password),
    Route("POST", "/me/language", set_language),
    Route("POST", r"/me/sessions/{session:\d+}/end", end_session),
    Route("POST", "/me/sessions/end", end_others),
]
