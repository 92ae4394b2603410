"""From a request to its answer: sign-in, permission, faults, throttle, and the handler of its path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import unquote
from uuid import uuid4

from bridge.simulators.graph import categories, contacts, delta, folders, photo, user
from bridge.simulators.graph.batch import run_batch
from bridge.simulators.graph.faults import After, Before, Fault, Faults, Lost, Refuse, Slow, Stale, Unheard
from bridge.simulators.graph.mailbox import Clock, Mailbox
from bridge.simulators.graph.messages import Answer, GraphError, Request
from bridge.simulators.graph.routes import Behaviour, Call, Route
from bridge.simulators.graph.sign_in import Grant, SignIn
from bridge.simulators.graph.subscriptions import Post, Subscriptions
from bridge.simulators.graph.throttle import Throttle

Observer = Callable[[Request, Answer], None]
Beside = Callable[[Request, Grant], Answer]


class Service:
    """Graph's side that answers; ``observers`` see each request and answer, those inside a batch too.

    ``beside`` are services that Graph shows besides mailboxes, by the first part of their paths (``sites``).
    """

    def __init__(self, clock: Clock, post: Post) -> None:
        self.clock = clock
        self.behaviour = Behaviour()
        self.sign_in = SignIn(clock)
        self.throttle = Throttle(clock)
        self.faults = Faults()
        self.subscriptions = Subscriptions(clock, self.behaviour, post)
        self.cursors = delta.Cursors()
        self.observers: list[Observer] = []
        self.beside: dict[str, Beside] = {}
        self._mailboxes: dict[str, Mailbox] = {}
        self._routes: list[Route] = [
            *user.routes(),
            *delta.routes(delta.Delta(self.cursors)),
            *contacts.routes(),
            *folders.routes(),
            *photo.routes(),
            *categories.routes(),
        ]

    def add_mailbox(self, mailbox: Mailbox) -> None:
        """Serve a mailbox under the id and the address of its user."""
        mailbox.listeners.append(self.subscriptions.note)
        self._mailboxes |= {mailbox.user.lower(): mailbox, mailbox.address.lower(): mailbox}

    async def answer(self, request: Request) -> Answer:
        """Answer a request, alone or a part of a batch; refusals are answers."""
        try:
            answer = await self._with_faults(request)
        except GraphError as error:
            now = self.clock().replace(tzinfo=None).isoformat(timespec="seconds")
            answer = Answer.refusal(error, str(uuid4()), now)
        if request.immutable and answer.status < 400:
            applied = answer.headers.get("Preference-Applied")
            answer.headers["Preference-Applied"] = ", ".join(filter(None, (applied, 'IdType="ImmutableId"')))
        for observer in self.observers:
            observer(request, answer)
        return answer

    async def _with_faults(self, request: Request) -> Answer:
        faults = self.faults.strike(request)
        if any(isinstance(fault, Unheard) for fault in faults):
            return Answer(504, lost=True)
        try:
            answer = await self._answer(request, faults)
        except GraphError as error:
            if not any(isinstance(fault, Lost) for fault in faults):
                raise
            return Answer(error.status, lost=True)
        for fault in faults:
            if isinstance(fault, After):
                fault.action()
        answer.lost = any(isinstance(fault, Lost) for fault in faults)
        return answer

    async def _answer(self, request: Request, faults: list[Fault]) -> Answer:
        for fault in faults:
            if isinstance(fault, Refuse):
                raise fault.error()
            if isinstance(fault, Before):
                fault.action()
            request.stale = request.stale or isinstance(fault, Stale)
        pause = self.behaviour.latency + sum(fault.seconds for fault in faults if isinstance(fault, Slow))
        grant = self.sign_in.grant(request.headers.get("authorization"))
        if request.path == "/$batch" and not request.in_batch:
            await asyncio.sleep(pause)
            return await run_batch(request, self.answer)
        if request.path == "/subscriptions" or request.path.startswith("/subscriptions/"):
            find = self._subscribed(grant)
            return await self.subscriptions.answer(request, grant.application, find)
        if (beside := self.beside.get(request.path.split("/")[1])) is not None:
            await asyncio.sleep(pause)
            return beside(request, grant)
        mailbox, rest = self._mailbox(request.path, grant)
        with self.throttle.passing((grant.application, mailbox.user), len(request.body)):
            await asyncio.sleep(pause)
            return await self._handle(request, mailbox, rest, grant)

    async def _handle(self, request: Request, mailbox: Mailbox, rest: str, grant: Grant) -> Answer:
        route, args = self._route(request.method, rest)
        if not grant.allows(route.permission):
            raise _denied()
        if rest and not mailbox.reachable:
            text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise GraphError(404, "MailboxNotEnabledForRESTAPI", text)
        answer = route.handler(Call(request, mailbox, self.behaviour, grant.application, args))
        return answer if isinstance(answer, Answer) else await answer

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        known = False
        for route in self._routes:
            if (found := route.pattern.fullmatch(path)) is not None:
                if route.method == method:
                    return route, found.groupdict()
                known = True
        if known:
            raise GraphError(
                405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."
            )
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{path.rpartition('/')[2]}'.")

    def _mailbox(self, path: str, grant: Grant) -> tuple[Mailbox, str]:
        """Find the mailbox of a path and the rest of it; nobody but its user and an application may have it."""
        head, _, rest = path.removeprefix("/").partition("/")
        rest = f"/{rest}" if rest else ""
        if head == "me":
            if grant.mailbox is None:
                text = "/me request is only valid with delegated authentication flow."
                raise GraphError(400, "BadRequest", text)
            return grant.mailbox, rest
        if head != "users":
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{head}'.")
        name, _, rest = rest.removeprefix("/").partition("/")
        mailbox = self._mailboxes.get(unquote(name).lower())
        if grant.mailbox is not None and mailbox is not grant.mailbox:
            raise _denied()
        if mailbox is None or mailbox.consumer:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
        return mailbox, f"/{rest}" if rest else ""

    def _subscribed(self, grant: Grant) -> Callable[[str], Mailbox]:
        def find(resource: str) -> Mailbox:
            if not grant.allows("Contacts.Read"):
                raise _denied()
            return self._mailbox(resource, grant)[0]

        return find


def _denied() -> GraphError:
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
