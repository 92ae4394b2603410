"""What stands between a client and a server and makes trouble: answers that are lost, refusals, other answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

HOP_BY_HOP = {"transfer-encoding", "connection", "content-length", "content-encoding", "host", "date", "server"}


class Trouble:
    """What happens to a request: ``answer`` instead of the server's, or (``is_lost``) none, after it did its work."""

    def __init__(
        self,
        method: str,
        answer: int = 0,
        headers: dict[str, str] | None = None,
        body: str = "",
        *,
        holding: str = "",
        is_lost: bool = False,
        times: int = 1_000_000,
    ) -> None:
        self.method = method
        self.answer = answer
        self.headers = headers or {}
        self.body = body
        self.holding = holding.encode()
        self.is_lost = is_lost
        self.times = times

    def meets(self, method: str, body: bytes) -> bool:
        """Tell whether this request is met, and count it."""
        if self.times <= 0 or self.method not in ("*", method) or self.holding not in body:
            return False
        self.times -= 1
        return True


class Proxy:
    """A proxy in front of ``origin`` in the running event loop; ``asked`` are the requests that came."""

    def __init__(self, origin: str) -> None:
        self.origin = origin.rstrip("/")
        self.url = ""
        self.trouble: list[Trouble] = []
        self.asked: list[str] = []
        self.edit: Callable[[str, bytes], bytes] = lambda _method, body: body
        """What becomes of an answer's body on its way."""
        self.edit_status: dict[str, int] = {}
        """What status is told for a method, after the server did its work."""
        self.after_put: Callable[[], Awaitable[None]] | None = None
        """What somebody else does once a PUT is done, before its answer is told."""

    async def start(self) -> Proxy:
        """Listen on a free port of this machine."""
        self._session = aiohttp.ClientSession(auto_decompress=True, connector=aiohttp.TCPConnector(force_close=True))
        self._runner = web.AppRunner(self._application(), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def stop(self) -> None:
        """Stop listening."""
        await self._session.close()
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=10_000_000)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append(request.method)
        met = next((each for each in self.trouble if each.meets(request.method, body)), None)
        if met is not None and not met.is_lost:
            return web.Response(status=met.answer, headers=met.headers, text=met.body)
        headers = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP
        )
        headers["Host"] = request.host
        url = aiohttp.client.URL(self.origin + request.raw_path, encoded=True)
        async with self._session.request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            content = await answer.read()
            if met is not None:
                assert request.transport is not None
                request.transport.abort()
            told = [(name, value) for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP]
            edited = self.edit(request.method, content)
            if request.method == "PUT" and self.after_put:
                await self.after_put()
            status = self.edit_status.get(request.method, answer.status)
            return web.Response(status=status, headers=CIMultiDict(told), body=edited)
