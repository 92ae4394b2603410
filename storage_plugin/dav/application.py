"""The WSGI entry of a DAV worker: signs in, finds what the path leads to, and has it answered.

A subclass of Radicale's Application which owns ``__call__`` wholly: log-in, 503, refusals with their DAV:error,
and all requests that clients send every day are answered by our own code, straight from rows to text. Radicale's
core answers the rest over our Storage.

``application`` builds itself on the first call: CONTACT_BRIDGE_DATABASE names the database, RADICALE_CONFIG
optionally files of Radicale's (other ways to log in), CONTACT_BRIDGE_VCARD4=1 advertises vCard 4.0,
CONTACT_BRIDGE_THREADS says how many threads the web server answers with (16), CONTACT_BRIDGE_TRUSTED_PROXIES whose
X-Forwarded-For is believed (addresses and networks with blanks between; nobody's).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import radicale.app
from radicale import log as radicale_log
from radicale.config import Configuration

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.dav import items, opening
from storage_plugin.dav.auth import Auth
from storage_plugin.dav.core import answer_by_core
from storage_plugin.dav.errors import COLLECTION_LOCATION, http_error
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.forwarded import networks
from storage_plugin.dav.hanging_up import hang_up
from storage_plugin.dav.http import Answer, HttpError
from storage_plugin.dav.paths import BadPath, Kind, Place, Urls, decoded_path, place_of
from storage_plugin.dav.presented import Presented
from storage_plugin.dav.propfind import propfind
from storage_plugin.dav.proppatch import proppatch
from storage_plugin.dav.report import report
from storage_plugin.dav.signin import SignIn
from storage_plugin.dav.storage import Storage
from storage_plugin.dav.unread import drop_body
from storage_plugin.dav.waiting import Waiting
from storage_plugin.model.book import BookError

ALLOW = ("Allow", "DELETE, GET, HEAD, MOVE, OPTIONS, PROPFIND, PROPPATCH, PUT, REPORT")
DAV = ("DAV", "1, 3, addressbook")
_WELL_KNOWN = ("/.well-known/carddav", "/.well-known/caldav")

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
log = logging.getLogger("contact_bridge.dav")


class Application(radicale.app.Application):
    """One worker's application; threads share it."""

    def __init__(self, configuration: Configuration, *, offers_v4: bool = False) -> None:
        """Load storage, rights and log-in as configured; the database is connected at the first request."""
        super().__init__(configuration)
        assert isinstance(self._storage, Storage)
        self._database = self._storage.database
        foreign = None if isinstance(self._auth, Auth) else self._auth
        trusted = networks(os.environ.get("CONTACT_BRIDGE_TRUSTED_PROXIES", "").split())
        self._sign_in = SignIn(self._storage.users, foreign, trusted)
        self._presented = Presented()
        self._waiting = Waiting(int(os.environ.get("CONTACT_BRIDGE_THREADS") or 16), hang_up)
        self._offers_v4 = offers_v4

    def close(self) -> None:
        """Write what is still to be written, and close the connections to the database."""
        self._presented.close()
        self._database.close()

    def __call__(self, environ: Any, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        answer = self.answer(environ)
        drop_body(environ)
        body = answer.body
        headers = [*answer.headers, DAV]
        if answer.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        start_response(answer.status_line, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" or not body else [body]

    def answer(self, environ: dict[str, Any]) -> Answer:
        """Answer a request; whatever goes wrong becomes an answer too."""
        try:
            return self._answer(environ)
        except HttpError as error:
            return error.answer
        except BadPath as error:
            return HttpError(400, f"Bad path: {error}.").answer
        except Exception:
            log.exception("a fault of ours while answering %s", environ.get("REQUEST_METHOD"))
            return HttpError(500, "A fault of the server; it has been noted.").answer

    def _answer(self, environ: dict[str, Any]) -> Answer:
        method = environ["REQUEST_METHOD"].upper()
        path = decoded_path(environ.get("PATH_INFO") or "/")
        prefix = _prefix(environ)
        if path.rstrip("/").endswith(_WELL_KNOWN):
            return Answer(301, (("Location", Urls.of(prefix, "").root),))
        if method == "OPTIONS" and not environ.get("HTTP_AUTHORIZATION"):
            return _options()
        place = place_of(path)
        viewer = self._sign_in.viewer(environ)
        if place.kind is not Kind.ROOT and place.user != viewer.user:
            raise HttpError(403, "This is the home of somebody else, or of nobody.")
        book = SqlAddressBook(self._database, viewer)
        worker = (self._presented, self._waiting)
        exchange = Exchange(environ, method, place, prefix, book, *worker, offers_v4=self._offers_v4)
        try:
            return self._dispatch(exchange)
        except BookError as error:
            raise http_error(error, exchange.urls) from error

    def _dispatch(self, exchange: Exchange) -> Answer:
        match exchange.method:
            case "PROPFIND":
                return propfind(exchange)
            case "REPORT":
                return report(exchange, lambda asked, body: answer_by_core(self, asked, body))
            case "PUT":
                return items.put(exchange)
            case "GET" | "HEAD":
                return items.get(exchange)
            case "DELETE":
                return items.delete(exchange)
            case "MOVE":
                return items.move(exchange)
            case "PROPPATCH":
                return proppatch(exchange)
            case "OPTIONS":
                return _options()
            case "MKCOL" | "MKCALENDAR":
                reason = "Every home holds exactly one address book."
                raise HttpError(403, reason, condition=COLLECTION_LOCATION)
        raise HttpError(405, "This method is not known here.", headers=(ALLOW,))


def _options() -> Answer:
    return Answer(200, (ALLOW,))


def _prefix(environ: dict[str, Any]) -> str:
    """Read below which path a reverse proxy shows this server (SCRIPT_NAME or X-Script-Name)."""
    prefix = environ.get("HTTP_X_SCRIPT_NAME") or environ.get("SCRIPT_NAME") or ""
    if not prefix:
        return ""
    prefix = decoded_path(prefix).rstrip("/")
    if prefix and (not prefix.startswith("/") or not prefix.isprintable()):
        raise HttpError(400, "X-Script-Name is no path.")
    return prefix


_lock = Lock()
_instance: Application | None = None


def build(database: str = "", radicale_config: str | None = None, *, offers_v4: bool = False) -> Application:
    """Make an application over the database of a URL, or of the environment."""
    radicale_log.logger.addFilter(lambda record: not str(record.msg).startswith("Logging "))
    radicale_log.setup()
    radicale_log.set_level("warning", False)
    return Application(opening.configuration(radicale_config, database), offers_v4=offers_v4)


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer as the worker of a WSGI server, which imports this by name."""
    global _instance
    if _instance is None:
        with _lock:
            if _instance is None:
                offers_v4 = os.environ.get("CONTACT_BRIDGE_VCARD4") == "1"
                _instance = build(radicale_config=os.environ.get("RADICALE_CONFIG"), offers_v4=offers_v4)
    return _instance(environ, start_response)


__all__ = ["Application", "Place", "application", "build"]
