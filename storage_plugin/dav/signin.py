"""Who is asking: HTTP Basic (RFC 7617) or one of Radicale's other ways to log in → the user's view of the book.

Every request is looked up, so that a revoked password is refused at once in every worker. A header that is no log-in
is 401, never 500; a database that is away is 503, never 401, at which a phone would ask its owner for the password.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from typing import Any, Protocol

from radicale.auth import AuthContext

from storage_plugin.dav.errors import away
from storage_plugin.dav.forwarded import Networks, address_behind, is_in
from storage_plugin.dav.http import HttpError
from storage_plugin.dav.throttle import Throttle
from storage_plugin.model.book import Unavailable, Viewer

REALM = ("WWW-Authenticate", 'Basic realm="Contact Bridge", charset="UTF-8"')
_MAX_CHARACTERS = 1024
_BY_HEADER = ("radicale.auth.http_x_remote_user", "radicale.auth.http_remote_user")
log = logging.getLogger("contact_bridge.dav")


class Doorkeeper(Protocol):
    """What signing in needs of ``database.users.Users``."""

    def sign_in(self, name: str, secret: str) -> Viewer | None:
        """Find the device of an app password; raise Unavailable."""

    def viewer(self, name: str) -> Viewer | None:
        """Look at the active book of a user who has proved his or her name elsewhere; raise Unavailable."""


class SignIn:
    """The door of one worker; ``foreign`` is Radicale's own authentication, when another type is configured.

    ``trusted`` are the proxies that are believed when they say for whom they ask.
    """

    def __init__(self, users: Doorkeeper, foreign: Any = None, trusted: Networks = ()) -> None:
        self._users = users
        self._foreign = foreign
        self._trusted = trusted
        self._throttle = Throttle()
        if foreign is not None:
            # A failed log-in is throttled here; core would hold the worker until all failures take equally long.
            foreign._sleep_for_constant_exec_time = lambda time_ns_begin: None

    def viewer(self, environ: dict[str, Any]) -> Viewer:
        """Say who asks; raise HttpError 401, 429 or 503."""
        external = self._external(environ)
        user, secret = external or credentials(environ.get("HTTP_AUTHORIZATION") or "")
        address = self._address(environ)
        throttle = self._throttle
        if throttle.is_known_wrong(user, address, secret):
            raise _refused()
        if wait := throttle.seconds_to_wait(user, address, secret):
            raise HttpError(429, "Too many wrong passwords.", headers=(("Retry-After", str(wait)),))
        try:
            viewer = self._look_up(user, secret, environ, is_external=bool(external))
        except Unavailable as error:
            raise away(error) from error
        if viewer is None:
            throttle.failed(user, address, secret)
            log.warning("failed log-in of %r from %s", user[:80], address or "an unknown address")
            raise _refused()
        throttle.succeeded(user, secret)
        return viewer

    def _address(self, environ: dict[str, Any]) -> str:
        peer = environ.get("REMOTE_ADDR") or ""
        return address_behind(peer, environ.get("HTTP_X_FORWARDED_FOR") or "", self._trusted)

    def _external(self, environ: dict[str, Any]) -> tuple[()] | tuple[str, str]:
        """Give the user whom somebody before us has signed in; a header is believed of a trusted proxy alone."""
        if self._foreign is None:
            return ()
        found: tuple[()] | tuple[str, str] = self._foreign.get_external_login(environ)
        peer = environ.get("REMOTE_ADDR") or ""
        if found and type(self._foreign).__module__ in _BY_HEADER and not is_in(peer, self._trusted):
            log.warning("%s says who signs in, but trusted_proxies does not name it", peer or "an unknown address")
            raise _refused()
        return found

    def _look_up(self, user: str, secret: str, environ: dict[str, Any], *, is_external: bool) -> Viewer | None:
        if self._foreign is None:
            return self._users.sign_in(user, secret)
        context: Any = AuthContext()  # type: ignore[no-untyped-call]
        context.remote_addr = self._address(environ)
        context.x_remote_addr = environ.get("HTTP_X_REMOTE_ADDR")
        try:
            name = self._foreign.login(user, secret, context)[0]
        except (OSError, RuntimeError) as error:
            raise Unavailable(f"the log-in service cannot be reached: {error}") from error
        return self._users.viewer(name) if name and _is_fit(name) else None


def credentials(header: str) -> tuple[str, str]:
    """Read an Authorization header; raise HttpError 401 for anything that is no Basic log-in."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        raise _refused()
    try:
        octets = b64decode(encoded.strip(), validate=True)
    except ValueError as error:
        raise _refused() from error
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    user, colon, secret = text.partition(":")
    if not (colon and user and secret and _is_fit(user) and _is_fit(secret)):
        raise _refused()
    return user, secret


def _is_fit(text: str) -> bool:
    return len(text) <= _MAX_CHARACTERS and text.isprintable()


def _refused() -> HttpError:
    return HttpError(401, "Please log in with the user name and the password of this device.", headers=(REALM,))
