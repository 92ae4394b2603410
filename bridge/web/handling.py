"""From an HTTP request to a page and back: session, rights, forged forms, languages, errors.

Pages run in threads; the event loop waits for none of them. Whatever goes wrong is a page with one sentence.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bridge.web import headers
from bridge.web.answers import AtOnce, File, Live, Page, Redirect, SignedIn, SignedOut
from bridge.web.forgery import FIELD, HEADER, is_forged, mark
from bridge.web.house import House
from bridge.web.languages import Language, preferred
from bridge.web.live import Streams
from bridge.web.proxies import Seen, seen
from bridge.web.reading import posted, texts
from bridge.web.rendering import Renderer
from bridge.web.routes import Access, Route
from bridge.web.sentences import sentences
from bridge.web.visit import Form, Visit
from bridge.web.watching import Watch
from storage_plugin.database.sessions import Session, Sessions
from storage_plugin.database.users import Users
from storage_plugin.dav.forwarded import Networks
from storage_plugin.model.book import BookError, NotFound, Refused, StorageFull, TooLarge, Unavailable, Viewer
from storage_plugin.model.marking import N_

LOG = logging.getLogger(__name__)

COOKIE = "contact-bridge"
_STATUS: tuple[tuple[type[BookError], int], ...] = (
    (NotFound, 404),
    (Refused, 409),
    (TooLarge, 413),
    (StorageFull, 507),
    (Unavailable, 503),
    (BookError, 409),
)


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who sends a request: what the browser said, and the session behind its cookie."""

    seen: Seen
    token: str
    session: Session | None
    viewer: Viewer | None
    language: Language

    @property
    def access(self) -> Access:
        if self.viewer is None:
            return Access.ANYBODY
        return Access.ADMINISTRATOR if self.viewer.is_administrator else Access.COWORKER

    @property
    def is_secure(self) -> bool:
        return self.seen.scheme == "https"


class Handling:
    """Makes aiohttp handlers of routes."""

    def __init__(self, house: House, renderer: Renderer, trusted: Networks) -> None:
        self._house = house
        self._render = renderer
        self._trusted = trusted
        self._watch = Watch(house)
        self._sessions = Sessions(house.database)
        self._users = Users(house.database)
        self.streams = Streams()

    def handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Make the handler of one route."""
        return partial(self._handle, route)

    async def _handle(self, route: Route, request: web.Request) -> web.StreamResponse:
        told = seen(request.remote or "", request.scheme, request.host, request.headers, self._trusted)
        try:
            return await self._answered(route, request, told)
        except web.HTTPException:
            raise
        except (BookError, ConnectionResetError) as error:
            caller = _Caller(told, "", None, None, preferred(request.headers.get("Accept-Language", "")))
            return self._error(request, caller, *_told(error, caller.language))

    async def _answered(self, route: Route, request: web.Request, told: Seen) -> web.StreamResponse:
        caller = await asyncio.to_thread(self._caller, request, told)
        if caller.access.value < route.access.value:
            return self._refused(request, caller)
        form = Form()
        if route.method == "POST":
            try:
                form = await posted(request, route.largest)
            except web.HTTPRequestEntityTooLarge:
                megabytes = route.largest // 1024 // 1024
                return self._error(request, caller, 413, caller.language.said(_TOO_LARGE, megabytes=megabytes))
            said = request.headers.get(HEADER) or form.get(FIELD)
            if is_forged(caller.token, said, request.headers.get("Sec-Fetch-Site")):
                return self._error(request, caller, 403, caller.language.said(_FORGED))
        visit = self._visit(request, caller, form)
        try:
            answer = await asyncio.to_thread(route.page, visit)
        except BookError as error:
            return self._error(request, caller, *_told(error, caller.language))
        except Exception:
            LOG.exception("%s %s", route.method, route.path)
            return self._error(request, caller, 500, caller.language.said(_FAULT))
        if isinstance(answer, Live):
            return await self.streams.send(
                request, self._headers(caller), partial(self._look, request, caller, answer)
            )
        return await asyncio.to_thread(self._response, request, caller, answer)

    # --- who asks ---

    def _caller(self, request: web.Request, told: Seen) -> _Caller:
        token = request.cookies.get(_cookie(told), "")
        session = self._sessions.find(token) if token else None
        viewer = self._users.viewer(session.user) if session else None
        chosen = session.language if session else ""
        language = preferred(request.headers.get("Accept-Language", ""), chosen)
        return _Caller(told, token, session if viewer else None, viewer, language)

    def _visit(self, request: web.Request, caller: _Caller, form: Form) -> Visit:
        return Visit(
            house=self._house,
            language=caller.language,
            path=request.path,
            origin=f"{caller.seen.scheme}://{caller.seen.host}",
            address=caller.seen.address,
            parts=dict(request.match_info),
            query=Form(texts(request.query)),
            form=form,
            viewer=caller.viewer,
            session_id=caller.session.id if caller.session else None,
            browser=mark(caller.token) if caller.token else "",
            is_fragment=request.headers.get("HX-Request") == "true",
        )

    # --- what is answered ---

    def _response(self, request: web.Request, caller: _Caller, answer: AtOnce) -> web.Response:
        match answer:
            case Page():
                shows = {**answer.shows, "troubles": self._watch.troubles(caller.viewer)}
                return self._page(request, caller, replace(answer, shows=shows))
            case Redirect(to, said):
                if said and caller.session:
                    self._sessions.say(caller.session.id, said)
                return _redirect(request, to)
            case SignedIn(user, to):
                response = _redirect(request, to)
                agent, spoken = request.headers.get("User-Agent", ""), caller.language.code
                token = self._sessions.start(user, caller.seen.address, agent, spoken)
                if caller.session:
                    self._sessions.end(caller.session.id)
                _give_cookie(response, caller.seen, token)
                return response
            case SignedOut():
                if caller.session:
                    self._sessions.end(caller.session.id)
                response = _redirect(request, "/sign-in")
                response.del_cookie(_cookie(caller.seen), path="/", secure=caller.is_secure)
                return response
            case File(content, content_type, name):
                disposition = f"attachment; filename*=UTF-8''{quote(name)}" if name else "inline"
                more = {"Content-Disposition": disposition, "Content-Type": content_type}
                return web.Response(body=content, headers=self._headers(caller) | more)

    def _page(self, request: web.Request, caller: _Caller, page: Page) -> web.Response:
        token = caller.token or secrets.token_urlsafe(32)
        said: list[str] = json.loads(caller.session.said) if caller.session and caller.session.said else []
        shows = self._shows(request, caller, token) | {"said": said, **page.shows}
        text = self._render(page.template, caller.language, shows)
        if said and caller.session:
            self._sessions.was_told(caller.session.id)
        response = web.Response(
            text=text, content_type="text/html", status=page.status, headers=self._headers(caller)
        )
        if not caller.token:
            _give_cookie(response, caller.seen, token)
        return response

    def _shows(self, request: web.Request, caller: _Caller, token: str) -> dict[str, Any]:
        is_fragment = request.headers.get("HX-Request") == "true"
        shown = {"viewer": caller.viewer, "path": request.path, "csrf": mark(token), "is_fragment": is_fragment}
        return shown | {"troubles": ()}

    def _look(self, request: web.Request, caller: _Caller, live: Live) -> str | None:
        """Look again, for somebody who is still who he or she was when the stream began: else it is over."""
        session = self._sessions.find(caller.token)
        viewer = self._users.viewer(session.user) if session else None
        if _standing(viewer) != _standing(caller.viewer) or (found := live.look()) is None:
            return None
        return self._render(live.template, caller.language, {**self._shows(request, caller, caller.token), **found})

    def _error(self, request: web.Request, caller: _Caller, status: int, sentence: str) -> web.Response:
        response = self._page(request, caller, Page("error.html", {"sentence": sentence}, status))
        if status == 503:
            response.headers["Retry-After"] = "10"
        return response

    def _refused(self, request: web.Request, caller: _Caller) -> web.Response:
        """Have a stranger sign in; tell a coworker that there is no such page."""
        if caller.access is not Access.ANYBODY:
            return self._error(request, caller, 404, caller.language.said(_NO_PAGE))
        there = request.path_qs if request.method == "GET" else "/"
        return _redirect(request, "/sign-in" if there == "/" else f"/sign-in?to={quote(there, safe='')}")

    def _headers(self, caller: _Caller) -> dict[str, str]:
        secure = headers.HTTPS_ONLY if caller.is_secure else {}
        return headers.SECURITY | headers.STAYS_PRIVATE | secure | {"Content-Language": caller.language.code}


_FORGED = N_("This form is out of date, or it did not come from this page: load the page again.")
_TOO_LARGE = N_("Nothing was done: this page takes %(megabytes)s MB at once, and this was more.")
_FAULT = N_("Something went wrong that should not: the server's log says what.")
_NO_PAGE = N_("There is no such page.")


def _standing(viewer: Viewer | None) -> tuple[object, ...]:
    """Give what decides about what somebody may see."""
    return () if viewer is None else (viewer.user_id, viewer.book_id, viewer.is_administrator, viewer.view)


def _told(error: BookError | ConnectionResetError, spoken: Language) -> tuple[int, str]:
    if not isinstance(error, BookError):
        raise error
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return status, sentences(spoken).alone(str(error) or spoken.said(_FAULT))


def _cookie(told: Seen) -> str:
    """Name the cookie: over https, one that no other host and no http page can set (RFC 6265bis 4.1.3)."""
    return f"__Host-{COOKIE}" if told.scheme == "https" else COOKIE


def _give_cookie(response: web.Response, told: Seen, token: str) -> None:
    secure = told.scheme == "https"
    response.set_cookie(_cookie(told), token, path="/", httponly=True, secure=secure, samesite="Lax")


def _redirect(request: web.Request, to: str) -> web.Response:
    """Send elsewhere: htmx is told so, since it would follow within the page."""
    if request.headers.get("HX-Request") == "true":
        return web.Response(status=204, headers={"HX-Redirect": to, **headers.SECURITY, **headers.STAYS_PRIVATE})
    return web.Response(status=303, headers={"Location": to, **headers.SECURITY, **headers.STAYS_PRIVATE})


def plain(sentence: str, status: int) -> Any:
    """Give an answer without a page: for what comes before any page can be made."""
    return web.Response(text=sentence, status=status, headers=headers.SECURITY | headers.STAYS_PRIVATE)
