"""Microsoft Graph over HTTP: what every resource of it shares. Used by the targets ``graph`` and ``sharepoint``.

Tokens, pacing, ``$batch`` and the translation of errors are here and nowhere else. A request that the service has
surely not done (429) is sent again after the time it names; one whose answer was lost is never sent again by this
file: the engine looks for what became of it.

https://learn.microsoft.com/graph/throttling-limits (Outlook service: 10,000 requests in 10 minutes and 4 at a time
for an app and a mailbox), https://learn.microsoft.com/graph/json-batching, https://learn.microsoft.com/graph/errors.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp

from bridge.targets.base import (
    Changed,
    CursorExpired,
    Forbidden,
    Full,
    Gone,
    Rejected,
    SignInNeeded,
    TargetError,
    Throttled,
    Unreachable,
)
from bridge.targets.pacing import Pace, Patience
from storage_plugin.model.marking import N_

ROOT = "https://graph.microsoft.com/v1.0"
BATCH = 20
"""Requests that one ``$batch`` may hold."""

AT_ONCE = 4
"""Requests that may be under way for one mailbox; a ``$batch`` has four under way by itself."""

PREFER = 'IdType="ImmutableId"'

_QUOTA = ("ErrorQuotaExceeded", "QuotaLimitReached", "quotaLimitReached")


class Tokens(Protocol):
    """Where access tokens come from."""

    async def token(self, *, fresh: bool = False) -> str:
        """Give an access token, a new one if ``fresh``; raise SignInNeeded."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``path`` begins with a slash and counts from the root, or is a link that the service gave."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; ``body`` is parsed JSON, bytes for a picture, None for nothing."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Give the error code of Graph, e.g. ``ErrorItemNotFound``."""
        return str(self._error.get("code", ""))

    @property
    def message(self) -> str:
        """Give the error's own words."""
        return str(self._error.get("message", "")) or f"HTTP {self.status}"

    @property
    def retry_after(self) -> float | None:
        """Give the seconds to wait that the service names, if it names any."""
        named = {name.casefold(): value for name, value in self.headers.items()}.get("retry-after", "")
        return float(named) if named.strip().isdigit() else None

    @property
    def _error(self) -> Mapping[str, Any]:
        said = self.body.get("error") if isinstance(self.body, Mapping) else None
        return said if isinstance(said, Mapping) else {}


class GraphHttp:
    """A signed-in connection to Graph, for one mailbox or site."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        root: str = ROOT,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.session = session
        self.tokens = tokens
        self.root = root.rstrip("/")
        self.pace = pace or Pace(time.monotonic, sleep)
        self.sleep = sleep

    async def get(self, path: str) -> Any:
        """Read one resource; raise what ``error_of`` says of a failure."""
        return await self.one(Request("GET", path))

    async def one(self, request: Request) -> Any:
        """Send one request and give the body of its answer; raise what ``error_of`` says of a failure."""
        response = await self.send(request)
        if not response.succeeded:
            raise error_of(response)
        return response.body

    async def send(self, request: Request) -> Response:
        """Send one request; wait for throttles to end. Raises Unreachable, Throttled, SignInNeeded."""
        patience = self._patience()
        while True:
            await self.pace.take(1)
            response = await self._signed_in(request)
            if response.status != 429:
                return response
            await patience.wait(response.retry_after)

    async def batch(self, requests: Sequence[Request]) -> list[Response]:
        """Send up to BATCH requests in one; give their answers in order, throttled ones sent again."""
        answers: dict[int, Response] = {}
        waiting = list(range(len(requests)))
        patience = self._patience()
        while waiting:
            await self.pace.take(len(waiting))
            body = {"requests": [_numbered(index, requests[index]) for index in waiting]}
            response = await self._signed_in(Request("POST", "/$batch", body))
            if response.status == 429:
                await patience.wait(response.retry_after)
                continue
            if not response.succeeded:
                raise error_of(response)
            answers |= {int(each["id"]): _answer(each) for each in response.body["responses"]}
            waiting = [index for index in waiting if index not in answers or answers[index].status == 429]
            if waiting:
                named = [answers[index].retry_after for index in waiting if index in answers]
                await patience.wait(max((each for each in named if each is not None), default=None))
        return [answers[index] for index in range(len(requests))]

    async def in_batches(self, requests: Sequence[Request]) -> list[Response]:
        """Send any number of requests, BATCH at a time."""
        answers: list[Response] = []
        for start in range(0, len(requests), BATCH):
            answers += await self.batch(requests[start : start + BATCH])
        return answers

    async def together(self, requests: Sequence[Request]) -> list[Response]:
        """Send requests that cannot be in a batch, some at a time; all have ended when the first error is raised."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(request: Request) -> Response:
            async with room:
                return await self.send(request)

        answers = await asyncio.gather(*map(one, requests), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if isinstance(answer, Response)]

    def _patience(self) -> Patience:
        return Patience(self.sleep, N_("Microsoft asks for fewer requests."))

    async def _signed_in(self, request: Request) -> Response:
        response = await self._exchange(request, await self.tokens.token())
        if response.status == 401:
            response = await self._exchange(request, await self.tokens.token(fresh=True))
        if response.status == 401:
            raise SignInNeeded("Microsoft does not accept the sign-in any more: sign in anew.")
        return response

    async def _exchange(self, request: Request, token: str) -> Response:
        headers = {"Authorization": f"Bearer {token}", "Prefer": PREFER, **request.headers}
        content: dict[str, Any] = (
            {"data": request.body} if isinstance(request.body, bytes) else {"json": request.body}
        )
        url = self._url(request.path)
        try:
            async with self.session.request(request.method, url, headers=headers, **content) as answer:
                raw = await answer.read()
                return Response(answer.status, _parsed(raw, answer.content_type), dict(answer.headers))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{urlsplit(self.root).hostname} does not answer ({type(error).__name__}).") from error

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self.root + path
        if urlsplit(path)[:2] != urlsplit(self.root)[:2]:
            raise CursorExpired("the cursor belongs to another service")
        return path


def error_of(response: Response) -> TargetError:
    """Translate an answer that is no success."""
    status, code, words = response.status, response.code, response.message
    match status:
        case 401:
            return SignInNeeded("Microsoft does not accept the sign-in any more: sign in anew.")
        case 403 if code in _QUOTA:
            return Full(words)
        case 403:
            return Forbidden(f"Microsoft refuses this account or app: {words}")
        case 404:
            return Gone(words)
        case 409 | 412:
            return Changed(words)
        case 410:
            return CursorExpired(words)
        case 429:
            return Throttled("Microsoft asks for fewer requests.", response.retry_after or 10)
        case 503 if response.retry_after is not None:
            return Throttled("Microsoft asks for fewer requests.", response.retry_after)
        case 507:
            return Full(words)
        case _ if code in ("syncStateNotFound", "SyncStateNotFound", "resyncRequired", "ResyncRequired"):
            return CursorExpired(words)
        case _ if code in _QUOTA:
            return Full(words)
        case _ if code in ("ErrorInvalidIdMalformed", "ErrorItemNotFound"):
            return Gone(words)
        case _ if status >= 500:
            return Unreachable(f"Microsoft Graph fails: {words}", response.retry_after or 10)
        case _:
            return Rejected(words)


def _numbered(index: int, request: Request) -> dict[str, Any]:
    headers = {"Prefer": PREFER, **request.headers}
    if request.body is not None:
        headers.setdefault("Content-Type", "application/json")
    said = {"id": str(index), "method": request.method, "url": request.path, "headers": headers}
    return said | ({} if request.body is None else {"body": request.body})


def _answer(said: Mapping[str, Any]) -> Response:
    return Response(int(said["status"]), said.get("body"), said.get("headers") or {})


def _parsed(raw: bytes, content_type: str) -> Any:
    if not raw:
        return None
    if not content_type.endswith("json"):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return None
