"""The limits of one application on one mailbox (https://learn.microsoft.com/graph/throttling-limits, Outlook).

10,000 requests in 10 minutes, 4 at a time, 150 MB of uploads in 5 minutes; beyond them 429 with Retry-After.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.simulators.graph.mailbox import Clock
from bridge.simulators.graph.messages import GraphError

Who = tuple[str, str]
"""An application and a mailbox."""


@dataclass(slots=True)
class _Use:
    requests: deque[float] = field(default_factory=deque)
    uploads: deque[tuple[float, int]] = field(default_factory=deque)
    uploaded: int = 0
    running: int = 0


@dataclass(slots=True)
class Throttle:
    """Counts, and refuses what is too much. ``refused`` is how often it did."""

    clock: Clock
    requests: int = 10_000
    window: timedelta = timedelta(minutes=10)
    concurrent: int = 4
    upload: int = 150 * 1024 * 1024
    upload_window: timedelta = timedelta(minutes=5)
    pause: int = 10
    refused: int = 0
    _uses: defaultdict[Who, _Use] = field(default_factory=lambda: defaultdict(_Use))

    @contextmanager
    def passing(self, who: Who, size: int) -> Iterator[None]:
        """Count a request with ``size`` bytes of body while it runs; raise 429 where there is no room for it."""
        use, now = self._uses[who], self.clock().timestamp()
        while use.requests and use.requests[0] <= now - self.window.total_seconds():
            use.requests.popleft()
        while use.uploads and use.uploads[0][0] <= now - self.upload_window.total_seconds():
            use.uploaded -= use.uploads.popleft()[1]
        if use.running >= self.concurrent:
            raise self._refusal("MailboxConcurrency", self.pause)
        if len(use.requests) >= self.requests:
            raise self._refusal("MailboxRequests", use.requests[0] + self.window.total_seconds() - now)
        if size and use.uploaded + size > self.upload:
            raise self._refusal("MailboxUpload", self.pause)
        use.requests.append(now)
        if size:
            use.uploads.append((now, size))
            use.uploaded += size
        use.running += 1
        try:
            yield
        finally:
            use.running -= 1

    def _refusal(self, limit: str, seconds: float) -> GraphError:
        self.refused += 1
        headers = {"Retry-After": str(max(1, math.ceil(seconds)))}
        return GraphError(429, "ApplicationThrottled", f"Application is over its {limit} limit.", headers)
