"""The simulator as a server on loopback, for tests and for ``contact-bridge demo``."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.messages import Answer, Json, Request
from bridge.simulators.graph.outlook import Outlook
from bridge.simulators.graph.outlook_html import ROOT
from bridge.simulators.graph.service import Service

_VERSION = "/v1.0"
_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_LARGEST = 160 * 1024 * 1024


def _now() -> datetime:
    return datetime.now(UTC)


class Simulator(Service):
    """Graph and its sign-in on one loopback port; ``async with`` starts and stops it.

    ``graph`` is the address of Graph (``http://127.0.0.1:8080/v1.0``), ``login`` that of the sign-in. ``listening``
    is the socket to accept on, where it is not to take a free port of its own. The mailbox that is ``shown`` can be
    seen in a browser at the same address (``outlook``).
    """

    def __init__(self, clock: Callable[[], datetime] = _now, listening: socket.socket | None = None) -> None:
        super().__init__(clock, self._post)
        self.login = ""
        self.graph = ""
        self.shown: Mailbox | None = None
        self._listening = listening
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None
        self._deliveries: asyncio.Task[None] | None = None

    def mailbox(self, address: str, *, consumer: bool = False) -> Mailbox:
        """Make a mailbox; ``consumer`` for one of outlook.com, which no application has without its owner."""
        mailbox = Mailbox(str(uuid4()), address, self.clock, consumer=consumer)
        self.add_mailbox(mailbox)
        return mailbox

    def forget_cursors(self) -> None:
        """Lose the state of every delta: each token answers 410."""
        self.cursors.forget()

    async def __aenter__(self) -> Simulator:
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        if self._listening is None:
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        else:
            await web.SockSite(self._runner, self._listening).start()
        self.login = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.graph = f"{self.login}{_VERSION}"
        self._session = ClientSession(timeout=ClientTimeout(total=10))
        self._deliveries = asyncio.create_task(self.subscriptions.deliver())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._deliveries is not None:
            self._deliveries.cancel()
            with suppress(asyncio.CancelledError):
                await self._deliveries
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.shown is not None and request.path == "/":
            raise web.HTTPFound(f"{ROOT}/")
        if self.shown is not None and f"{request.path}/".startswith(f"{ROOT}/"):
            return await Outlook(self.shown).answer(request)
        body = await request.read()
        # msal insists on https: who sends its requests here says so, and keeps the Host that msal believes in.
        address = f"{request.headers.get('X-Forwarded-Proto', request.scheme)}://{request.host}"
        if request.rel_url.raw_path.startswith(f"{_VERSION}/"):
            url = request.rel_url.raw_path_qs.removeprefix(_VERSION)
            asked = Request.to(request.method, url, dict(request.headers), body, address + _VERSION)
            answer = await self.answer(asked)
        else:
            form = dict(parse_qsl(body.decode("utf-8", "replace")))
            answer = self.sign_in.answer(request.method, request.path, form, address)
        if answer.lost:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=504)
        return _response(answer, request.headers.get("client-request-id"))

    async def _post(self, url: str, body: Json | None) -> tuple[int, str, str]:
        if self._session is None:
            raise ConnectionError("the simulator is not running")
        headers = {} if body is not None else {"Content-Type": "text/plain; charset=utf-8"}
        try:
            async with self._session.post(url, json=body, headers=headers) as answer:
                return answer.status, answer.content_type, await answer.text()
        except ClientError as error:
            raise ConnectionError(str(error)) from error


def _response(answer: Answer, client_request_id: str | None) -> web.Response:
    headers = {"request-id": str(uuid4()), "client-request-id": client_request_id or str(uuid4())} | answer.headers
    if isinstance(answer.body, bytes):
        return web.Response(status=answer.status, body=answer.body, headers=headers)
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.Response(
        status=answer.status,
        body=json.dumps(answer.body, ensure_ascii=False).encode(),
        headers={"Content-Type": _JSON} | headers,
    )
