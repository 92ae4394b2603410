"""SharePoint's REST interface over HTTP: sign-in, form digest, throttling, the translation of errors.

One connection, one request at a time: NTLM signs in the connection. A write carries a form digest
(``_api/contextinfo``), renewed before it runs out; one that the server takes for expired was surely not done, and is
sent again with a new one. A request whose answer was lost is never sent again.

https://learn.microsoft.com/sharepoint/dev/sp-add-ins/complete-basic-operations-using-sharepoint-rest-endpoints.
"""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bridge.targets.base import (
    Changed,
    Forbidden,
    Full,
    Gone,
    Rejected,
    SignInNeeded,
    TargetError,
    Throttled,
    Unreachable,
)
from bridge.targets.pacing import Patience, seconds_named
from bridge.targets.phrases import phrase
from bridge.targets.sharepoint.ntlm import SCHEMES, Handshake
from storage_plugin.model.marking import N_

VERBOSE = "application/json;odata=verbose"
MARGIN = 60.0
"""Seconds before its end at which a form digest is renewed."""

TIMEOUT = aiohttp.ClientTimeout(total=120)

_DIGEST = "-2130575251"
"""The error code "The security validation for this page is invalid"."""

_DUPLICATE, _THRESHOLD = "-2130575169", "-2147024860"


class Failed(Unreachable):
    """The server is there, and fails over what it was asked for (500)."""


class Away(Unreachable):
    """The server, or what stands before it, was not there for a request (502, 503, 504)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``path`` counts from the site and begins with ``/_api``."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; ``body`` is parsed JSON or None; ``reconnected``: it came over a new connection."""

    status: int
    body: Any
    headers: Mapping[str, str]
    challenges: list[str] = field(default_factory=list)
    reconnected: bool = False

    @property
    def error(self) -> tuple[str, str]:
        """Give the number of the error and its words."""
        said = self.body.get("error") if isinstance(self.body, Mapping) else None
        if not isinstance(said, Mapping):
            return "", self._named
        words = said.get("message")
        text = words.get("value") if isinstance(words, Mapping) else words
        return str(said.get("code", "")).partition(",")[0], str(text or self._named)

    @property
    def _named(self) -> str:
        return N_(f"It answers {phrase(self.status)}.")

    @property
    def told(self) -> Any:
        """Give what is in ``d``; raise Unreachable where somebody else answers (a proxy, a login page)."""
        if isinstance(self.body, Mapping) and "d" in self.body:
            return self.body["d"]
        raise Unreachable("The address answers, but not as SharePoint does.")

    @property
    def retry_after(self) -> float | None:
        """Give the seconds that the server asks to wait, if it does."""
        return seconds_named(self.headers.get("Retry-After", ""))


def new_session() -> aiohttp.ClientSession:
    """Give a session of one connection; cookies would stand for a person."""
    tracing = aiohttp.TraceConfig()
    tracing.on_connection_create_end.append(_note_connection)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=1),
        timeout=TIMEOUT,
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[tracing],
    )


async def _note_connection(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.append(True)


class RestHttp:
    """A connection to one site for one account; ``clock`` in seconds, only its differences count."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        site: str,
        user: str,
        password: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self.site = site.rstrip("/")
        self.user = user
        self.password = password
        self.sleep = sleep
        self.clock = clock
        self._digest, self._digest_ends = "", 0.0
        self._turn = asyncio.Lock()

    async def get(self, path: str) -> Any:
        """Read; give what is in ``d``. Raises what ``error_of`` says."""
        return await self.one(Request("GET", path))

    async def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Write; give what is in ``d``, None for an empty answer. Raises what ``error_of`` says."""
        return await self.one(Request("POST", path, body, headers or {}))

    async def one(self, request: Request) -> Any:
        """Send one request; give what is in ``d``."""
        response = await self.send(request)
        if not 200 <= response.status < 300:
            raise error_of(response)
        return None if response.status == 204 and request.method != "GET" else response.told

    async def send(self, request: Request) -> Response:
        """Send one request with all that goes with it; wait for throttles to end."""
        patience = Patience(self.sleep, N_("SharePoint asks for fewer requests."))
        while True:
            response = await self._with_digest(request)
            if response.status == 401:
                raise SignInNeeded("The server does not accept the user name or the password.")
            if response.status != 429 and not (response.status == 503 and response.retry_after is not None):
                return response
            await patience.wait(response.retry_after)

    async def _with_digest(self, request: Request) -> Response:
        if request.method == "GET":
            return await self._signed_in(request)
        response = await self._signed_in(await self._digested(request))
        if response.status == 403 and response.error[0] == _DIGEST:
            self._digest_ends = 0.0
            response = await self._signed_in(await self._digested(request))
        return response

    async def _digested(self, request: Request) -> Request:
        if self.clock() >= self._digest_ends:
            asked = self.clock()
            answer = await self._signed_in(Request("POST", "/_api/contextinfo"))
            if answer.status == 401:
                raise SignInNeeded("The server does not accept the user name or the password.")
            if answer.status != 200:
                error = error_of(answer)
                raise Unreachable(error.reason) if isinstance(error, Failed | Away) else error
            told = answer.told["GetContextWebInformation"]
            self._digest = str(told["FormDigestValue"])
            self._digest_ends = asked + float(told["FormDigestTimeoutSeconds"]) - MARGIN
        return replace(request, headers={**request.headers, "X-RequestDigest": self._digest})

    async def _signed_in(self, request: Request) -> Response:
        async with self._turn:
            response = await self._exchange(request, {})
            if response.status != 401:
                return response
            offered = {challenge.partition(" ")[0].upper() for challenge in response.challenges}
            scheme = next((each for each in SCHEMES if each in offered), None)
            if scheme is not None:
                handshake = Handshake(scheme, self.user, self.password)
                challenged = await self._exchange(request, {"Authorization": handshake.first()})
                answer = handshake.second(challenged.challenges)
                response = await self._exchange(request, {"Authorization": answer})
                if response.status == 401 and response.reconnected:  # aiohttp repeats what a lost connection ended
                    raise Unreachable(f"{urlsplit(self.site).hostname} ended the connection while we signed in.")
                return response
            if "BASIC" in offered and self.site.startswith("https:"):
                token = b64encode(f"{self.user}:{self.password}".encode()).decode()
                return await self._exchange(request, {"Authorization": f"Basic {token}"})
            raise SignInNeeded("The server offers no way to sign in that is known here (NTLM, or Basic over https).")

    async def _exchange(self, request: Request, headers: Mapping[str, str]) -> Response:
        sent = {"Accept": VERBOSE, "X-FORMS_BASED_AUTH_ACCEPTED": "f", **request.headers, **headers}
        content = None
        if request.body is not None:
            content = json.dumps(request.body).encode()
            sent["Content-Type"] = VERBOSE
        url = self.site + request.path
        opened: list[bool] = []
        try:
            async with self.session.request(
                request.method, url, data=content, headers=sent, allow_redirects=False, trace_request_ctx=opened
            ) as answer:
                raw = await answer.read()
                challenges = answer.headers.getall("WWW-Authenticate", [])
                return Response(answer.status, _parsed(raw), dict(answer.headers), challenges, bool(opened))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{urlsplit(self.site).hostname} does not answer ({type(error).__name__}).") from error


def error_of(response: Response) -> TargetError:
    """Translate an answer that is no success."""
    number, words = response.error
    match response.status:
        case 401:
            return SignInNeeded("The server does not accept the user name or the password.")
        case 403:
            return Forbidden(f"SharePoint refuses this account: {words}")
        case 404:
            return Gone(words)
        case 409 | 412:
            return Changed(words)
        case 429:
            return Throttled("SharePoint asks for fewer requests.", response.retry_after or 10)
        case 507:
            return Full(words)
        case 502 | 503 | 504:
            return Away(N_(f"SharePoint is down: {words}"), response.retry_after or 10)
        case _ if number == _DUPLICATE:
            return Rejected(words)
        case _ if number == _THRESHOLD:
            return Forbidden(
                f"The list is longer than the site lets anybody search: index the column BizId. ({words})"
            )
        case _ if "quota" in words.casefold():
            return Full(words)
        case status if 300 <= status < 400:
            return Unreachable(f"SharePoint fails: {words}")
        case status if status >= 500:
            return Failed(N_(f"SharePoint fails: {words}"), response.retry_after or 10)
        case _:
            return Rejected(words)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
