"""One run of one mirror as a process does it: take the lease, keep it, connect, run, give it back."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bridge.mirroring.settings import MirrorSettings, WrongMirrorSettings, mirror_settings
from bridge.sync.run import INCREMENTAL, Mode, Report, dry_run, run
from bridge.targets.base import Target, TargetError
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import Lease, LeaseLost, release_lease, renew_lease, take_lease
from storage_plugin.database.mirrors import Mirror, Mirrors, State
from storage_plugin.database.runs import Outcome
from storage_plugin.database.vault import VaultError
from storage_plugin.model.book import Unavailable

LOG = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
"""How long after its last sign of life a process that runs a mirror is taken for dead."""

Connect = Callable[[Mirror, MirrorSettings], Awaitable[Target]]
Watch = Callable[[Mirror, Target], Awaitable[None]]


class Busy(Unavailable):
    """Another process has the mirror, or the service asked for time; the text is one sentence."""


def holder() -> str:
    """Give a name that no other process has, now or ever."""
    return f"{socket.gethostname()} {os.getpid()} {uuid4()}"


def utc_now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Holding:
    """A lease that is held; ``then`` are seconds for which nobody is to have the mirror afterwards."""

    lease: Lease
    then: float = 0.0


class Runner:
    """Runs mirrors as one process: ``holder`` names it. ``watches`` are called after each run that went well."""

    def __init__(
        self,
        database: Database,
        connect: Connect,
        holder: str,
        clock: Callable[[], datetime] = utc_now,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.database = database
        self.connect = connect
        self.holder = holder
        self.clock = clock
        self.lease_seconds = lease_seconds
        self.watches: list[Watch] = []

    async def run(self, mirror_id: int, mode: Mode = INCREMENTAL, *, patience: float = 0) -> Report:
        """Run a mirror once; raise LeaseLost, and Busy also for one that is between two books."""
        async with self.leased(mirror_id, patience) as holding:
            mirror = await asyncio.to_thread(Mirrors(self.database).get, mirror_id)
            if mirror.state is State.SWITCHING:
                raise Busy(mirror.reason)
            return await self.run_held(holding, mode)

    async def run_held(self, holding: Holding, mode: Mode = INCREMENTAL) -> Report:
        """Run a mirror that is held; while its service asks for time, nobody else is to have it either."""
        mirrors = Mirrors(self.database)
        mirror = await asyncio.to_thread(mirrors.get, holding.lease.mirror_id)
        try:
            async with self.connected(mirror) as (target, settings):
                policy = settings.policy
                report = await run(self.database, mirror, target, policy, holding.lease, self.clock, mode)
                if report.outcome in (Outcome.DONE, Outcome.PARTLY):
                    for watch in self.watches:
                        await watch(mirror, target)
        except (TargetError, VaultError, WrongMirrorSettings) as error:  # there is no connection even to try
            await asyncio.to_thread(mirrors.set_state, mirror.id, State.FAILED, str(error))
            report = Report(Outcome.FAILED, {}, str(error))
        holding.then = report.retry_after
        return report

    async def plan(self, mirror_id: int, *, full: bool = False, patience: float = 0) -> Report:
        """Tell what a run would do now; raise TargetError, VaultError, Busy."""
        async with self.leased(mirror_id, patience) as holding:
            mirror = await asyncio.to_thread(Mirrors(self.database).get, mirror_id)
            async with self.connected(mirror) as (target, settings):
                policy, now = settings.policy, self.clock()
                return await dry_run(self.database, mirror, target, policy, holding.lease, now, full=full)

    @asynccontextmanager
    async def connected(self, mirror: Mirror) -> AsyncIterator[tuple[Target, MirrorSettings]]:
        """Connect a mirror; raise TargetError, VaultError, WrongMirrorSettings."""
        settings = mirror_settings(mirror.settings)
        target = await self.connect(mirror, settings)
        try:
            yield target, settings
        finally:
            await target.close()

    @asynccontextmanager
    async def leased(self, mirror_id: int, patience: float = 0) -> AsyncIterator[Holding]:
        """Hold a mirror for as long as the block lasts; raise Busy, and LeaseLost when it was taken over.

        ``patience``: seconds to wait for a run of somebody else to end.
        """
        holding = Holding(await self._taken(mirror_id, patience))
        task = asyncio.current_task()
        assert task is not None
        keeping = asyncio.create_task(self._keep(holding.lease, task))
        try:
            yield holding
        except asyncio.CancelledError:
            if not keeping.done():
                raise
            task.uncancel()
            raise LeaseLost("the mirror was taken over by another process") from None
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await asyncio.to_thread(self._give_back, holding)

    async def _taken(self, mirror_id: int, patience: float) -> Lease:
        until = self.clock() + timedelta(seconds=patience)
        while True:
            now = self.clock()
            lease = await asyncio.to_thread(
                take_lease, self.database, mirror_id, self.holder, now, self.lease_seconds
            )
            if lease is not None:
                return lease
            mirror = await asyncio.to_thread(Mirrors(self.database).get, mirror_id)
            if now >= until:
                raise Busy(
                    f"the mirror of {mirror.user} is being run, or its service asked for time: "
                    f"try again in a minute, at the latest after {mirror.leased_until or 'that'}"
                )
            await asyncio.sleep(0.5)

    async def _keep(self, lease: Lease, task: asyncio.Task[object]) -> None:
        """Renew a lease; when somebody took it over all the same, stop what is being done under it."""
        while True:
            await asyncio.sleep(self.lease_seconds / 3)
            try:
                await asyncio.to_thread(renew_lease, self.database, lease, self.clock(), self.lease_seconds)
            except LeaseLost:
                task.cancel()
                return
            except Unavailable as error:
                LOG.warning("the lease of mirror %s is not renewed: %s", lease.mirror_id, error)

    def _give_back(self, holding: Holding) -> None:
        try:
            if holding.then > 0:
                renew_lease(self.database, holding.lease, self.clock(), holding.then)
            else:
                release_lease(self.database, holding.lease)
        except (Unavailable, LeaseLost) as error:
            LOG.warning("the lease of mirror %s ends by itself: %s", holding.lease.mirror_id, error)
