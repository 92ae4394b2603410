"""Graph's change notifications: to have an address told that a mailbox's contacts have changed.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks. A subscription covers all personal contacts
of a mailbox, and ends by itself unless it is renewed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bridge.targets.graph_answers import Request
from bridge.targets.graph_http import GraphHttp

LIFE = timedelta(minutes=4200)
"""For how long is asked; Microsoft's texts name 4,230 minutes as the most. What is granted may be less."""

KINDS = "created,updated,deleted"


@dataclass(frozen=True, slots=True)
class Address:
    """Where notifications go, of changes and of the subscription itself, and what they must say to be believed."""

    url: str
    client_state: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it was granted."""

    id: str
    granted: datetime
    expires: datetime

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is to be renewed: a third of its life is left, or it was granted later than now."""
        return now < self.granted or self.expires - now < (self.expires - self.granted) / 3


async def subscribed(http: GraphHttp, resource: str, address: Address, now: datetime) -> Subscription:
    """Subscribe to ``resource`` (``/me/contacts``), or renew what an earlier process made; raise TargetError.

    The service asks the address at once whether it wants this.
    """
    for each in (await http.get("/subscriptions"))["value"]:
        if each.get("notificationUrl") == address.url:
            return await renewed(http, str(each["id"]), now)
    body = {
        "changeType": KINDS,
        "notificationUrl": address.url,
        "lifecycleNotificationUrl": address.url,
        "resource": resource,
        "expirationDateTime": _text(now + LIFE),
        "clientState": address.client_state,
    }
    return _granted(await http.one(Request("POST", "/subscriptions", body)), now)


async def renewed(http: GraphHttp, id: str, now: datetime) -> Subscription:
    """Renew a subscription, which also authorizes it anew; raise Gone, TargetError."""
    body = {"expirationDateTime": _text(now + LIFE)}
    return _granted(await http.one(Request("PATCH", f"/subscriptions/{quote(id, safe='')}", body)), now)


def _granted(answer: Mapping[str, Any], now: datetime) -> Subscription:
    return Subscription(str(answer["id"]), now, datetime.fromisoformat(str(answer["expirationDateTime"])))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
