"""Streaming connections and what they are for: a subscription's events, said one by one ([MS-OXWSNTIF])."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from bridge.simulators.ews.soap import M, T, envelope, make, message, response
from bridge.simulators.graph.mailbox import Mailbox

OPERATION = "GetStreamingEvents"
HEARTBEAT = 45.0
"""Seconds without an event after which the server says that it is there."""


@dataclass(eq=False, slots=True)
class Stream:
    """An open connection; what it is to say next comes by ``queue``: events, True for its end, False for a break."""

    subscription: Subscription
    login: Mailbox
    seconds: float
    queue: asyncio.Queue[Element | bool] = field(default_factory=asyncio.Queue)

    async def envelopes(self) -> AsyncIterator[bytes | None]:
        """Give what is sent, None where the connection breaks."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.seconds
        while (left := until - loop.time()) > 0:
            try:
                said = await asyncio.wait_for(self.queue.get(), min(left, HEARTBEAT))
            except TimeoutError:
                if left > HEARTBEAT:
                    yield envelope(told(status("OK")))
                continue
            if said is True:
                break
            if said is False:
                yield None
                return
            notification = make(f"{T}Notification", make(f"{T}SubscriptionId", self.subscription.id), said)
            yield envelope(told(make(f"{M}Notifications", notification)))
        yield envelope(told(status("Closed")))


@dataclass(eq=False, slots=True)
class Subscription:
    """A subscription to one folder; ``waiting`` are events that no connection has asked for yet."""

    id: str
    mailbox: Mailbox
    folder: str
    kinds: frozenset[str]
    stream: Stream | None = None
    waiting: list[Element] = field(default_factory=list)


def status(word: str) -> Element:
    """Say how the connection stands: OK, or Closed."""
    return make(f"{M}ConnectionStatus", word)


def told(content: Element) -> Element:
    """Give the answer that says one thing."""
    return response(OPERATION, [message(OPERATION, content)])
