"""A SharePoint Server with one site on loopback: NTLM, form digests, the REST interface (``_api``).

https://learn.microsoft.com/sharepoint/dev/sp-add-ins/working-with-lists-and-list-items-with-rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from aiohttp import web

from bridge.simulators.ews.sign_in import Refused, SignIn
from bridge.simulators.graph.faults import After, Before, Faults, Lost, Refuse, Unheard
from bridge.simulators.graph.messages import Answer, GraphError, Request
from bridge.simulators.sharepoint.behaviour import Behaviour
from bridge.simulators.sharepoint.columns import Refusal
from bridge.simulators.sharepoint.rest_calls import Call
from bridge.simulators.sharepoint.rest_routes import find_route
from bridge.simulators.sharepoint.store import Site

PATH = "/sites/office"
VERBOSE = "application/json;odata=verbose;charset=utf-8"

DENIED = GraphError(
    403,
    "-2147024891, System.UnauthorizedAccessException",
    "Access denied. You do not have permission to perform this action or access this resource.",
)
INVALID_DIGEST = GraphError(
    403,
    "-2130575251, Microsoft.SharePoint.SPException",
    "The security validation for this page is invalid and might be corrupted. Please use your web browser's Back "
    "button to try your operation again.",
)

_NOT_SIMULATED = {"$expand", "$orderby", "$inlinecount"}

_REFUSALS = {
    "gone": (404, "-2130575338, Microsoft.SharePoint.SPException"),
    "no list": (404, "-2130575322, Microsoft.SharePoint.SPException"),
    "attached": (400, "-2130575257, Microsoft.SharePoint.SPException"),
    "exists": (500, "-2130575342, Microsoft.SharePoint.SPException"),
    "duplicate": (400, "-2130575169, Microsoft.SharePoint.SPDuplicateValuesFoundException"),
    "threshold": (500, "-2147024860, Microsoft.SharePoint.SPQueryThrottledException"),
    "full": (500, "-2130575151, Microsoft.SharePoint.SPException"),
    "conflict": (412, "-1, Microsoft.SharePoint.Client.ClientServiceException"),
    "corrupt": (500, "-2147024809, System.ArgumentException"),
    "token": (500, "-2147467259, Microsoft.SharePoint.SPException"),
}

Observer = Callable[[Request, Answer], None]


def _now() -> datetime:
    return datetime.now(UTC)


class OnPremises:
    """The server; ``async with`` starts and stops it. ``site.address`` is where it is reached.

    ``sign_in`` knows who may sign in and offers NTLM; ``faults`` and ``observers`` as in the simulator of Graph.
    """

    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        self.clock = clock
        self.behaviour = Behaviour()
        self.sign_in = SignIn()
        self.sign_in.offered = ("NTLM",)
        self.faults = Faults()
        self.observers: list[Observer] = []
        self.site = Site("", clock)
        self.logins = 0
        self._digests: dict[str, datetime] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> OnPremises:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.site.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}{PATH}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def forget_digests(self) -> None:
        """Take no digest any more (the application pool started anew)."""
        self._digests.clear()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        try:
            self.sign_in.login(request.headers, request.transport)
        except Refused as refused:
            unauthorized = web.Response(status=401)
            for challenge in refused.challenges:
                unauthorized.headers.add("WWW-Authenticate", challenge)
            return unauthorized
        if "Authorization" in request.headers:
            self.logins += 1
        path, _, query = request.rel_url.raw_path_qs.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, unquote(path), dict(parse_qsl(query)), headers, body, self.site.address)
        answer = self.answer(asked)
        if answer.lost:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=504)
        content = answer.body
        if content is not None and not isinstance(content, bytes):
            content = json.dumps(content, ensure_ascii=False).encode()
        return web.Response(status=answer.status, body=content, headers={"Content-Type": VERBOSE} | answer.headers)

    def answer(self, request: Request) -> Answer:
        """Answer a request of somebody who is signed in; refusals are answers."""
        faults = self.faults.strike(request)
        if any(isinstance(fault, Unheard) for fault in faults):
            return Answer(504, lost=True)
        try:
            for fault in faults:
                if isinstance(fault, Refuse):
                    raise fault.error()
                if isinstance(fault, Before):
                    fault.action()
            answer = self._answer(request)
        except GraphError as error:
            said = {"code": error.code, "message": {"lang": "en-US", "value": error.message}}
            answer = Answer(error.status, {"error": said}, dict(error.headers))
        for fault in faults:
            if isinstance(fault, After):
                fault.action()
        answer.lost = any(isinstance(fault, Lost) for fault in faults)
        for observer in self.observers:
            observer(request, answer)
        return answer

    def _answer(self, request: Request) -> Answer:
        path = request.path[len(PATH) :]
        if not request.path.lower().startswith(f"{PATH}/_api/"):  # no upper and lower case in paths
            raise GraphError(404, "", "404 FILE NOT FOUND")
        if "odata=verbose" not in request.headers.get("accept", ""):
            raise GraphError(406, "-1, System.ArgumentException", "This simulator speaks odata=verbose.")
        if request.method == "POST" and path.lower() == "/_api/contextinfo":
            return Answer(200, self._digest())
        if unknown := _NOT_SIMULATED & set(request.query):
            raise GraphError(400, "-1, System.ArgumentException", f"This simulator knows no {min(unknown)}.")
        handler, args, needed = find_route(request.method, request.headers.get("x-http-method", ""), path)
        if request.method != "GET":
            self._check_digest(request)
        if needed not in self.site.may:
            raise DENIED
        try:
            return handler(Call(request, self.site, self.behaviour, args))
        except Refusal as refusal:
            status, code = _REFUSALS.get(refusal.why, (400, "-1, Microsoft.SharePoint.SPException"))
            raise GraphError(status, code, refusal.message) from refusal

    def _digest(self) -> dict[str, object]:
        now = self.clock()
        value = f"0x{uuid4().hex.upper()},{now:%d %b %Y %H:%M:%S} -0000"
        self._digests[value] = now + timedelta(seconds=self.behaviour.digest_seconds)
        versions = {"__metadata": {"type": "Collection(Edm.String)"}, "results": ["14.0.0.0", "15.0.0.0"]}
        told = {
            "__metadata": {"type": "SP.ContextWebInformation"},
            "FormDigestTimeoutSeconds": self.behaviour.digest_seconds,
            "FormDigestValue": value,
            "LibraryVersion": "16.0.10417.20003",
            "SiteFullUrl": self.site.address,
            "SupportedSchemaVersions": versions,
            "WebFullUrl": self.site.address,
        }
        return {"d": {"GetContextWebInformation": told}}

    def _check_digest(self, request: Request) -> None:
        ends = self._digests.get(request.headers.get("x-requestdigest", ""))
        if ends is None or ends <= self.clock():
            raise INVALID_DIGEST
