"""Keep below a service's limit of requests, so that it never has to refuse one; wait when it does all the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bridge.targets.base import Throttled

PATIENCE = 180.0
"""Seconds that one call waits in all for a throttle to end before it gives up with Throttled."""


class Patience:
    """Waits while a service asks for time, for one call; ``reason`` is what Throttled says in the end."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]], reason: str) -> None:
        self._sleep = sleep
        self._reason = reason
        self._waited = 0.0

    async def wait(self, named: float | None) -> None:
        """Wait the seconds that the service names, or longer from time to time if it names none; raise Throttled.

        A second at least: one that says "at once" and refuses all the same is not asked without a pause.
        """
        seconds = 10.0 + self._waited if named is None else max(named, 1.0)
        if self._waited + seconds > PATIENCE:
            raise Throttled(self._reason, seconds)
        await self._sleep(seconds)
        self._waited += seconds


def seconds_named(text: str) -> float | None:
    """Read Retry-After (RFC 9110 10.2.3): seconds, or a date; None for anything else."""
    said = text.strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


class Pace:
    """At most ``limit`` requests in any ``window`` seconds; whoever comes too early waits.

    The default is what Graph grants an app for one mailbox, less the share that the webhooks and a person at the
    page may need meanwhile.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        *,
        limit: int = 9_800,
        window: float = 600.0,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.limit = limit
        self.window = window
        self._sent: deque[tuple[float, int]] = deque()
        self._total = 0

    async def take(self, requests: int) -> None:
        """Wait until ``requests`` (at most the limit) may be sent, and count them."""
        while (seconds := self._seconds_until(requests)) > 0:
            await self.sleep(seconds)
        self._sent.append((self.clock(), requests))
        self._total += requests

    def _seconds_until(self, requests: int) -> float:
        now = self.clock()
        while self._sent and self._sent[0][0] + self.window <= now:
            self._total -= self._sent.popleft()[1]
        left = self._total + requests - self.limit
        for at, count in self._sent:
            if left <= 0:
                return 0.0
            left -= count
            if left <= 0:
                return at + self.window - now
        return 0.0
