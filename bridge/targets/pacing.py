"""Keep below a service's limit of requests, so that it never has to refuse one."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable


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
