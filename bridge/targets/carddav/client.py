"""HTTP to a CardDAV server: one session, Basic authentication, and the one place where its failures become ours.

RFC 9110 (conditional requests, redirects, Retry-After), RFC 7617 (Basic), RFC 4918 section 11 (507).
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from yarl import URL

from bridge.targets.base import Forbidden, Full, SignInNeeded, Throttled, Unreachable
from bridge.targets.carddav.mapping import Multistatus, NotWebDav, conditions, multistatus
from bridge.targets.pacing import seconds_named
from storage_plugin.model.marking import N_

CONNECT_WITHIN, ANSWER_WITHIN = 15.0, 120.0
"""Seconds until a connection stands, and until a server says something more."""

_CONNECTIONS = 4
_REDIRECTS = 5
_READING = {"GET", "OPTIONS", "PROPFIND", "REPORT"}
_STUMBLED = (0.2, 1.0)
"""Seconds until a reading request is sent again that met a 500: Radicale 3.9 stumbles over a card that somebody
deletes while it reads the book (FileNotFoundError), and knows the answer a moment later."""

_XML = "application/xml; charset=utf-8"
_UNFINISHED = 60.0
"""Seconds to wait after an answer without Retry-After that says "later"."""


class CannotConnect(Unreachable):
    """There is no talking to the server; ``cure`` is one sentence that says what to do."""

    def __init__(self, reason: str, cure: str) -> None:
        super().__init__(reason)
        self.cure = cure


class TurnedAway(Exception):
    """The server answers a request with an error; who sent it knows what that means for it."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__(N_(f"the server answers {_phrase(status)}"))
        self.status = status
        self.conditions = conditions(body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status of 200 to 299; ``url`` is where it came from after redirects."""

    status: int
    url: URL
    etag: str
    body: bytes

    @property
    def multistatus(self) -> Multistatus:
        """Read a 207."""
        try:
            return multistatus(self.body)
        except NotWebDav as error:
            raise Unreachable(f"The server's answer cannot be read: {error}.") from error


class Client:
    """Requests to one server as one user. Paths are relative to ``base``."""

    def __init__(self, base: str, user: str, password: str, context: ssl.SSLContext | None = None) -> None:
        self.base = URL(base if "://" in base else f"https://{base}")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"} if user else {}
        self._tls: ssl.SSLContext | bool = context or True
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, path: str | URL, body: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request and follow redirects within the server; raise TurnedAway for 3xx, 4xx and 5xx.

        Raises what concerns all requests alike: Unreachable, Throttled, SignInNeeded, Full.
        """
        for pause in _STUMBLED if method in _READING else ():
            try:
                return await self._ask(method, path, body, headers)
            except TurnedAway as error:
                if error.status != 500:
                    raise
            await asyncio.sleep(pause)
        return await self._ask(method, path, body, headers)

    async def _ask(self, method: str, path: str | URL, body: str, headers: Mapping[str, str] | None) -> Reply:
        url = path if isinstance(path, URL) else self.base.join(URL(path, encoded=True))
        for _ in range(_REDIRECTS):
            reply, location = await self._once(method, url, body, headers or {})
            if not location:
                return reply
            url = self._followed(url, location)
        raise Unreachable("The server sends us round in circles.")

    async def dav(self, method: str, path: str | URL, body: str, depth: str = "0") -> Reply:
        """Send a request with an XML body."""
        return await self.ask(method, path, body, {"Content-Type": _XML, "Depth": depth})

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _once(self, method: str, url: URL, body: str, headers: Mapping[str, str]) -> tuple[Reply, str]:
        with translated(url):
            async with self._opened().request(
                method,
                url,
                data=body.encode() or None,
                headers=self._headers | dict(headers),
                allow_redirects=False,
                ssl=self._tls,
            ) as answer:
                content = await answer.read()
        _check(answer.status, answer.headers, content)
        location = answer.headers.get("Location", "") if answer.status in (301, 302, 307, 308) else ""
        if answer.status >= 300 and not location:
            raise TurnedAway(answer.status, content)
        return Reply(answer.status, url, answer.headers.get("ETag", ""), content), location

    def _followed(self, url: URL, location: str) -> URL:
        """Give the place to go to: the same host, never from https to http, or the password would be told."""
        to = url.join(URL(location))
        if to.host != url.host or (url.scheme, to.scheme) == ("https", "http"):
            raise CannotConnect(
                f"The server sends us to {to.origin()}.", f"If that is right, enter {to} as the server's address."
            )
        return to

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN, sock_read=ANSWER_WITHIN),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Contact Bridge"},
            )
        return self._session


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turn the failures of the network into ours."""
    try:
        yield
    except aiohttp.ClientConnectorDNSError as error:
        cure = N_(f"Check the server's name {url.host}, and that this machine can look up names.")
        raise CannotConnect(f"There is no server named {url.host}.", cure) from error
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
        cure = N_("Check that the address begins with the right http or https, and the server's certificate.")
        raise CannotConnect(f"No secure connection with {url.host}: {error.__cause__ or error}.", cure) from error
    except aiohttp.ClientConnectorError as error:
        cure = N_(f"Check the port {url.port} in the address, and that the server runs.")
        raise CannotConnect(f"{url.host} does not take the connection: {error.strerror}.", cure) from error
    except TimeoutError as error:
        cure = N_("Check that the server runs and that no firewall is between.")
        raise CannotConnect(f"{url.host} does not answer.", cure) from error
    except (aiohttp.ClientError, OSError) as error:
        cure = N_("Try again; if it stays so, ask who runs the server.")
        raise CannotConnect(
            f"The connection with {url.host} broke: {error or type(error).__name__}.", cure
        ) from error


def _check(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raise what an answer means for every request alike."""
    match status:
        case 401:
            raise SignInNeeded("The server does not accept the user name or the password.")
        case 403 if "{DAV:}need-privileges" in conditions(body):
            raise Forbidden("The server does not let this user do that.")
        case 429:
            raise Throttled("The server asks for fewer requests.", _retry_after(headers))
        case 502 | 503 | 504:
            raise Unreachable(f"The server is down for now ({_phrase(status)}).", _retry_after(headers))
        case 507:
            raise Full("The server has no room for more.")


def _retry_after(headers: Mapping[str, str]) -> float:
    named = seconds_named(headers.get("Retry-After", ""))
    return _UNFINISHED if named is None else named


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
