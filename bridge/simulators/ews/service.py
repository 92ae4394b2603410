"""From a SOAP request to its answer: what goes wrong on order, who asks for which mailbox, the operation itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bridge.simulators.ews import attachments, configuration, folders, identities, items, search, streaming, sync
from bridge.simulators.ews.calls import Behaviour, Call, Handler
from bridge.simulators.ews.soap import EwsError, Fault, M, S, T, envelope, fault, invalid, local
from bridge.simulators.ews.streams import Stream
from bridge.simulators.graph.faults import After, Before, Faults, Lost, Refuse, Slow, Unheard
from bridge.simulators.graph.faults import Fault as Trouble
from bridge.simulators.graph.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Request:
    """A SOAP request of a person who signed in; ``line`` is the operation's name, for the plan of faults."""

    login: str
    body: bytes
    line: str


@dataclass(slots=True)
class Answer:
    """Status and envelope; ``lost`` closes the connection instead of sending it, ``stream`` is what follows it."""

    status: int
    body: bytes
    lost: bool = False
    stream: Stream | None = None


Observer = Callable[[Request, Answer], None]


class Service:
    """EWS' side that answers.

    ``owners``: login → mailbox. ``shared``: login → addresses of further mailboxes that it may open. ``read_only``:
    addresses of mailboxes that nobody may write to; ``contacts_only``: of those of which Contacts alone is shared.
    ``impersonators``: logins that may act as anybody.
    """

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.faults = Faults()
        self.states = sync.SyncStates()
        self.subscriptions = streaming.Subscriptions()
        self.observers: list[Observer] = []
        self.owners: dict[str, Mailbox] = {}
        self.shared: dict[str, set[str]] = {}
        self.read_only: set[str] = set()
        self.contacts_only: set[str] = set()
        self.impersonators: set[str] = set()
        self._running = 0
        self._operations: dict[str, Handler] = {
            **folders.OPERATIONS,
            **items.OPERATIONS,
            **search.OPERATIONS,
            **attachments.OPERATIONS,
            **configuration.OPERATIONS,
            **identities.OPERATIONS,
            **sync.operations(self.states),
            **streaming.operations(self.subscriptions),
        }

    async def answer(self, login: str, body: bytes) -> Answer:
        """Answer a request; refusals are answers."""
        try:
            root = fromstring(body)
        except (ParseError, DefusedXmlException) as error:
            return self.told(Request(login, body, ""), Answer(500, envelope(fault(invalid(str(error))))))
        content = next(iter(root.find(f"{S}Body") or ()), None) if root.find(f"{S}Body") is not None else None
        request = Request(login, body, "" if content is None else local(content))
        troubles = self.faults.strike(request)
        if any(isinstance(each, Unheard) for each in troubles):
            return Answer(504, b"", lost=True)
        answer = await self._with_troubles(request, root, content, troubles)
        for each in troubles:
            if isinstance(each, After):
                each.action()
        answer.lost = any(isinstance(each, Lost) for each in troubles)
        return self.told(request, answer)

    def told(self, request: Request, answer: Answer) -> Answer:
        """Show an exchange to those who observe."""
        for observer in self.observers:
            observer(request, answer)
        return answer

    async def _with_troubles(
        self, request: Request, root: Element, content: Element | None, troubles: list[Trouble]
    ) -> Answer:
        self._running += 1
        try:
            for each in troubles:
                if isinstance(each, Slow):
                    await asyncio.sleep(each.seconds)
                if isinstance(each, Before):
                    each.action()
                if isinstance(each, Refuse):
                    wait = None if each.retry_after is None else each.retry_after * 1000
                    raise Fault(each.code, each.message, wait, each.status)
            if self._running > self.behaviour.concurrent:
                raise Fault("ErrorServerBusy", "The server cannot service this request right now.", 1000)
            return self._handled(request.login, root, content)
        except Fault as error:
            return Answer(error.status, envelope(fault(error)))
        except EwsError as error:
            return Answer(500, envelope(fault(error)))
        finally:
            self._running -= 1

    def _handled(self, login: str, root: Element, content: Element | None) -> Answer:
        handler = None if content is None else self._operations.get(local(content))
        if content is None or handler is None or not content.tag.startswith(M):
            raise invalid("The element in the body is no operation of this simulator.")
        everybody = {mailbox.address.lower(): mailbox for mailbox in self.owners.values()}
        mailbox = self.owners[login]
        shared = {address.lower() for address in self.shared.get(login, ())}
        reachable = [mailbox, *(each for address, each in everybody.items() if address in shared)]
        acted = root.find(f"{S}Header/{T}ExchangeImpersonation/{T}ConnectingSID")
        if acted is not None:
            mailbox = self._impersonated(login, acted, everybody)
            reachable = [mailbox]
        call = Call(
            operation=local(content),
            request=content,
            mailbox=mailbox,
            reachable=reachable,
            contacts_only=self.contacts_only,
            everybody=everybody,
            read_only=self.read_only,
            behaviour=self.behaviour,
        )
        body = envelope(handler(call))
        return Answer(200, body, stream=call.stream)

    def _impersonated(self, login: str, acted: Element, everybody: dict[str, Mailbox]) -> Mailbox:
        named = next((each.text or "" for each in acted), "").lower()
        if login not in self.impersonators:
            text = "The account does not have permission to impersonate the requested user."
            raise Fault("ErrorImpersonateUserDenied", text)
        if named not in everybody:
            raise Fault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        return everybody[named]
