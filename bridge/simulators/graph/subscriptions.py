"""Notifications of changes (https://learn.microsoft.com/graph/change-notifications-delivery-webhooks).

A subscription covers all personal contacts of one mailbox. Both addresses must answer the validation token before it
is made. A create is told twice, as "created" and "updated" (docs-contrib#7644); the client's own writes are told too.
What cannot be delivered is tried again a few times, then dropped: then only the delta knows.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

from bridge.simulators.graph.items import Item
from bridge.simulators.graph.mailbox import Clock, Mailbox
from bridge.simulators.graph.messages import Answer, GraphError, Json, Request, bad_request
from bridge.simulators.graph.routes import Behaviour

TENANT = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
Lifecycle = Literal["missed", "subscriptionRemoved", "reauthorizationRequired"]
Post = Callable[[str, Json | None], Awaitable[tuple[int, str, str]]]
"""Posts JSON (or nothing) to an address; gives status, content type and text; OSError where nobody answers."""

_LEAST = timedelta(minutes=45)
_TRIES = 3


@dataclass(slots=True)
class Subscription:
    """A subscription as it was granted; times are UTC."""

    id: str
    application: str
    mailbox: Mailbox
    resource: str
    kinds: tuple[str, ...]
    url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime
    immutable: bool

    def render(self, base: str) -> Json:
        """Give it as an answer shows it; the client state comes back."""
        return {
            "@odata.context": f"{base}/$metadata#subscriptions/$entity",
            "id": self.id,
            "applicationId": self.application,
            "resource": self.resource,
            "changeType": ",".join(self.kinds),
            "clientState": self.client_state,
            "notificationUrl": self.url,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": _instant(self.expires),
        }


class Subscriptions:
    """All subscriptions, and the queue of what is to be delivered."""

    def __init__(self, clock: Clock, behaviour: Behaviour, post: Post) -> None:
        self._clock, self._behaviour, self._post = clock, behaviour, post
        self._held: dict[str, Subscription] = {}
        self._queue: asyncio.Queue[tuple[str, Json]] = asyncio.Queue()
        self.undelivered = 0

    async def answer(self, request: Request, application: str, find: Callable[[str], Mailbox]) -> Answer:
        """Answer ``/subscriptions`` and what is below; ``find`` gives the mailbox of a resource."""
        match request.method, request.path.strip("/").split("/")[1:]:
            case "GET", []:
                return Answer(200, {"value": [each.render(request.base) for each in self._living(application)]})
            case "POST", []:
                return await self._create(request, application, find)
            case "GET", [id]:
                return Answer(200, self._find(id, application).render(request.base))
            case "PATCH", [id]:
                held = self._find(id, application)
                held.expires = self._granted(request.json().get("expirationDateTime"))
                return Answer(200, held.render(request.base))
            case "DELETE", [id]:
                del self._held[self._find(id, application).id]
                return Answer(204)
            case "POST", [id, "reauthorize"]:
                self._find(id, application)
                return Answer(204)
        raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")

    def note(self, mailbox: Mailbox, item: Item, kind: str) -> None:
        """Queue what happened to a contact for whoever wants to know; a listener of mailboxes."""
        for held in self._living():
            if held.mailbox is mailbox and kind in held.kinds:
                id = mailbox.immutable_id(item) if held.immutable else mailbox.classic_id(item)
                path = f"Users/{mailbox.user}/Contacts/{id}"
                data = {
                    "@odata.type": "#Microsoft.Graph.Contact",
                    "@odata.id": path,
                    "@odata.etag": f'W/"{mailbox.change_key(item)}"',
                    "id": id,
                }
                told = self._envelope(held) | {"changeType": kind, "resource": path, "resourceData": data}
                self._queue.put_nowait((held.url, told))

    def tell(self, id: str, event: Lifecycle) -> None:
        """Queue a lifecycle notification; ``subscriptionRemoved`` also ends the subscription."""
        held = self._held[id]
        if event == "subscriptionRemoved":
            del self._held[id]
        if held.lifecycle_url is not None:
            told = self._envelope(held) | {"lifecycleEvent": event, "resource": held.resource}
            self._queue.put_nowait((held.lifecycle_url, told))

    async def deliver(self) -> None:
        """Deliver what is queued, for ever."""
        while True:
            url, told = await self._queue.get()
            try:
                await self._try(url, told)
            finally:
                self._queue.task_done()

    async def delivered(self) -> None:
        """Wait until nothing is queued."""
        await self._queue.join()

    async def _try(self, url: str, told: Json) -> None:
        for _ in range(_TRIES):
            try:
                status, _, _ = await self._post(url, {"value": [told]})
            except OSError:
                continue
            if 200 <= status < 300:
                return
        self.undelivered += 1

    async def _create(self, request: Request, application: str, find: Callable[[str], Mailbox]) -> Answer:
        body = request.json()
        resource = str(body.get("resource", ""))
        if re.fullmatch(r"/?(me|users/[^/]+)/contacts/?", resource, re.IGNORECASE) is None:
            raise bad_request("ExtensionError", f"Resource '{resource}' is not supported.")
        kinds = tuple(kind.strip() for kind in str(body.get("changeType", "")).split(","))
        if set(kinds) - {"created", "updated", "deleted"}:
            raise bad_request("InvalidRequest", "changeType must name created, updated, deleted.")
        state = body.get("clientState")
        if state is not None and (not isinstance(state, str) or len(state) > 128):
            raise bad_request("InvalidRequest", "clientState has at most 128 characters.")
        url, lifecycle_url = body.get("notificationUrl"), body.get("lifecycleNotificationUrl")
        if not isinstance(url, str) or not isinstance(lifecycle_url or "", str):
            raise bad_request("InvalidRequest", "notificationUrl and lifecycleNotificationUrl are addresses.")
        held = Subscription(
            id=str(uuid4()),
            application=application,
            mailbox=find("/" + resource.strip("/")),
            resource=resource,
            kinds=kinds,
            url=url,
            lifecycle_url=lifecycle_url or None,
            client_state=state,
            expires=self._granted(body.get("expirationDateTime")),
            immutable=request.immutable,
        )
        for address in filter(None, (held.url, held.lifecycle_url)):
            await self._validate(address)
        self._held[held.id] = held
        return Answer(201, held.render(request.base))

    async def _validate(self, url: str) -> None:
        """Ask an address to give back a token, decoded, as plain text, within ten seconds."""
        if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise bad_request("InvalidRequest", "Notification endpoint must use https.")
        token = f"Validation: Testing client application reachability for subscription {uuid4()} &+%"
        joint = "&" if "?" in url else "?"
        try:
            answer = await asyncio.wait_for(
                self._post(f"{url}{joint}validationToken={quote(token, safe='')}", None), 10
            )
        except (OSError, TimeoutError) as error:
            raise bad_request("ValidationError", "Subscription validation request timed out.") from error
        status, kind, text = answer
        if status != 200 or not kind.startswith("text/plain") or text != token:
            raise bad_request(
                "ValidationError",
                "Subscription validation request failed. Response must exactly match validationToken.",
            )

    def _granted(self, text: Any) -> datetime:
        """Grant a time of expiry: under 45 minutes becomes 45, beyond the longest is refused."""
        try:
            wanted = datetime.fromisoformat(text).astimezone(UTC)
        except (TypeError, ValueError, OverflowError) as error:
            raise bad_request("InvalidRequest", "expirationDateTime is not a valid date and time.") from error
        now, most = self._clock(), self._behaviour.subscription_minutes
        if wanted > now + timedelta(minutes=most):
            raise bad_request("ExtensionError", f"Subscription expiration can only be {most} minutes in the future.")
        return max(wanted, now + _LEAST)

    def _living(self, application: str | None = None) -> list[Subscription]:
        now = self._clock()
        for over in [id for id, held in self._held.items() if held.expires <= now]:
            del self._held[over]
        return [held for held in self._held.values() if application in (None, held.application)]

    def _find(self, id: str, application: str) -> Subscription:
        for held in self._living(application):
            if held.id == id:
                return held
        raise GraphError(404, "ResourceNotFound", "The object was not found.")

    def _envelope(self, held: Subscription) -> Json:
        return {
            "subscriptionId": held.id,
            "subscriptionExpirationDateTime": _instant(held.expires),
            "clientState": held.client_state,
            "tenantId": TENANT,
        }


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
