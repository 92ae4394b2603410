"""The way to Radicale's own methods, for what is too rare to be written again.

Radicale's entry would log in a second time, sleep after a refusal and check paths as file names; so its methods are
called directly, for a user who is signed in already, with the book lent to our Storage through a context variable.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.http import Answer, HttpError
from storage_plugin.dav.paths import BOOK, Kind
from storage_plugin.model.book import AddressBook, BookError

lent_book: ContextVar[AddressBook | None] = ContextVar("lent_book", default=None)
"""The book of the request that is being answered, when our own entry has signed its user in."""

log = logging.getLogger("contact_bridge.dav")


@contextmanager
def lending(book: AddressBook) -> Iterator[None]:
    """Lend ``book`` to our Storage while Radicale answers."""
    token = lent_book.set(book)
    try:
        yield
    finally:
        lent_book.reset(token)


def answer_by_core(application: Any, exchange: Exchange, body: bytes) -> Answer:
    """Let Radicale answer ``exchange``; what it stumbles over is the client's fault: 400."""
    environ = {**exchange.environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    method = getattr(application, f"do_{exchange.method}")
    user = exchange.book.viewer.user
    info: dict[str, Any] = {"method": exchange.method, "login": user, "path": path_of(exchange), "useragent": ""}
    info |= {"host": exchange.environ.get("REMOTE_ADDR") or "", "status": 0}
    with lending(exchange.book):
        try:
            status, headers, content, _ = method(environ, exchange.prefix, path_of(exchange), user, set(), info)
        except BookError:
            raise
        except Exception as error:
            log.warning("Radicale could not answer %s: %r", exchange.method, error)
            raise HttpError(400, "This request cannot be answered.") from error
    named = dict(headers)
    if isinstance(content, str):
        content = content.encode()
        named["Content-Type"] = f"{named.get('Content-Type', 'text/plain')}; charset=utf-8"
    return Answer(int(status), tuple(named.items()), content or b"")


def path_of(exchange: Exchange) -> str:
    """Give the decoded path as Radicale wants it."""
    place = exchange.place
    paths = {Kind.ROOT: "/", Kind.HOME: f"/{place.user}/", Kind.BOOK: f"/{place.user}/{BOOK}/"}
    return paths.get(place.kind, f"/{place.user}/{BOOK}/{place.href}")
