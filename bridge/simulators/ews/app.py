"""The simulator as a server on loopback, for tests and for trying it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

from aiohttp import web

from bridge.simulators.ews.calls import FURNITURE
from bridge.simulators.ews.service import Answer, Service
from bridge.simulators.ews.service import Request as SoapRequest
from bridge.simulators.ews.sign_in import Refused, SignIn
from bridge.simulators.ews.streams import OPERATION, Stream
from bridge.simulators.graph.mailbox import Mailbox

PATH = "/EWS/Exchange.asmx"
_LARGEST = 64 * 1024 * 1024


def _now() -> datetime:
    return datetime.now(UTC)


class Simulator(Service):
    """EWS on one loopback port; ``url`` is its address. ``async with`` starts and stops it."""

    def __init__(self, clock: Callable[[], datetime] = _now, port: int = 0) -> None:
        super().__init__()
        self.clock = clock
        self.sign_in = SignIn()
        self.url = ""
        self._port = port
        self._runner: web.AppRunner | None = None

    def mailbox(self, address: str, login: str, password: str) -> Mailbox:
        """Make a mailbox and the account that owns it."""
        mailbox = Mailbox(f"ews {len(self.owners)}", address, self.clock)
        mailbox.listeners.append(self.subscriptions.note)
        mailbox.furnish(FURNITURE)
        self.owners[login] = mailbox
        self.sign_in.passwords[login] = password
        return mailbox

    def forget_sync_states(self) -> None:
        """Know no sync state any more: ErrorInvalidSyncStateData."""
        self.states.forget()

    async def __aenter__(self) -> Simulator:
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_post("/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{PATH}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.path.lower() != PATH.lower():  # IIS knows no upper and lower case
            raise web.HTTPNotFound
        body = await request.read()
        try:
            login = self.sign_in.login(request.headers, request.transport)
        except Refused as refused:
            refusal = web.Response(status=401)
            for challenge in refused.challenges:
                refusal.headers.add("WWW-Authenticate", challenge)
            return refusal
        answer = await self.answer(login, body)
        if answer.stream is not None and not answer.lost:
            return await self._streamed(request, SoapRequest(login, body, OPERATION), answer, answer.stream)
        return self._sent(request, answer)

    async def _streamed(
        self, request: web.Request, asked: SoapRequest, answer: Answer, stream: Stream
    ) -> web.StreamResponse:
        sending = web.StreamResponse(headers={"Content-Type": "text/xml; charset=utf-8"})
        self.subscriptions.open.append(stream)
        try:
            await sending.prepare(request)
            await sending.write(answer.body)
            async for said in stream.envelopes():
                if said is None:
                    if request.transport is not None:
                        request.transport.abort()
                    return sending
                self.told(asked, Answer(200, said))
                await sending.write(said)
            await sending.write_eof()
        except ConnectionError:
            return sending  # the client has gone
        finally:
            self.subscriptions.open.remove(stream)
            stream.subscription.stream = None
        return sending

    def _sent(self, request: web.Request, answer: Answer) -> web.Response:
        if answer.lost:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=504)
        return web.Response(status=answer.status, body=answer.body, content_type="text/xml", charset="utf-8")
