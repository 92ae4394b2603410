"""Notifications that a mailbox has changed: they wake its mirror, and nothing in them is trusted or used.

Off unless the operator names a public address (``notifications`` in the settings). A proxy passes it on to the port
that is listened on here. Each mirror has a path and a ``clientState`` of its own, both made from the installation's
key, so that every host of an installation knows them. Whatever fails here, the mirror is looked into on its schedule.
A subscription of a mirror that was stopped ends by itself within three days; what it tells wakes nobody.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bridge.targets.base import Gone, Target, TargetError
from bridge.targets.graph.contacts import GraphTarget
from bridge.targets.graph.subscribing import Address, Subscription, renewed, subscribed
from bridge.targets.mapped import behind
from storage_plugin.database.mirrors import Mirror
from storage_plugin.database.vault import Vault

LOG = logging.getLogger(__name__)

RARELY = timedelta(hours=1)
"""The time between two attempts to subscribe where the service refuses, or does not reach us."""

LARGEST = 1024 * 1024
"""Octets of a notification; a real one has some hundred, and up to a thousand of them come together."""


class Notifications:
    """The address that is told of changes, and the subscriptions that have it told.

    ``url`` is the public address; ``wake`` gets the id of a mirror whose mailbox has changed.
    """

    def __init__(self, url: str, vault: Vault, wake: Callable[[int], None], clock: Callable[[], datetime]) -> None:
        self._url = url.rstrip("/")
        self._vault = vault
        self._wake = wake
        self._clock = clock
        self._held: dict[int, Subscription] = {}
        self._not_before: dict[int, datetime] = {}

    def address(self, mirror_id: int) -> Address:
        """Give the address of a mirror, and its client state (at most 128 characters)."""
        mark = self._vault.mark(f"path of mirror {mirror_id}")[:32]
        return Address(f"{self._url}/{mirror_id}/{mark}", self._vault.mark(f"client state of mirror {mirror_id}"))

    async def watch(self, mirror: Mirror, target: Target) -> None:
        """Subscribe, or renew in time; to be called after each run, with the target that it ran with."""
        now, target = self._clock(), behind(target)
        if not isinstance(target, GraphTarget) or now < self._not_before.get(mirror.id, now):
            return
        try:
            self._held[mirror.id] = await self._kept(self._held.get(mirror.id), mirror, target, now)
        except (TargetError, KeyError, ValueError) as error:
            self._held.pop(mirror.id, None)
            self._not_before[mirror.id] = now + RARELY
            LOG.warning(
                "mirror of %s: Microsoft does not notify us, only the schedule counts: %s", mirror.user, error
            )

    async def _kept(
        self, held: Subscription | None, mirror: Mirror, target: GraphTarget, now: datetime
    ) -> Subscription:
        if held is not None and not held.is_due(now):
            return held
        if held is not None:
            try:
                return await renewed(target.http, held.id, now)
            except Gone:
                LOG.info("mirror of %s: its subscription is gone, and made anew", mirror.user)
        resource = f"{target.client.base}/contacts"
        return await subscribed(target.http, resource, self.address(mirror.id), now)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Listen for notifications, and give the port; raise OSError where that is not possible."""
        application = web.Application(client_max_size=LARGEST)
        application.router.add_post(f"{urlsplit(self._url).path}/{{mirror:[0-9]{{1,18}}}}/{{mark}}", self._take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        """Answer at once: who takes more than three seconds is notified late, or no more."""
        mirror_id = int(request.match_info["mirror"])
        address = self.address(mirror_id)
        if not _is_same(request.match_info["mark"], address.url.rpartition("/")[2]):
            raise web.HTTPNotFound
        token = request.query.get("validationToken")
        if token is not None:
            return web.Response(text=token, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})
        try:
            content = await request.json()
            told = [each for each in content["value"] if isinstance(each, dict)]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise web.HTTPBadRequest from None
        ours = [each for each in told if _is_same(each.get("clientState"), address.client_state)]
        if len(ours) < len(told):
            LOG.warning("a notification for mirror %s did not come from our subscription", mirror_id)
        for each in ours:
            self._hear(mirror_id, each.get("lifecycleEvent"))
        return web.Response(status=202)

    def _hear(self, mirror_id: int, event: Any) -> None:
        """Wake the mirror; where the subscription itself is concerned, the run will see to it (``watch``)."""
        if event in ("reauthorizationRequired", "subscriptionRemoved"):
            self._held.pop(mirror_id, None)
            self._not_before.pop(mirror_id, None)
        self._wake(mirror_id)


def _is_same(said: Any, known: str) -> bool:
    return isinstance(said, str) and compare_digest(said.encode("utf-8", "surrogatepass"), known.encode())
