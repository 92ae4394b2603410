"""SharePoint's throttle: resource units in a minute for one application (1,250 in a tenant of up to 1,000 licences).

https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
What is refused counts too.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from bridge.simulators.graph.messages import GraphError, Request
from bridge.simulators.sharepoint.store import Clock

WINDOW = 60.0


@dataclass(slots=True)
class Units:
    """Counts the units of each application; ``refused`` is how often it had to refuse."""

    clock: Clock
    most: int = 1_250
    refused: int = 0
    _uses: defaultdict[str, deque[tuple[float, int]]] = field(default_factory=lambda: defaultdict(deque))

    def take(self, application: str, request: Request) -> None:
        """Count a request; raise 429 with Retry-After where it is too much."""
        uses, now = self._uses[application], self.clock().timestamp()
        while uses and uses[0][0] <= now - WINDOW:
            uses.popleft()
        used = sum(units for _, units in uses)
        uses.append((now, _cost(request)))
        if used + _cost(request) > self.most:
            self.refused += 1
            headers = {"Retry-After": str(max(1, math.ceil(uses[0][0] + WINDOW - now)))}
            raise GraphError(429, "activityLimitReached", "The request has been throttled.", headers)


def _cost(request: Request) -> int:
    """Give the units: 1 for one item or a delta with its token, 2 for a list of items or a write."""
    if request.method != "GET":
        return 2
    return 2 if request.path.endswith("/items") else 1
