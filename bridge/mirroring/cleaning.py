"""``contact-bridge cleanup leftovers``: the folders of the users who left contacts there when they switched books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bridge.mirroring.setting_up import PATIENCE, Office, settled
from bridge.sync.clean_up import clean_leftovers, plan_of_clean_up
from bridge.sync.run import Report
from storage_plugin.database.leftovers import Leftovers
from storage_plugin.database.mirrors import Mirror, State
from storage_plugin.model.book import Refused


def with_leftovers(office: Office, user: str | None = None) -> list[Mirror]:
    """Find the mirrors in whose folders something was left, or only that of ``user``; raise NotFound."""
    mirrors = office.mirrors.all() if user is None else [office.of(user)]
    return [each for each in mirrors if Leftovers(office.database, each).of_other_books()]


async def plan_clean_up(office: Office, mirror: Mirror) -> Sequence[str]:
    """Say what ``clean_up`` would do; raise what that does, and TargetError."""
    async with _ready(office, mirror) as about:
        return await plan_of_clean_up(*about)


async def clean_up(office: Office, mirror: Mirror) -> Report:
    """Take out of a mirror's folder what was left there; raise Refused, Busy, VaultError."""
    async with _ready(office, mirror) as about:
        return await clean_leftovers(*about)


@asynccontextmanager
async def _ready(office: Office, mirror: Mirror) -> AsyncIterator[tuple[Any, ...]]:
    async with office.runner.leased(mirror.id, PATIENCE) as holding:
        mirror = await asyncio.to_thread(office.mirrors.get, mirror.id)
        settled(mirror)
        if mirror.state in (State.STOPPING, State.UNDOING):
            raise Refused(mirror.reason)
        async with office.runner.connected(mirror) as (target, settings):
            yield office.database, mirror, target, settings.policy, holding.lease, office.runner.clock
