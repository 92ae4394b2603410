"""Microsoft Graph over HTTP: what every resource of it shares. Used by the targets ``graph`` and ``sharepoint``.

Tokens, pacing and ``$batch`` are here and nowhere else. A request that the service has surely not done (429, 401) is
sent again, after the time it names or with a new token; one whose answer was lost, or cannot be read, is never sent
again by this file: the engine looks for what became of it.

https://learn.microsoft.com/graph/throttling-limits (Outlook service: 10,000 requests in 10 minutes and 4 at a time
for an app and a mailbox), https://learn.microsoft.com/graph/json-batching.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp

from bridge.targets.base import CursorExpired, SignInNeeded, Unreachable
from bridge.targets.graph_answers import Request, Response, error_of, parsed, parts_of, readable, rows_of
from bridge.targets.pacing import Pace, Patience
from storage_plugin.model.marking import N_

ROOT = "https://graph.microsoft.com/v1.0"
BATCH = 20
"""Requests that one ``$batch`` may hold."""

AT_ONCE = 4
"""Requests that may be under way for one mailbox; a ``$batch`` has four under way by itself."""

PREFER = 'IdType="ImmutableId"'

MOST_PAGES = 10_000
"""Pages after which a list is taken to have no end."""


class Tokens(Protocol):
    """Where access tokens come from."""

    async def token(self, *, fresh: bool = False) -> str:
        """Give an access token, a new one if ``fresh``; raise SignInNeeded."""


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

    async def pages(self, path: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Mapping[str, Any]]:
        """Follow a list to its end; each page has ``value``, a list of objects. Raises what ``error_of`` says."""
        seen: set[str] = set()
        following: str | None = path
        while following:
            if following in seen or len(seen) >= MOST_PAGES:
                raise Unreachable("Microsoft Graph tells the same page again and again.")
            seen.add(following)
            page = await self.one(Request("GET", following, headers=headers or {}))
            rows_of(page)
            yield page
            following = page.get("@odata.nextLink")

    async def send(self, request: Request) -> Response:
        """Send one request; wait for throttles to end. Raises Unreachable, Throttled, SignInNeeded."""
        patience = self._patience()
        while True:
            await self.pace.take(1)
            response = await self._signed_in(request)
            if response.status != 429:
                return readable(request, response)
            await patience.wait(response.retry_after)

    async def batch(self, requests: Sequence[Request]) -> list[Response]:
        """Send up to BATCH requests in one; give their answers in order, throttled ones sent again."""
        answers: dict[int, Response] = {}
        waiting = list(range(len(requests)))
        patience, is_renewed = self._patience(), False
        while waiting:
            await self.pace.take(len(waiting))
            body = {"requests": [_numbered(index, requests[index]) for index in waiting]}
            response = await self._signed_in(Request("POST", "/$batch", body))
            if response.status == 429:
                await patience.wait(response.retry_after)
                continue
            if not response.succeeded:
                raise error_of(response)
            told = parts_of(response.body, waiting)
            answers |= {index: readable(requests[index], part) for index, part in told.items()}
            expired = [index for index in told if told[index].status == 401 and not is_renewed]
            if expired:
                await self.tokens.token(fresh=True)
                is_renewed = True
            throttled = [index for index in told if told[index].status == 429]
            if throttled:
                named = [told[index].retry_after for index in throttled]
                await patience.wait(max((each for each in named if each is not None), default=None))
            waiting = sorted(expired + throttled)
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
            async with self.session.request(
                request.method, url, headers=headers, allow_redirects=False, **content
            ) as answer:
                raw = await answer.read()
                return Response(answer.status, parsed(raw, answer.content_type), dict(answer.headers))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{urlsplit(self.root).hostname} does not answer ({type(error).__name__}).") from error

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self.root + path
        if urlsplit(path)[:2] != urlsplit(self.root)[:2]:
            raise CursorExpired("the cursor belongs to another service")
        return path


def _numbered(index: int, request: Request) -> dict[str, Any]:
    headers = {"Prefer": PREFER, **request.headers}
    if request.body is not None:
        headers.setdefault("Content-Type", "application/json")
    said = {"id": str(index), "method": request.method, "url": request.path, "headers": headers}
    return said | ({} if request.body is None else {"body": request.body})
