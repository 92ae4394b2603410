"""All mirrors of a database on their schedules, until told to stop.

Twice a second the books' change numbers are read, all in one read (0.2 ms), so that a change on a phone is in the
folder within two seconds. Several services on one database share the work: who has a mirror's lease runs it, and who
finds the lease of a dead one expired takes over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from bridge.mirroring.running import Busy, Runner
from bridge.mirroring.schedule import Slot, after_run, is_due, noticed, postponed, rested, woken
from bridge.sync.run import Report
from storage_plugin.database.failures import Failures
from storage_plugin.database.leases import LeaseLost
from storage_plugin.database.pulses import Pulse, pulses
from storage_plugin.database.runs import Outcome, Runs
from storage_plugin.model.book import Unavailable

LOG = logging.getLogger(__name__)

TICK = 0.5
"""Seconds between two looks at the books."""

AT_A_TIME = 4
"""Runs at a time; a run of ten thousand contacts needs some 100 MB."""

GRACE = 4.0
"""Seconds that runs under way get to finish when the service stops; what is left is done by the next run."""


class Service:
    """Runs the mirrors of one database."""

    def __init__(self, runner: Runner, tick: float = TICK) -> None:
        self._runner = runner
        self._tick = tick
        self._slots: dict[int, Slot] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._woken: set[int] = set()
        self._is_away = False

    def wake(self, mirror_id: int) -> None:
        """Have a mirror run soon: its folder has changed. One that is being run is run once more."""
        self._woken.add(mirror_id)

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None] = lambda: None) -> None:
        """Run mirrors until ``stop`` is set; then let runs finish, and break off those that take long."""
        try:
            on_ready()
            while not stop.is_set():
                await self._look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._tick)
        finally:
            await self._finish()

    async def _look(self) -> None:
        try:
            found = await asyncio.to_thread(pulses, self._runner.database)
        except Unavailable as error:
            if not self._is_away:
                LOG.warning("the mirrors wait for the database: %s", error)
            self._is_away = True
            return
        self._is_away = False
        now = _now()
        for pulse in found:
            if self._is_running(pulse.mirror_id):
                continue
            slot = noticed(self._slots.get(pulse.mirror_id), pulse, now)
            if pulse.mirror_id in self._woken:
                slot = woken(slot, now)
            self._slots[pulse.mirror_id] = slot
            if is_due(slot, pulse, now):
                self._woken.discard(pulse.mirror_id)
                self._tasks[pulse.mirror_id] = asyncio.create_task(self._run(pulse))

    def _is_running(self, mirror_id: int) -> bool:
        task = self._tasks.get(mirror_id)
        return task is not None and not task.done()

    async def _run(self, pulse: Pulse) -> None:
        """Run one mirror, and plan its next run; whatever goes wrong concerns this mirror alone."""
        key, slot = pulse.mirror_id, self._slots[pulse.mirror_id]
        try:
            async with self._turns:
                if not pulse.is_behind and not slot.is_retry:
                    rest = await asyncio.to_thread(self._rest, key, slot.every)
                    if rest > 0:
                        self._slots[key] = rested(slot, _now(), rest)
                        return
                report = await self._runner.run(key)
                retry_in = await asyncio.to_thread(self._retry_in, key)
            self._slots[key] = after_run(slot, report, _now(), retry_in)
        except (Busy, LeaseLost) as error:
            LOG.info("%s", error)
            self._slots[key] = postponed(slot, _now())
        except Unavailable as error:
            LOG.warning("mirror %s: %s", key, error)
            self._slots[key] = after_run(slot, Report(Outcome.FAILED, {}, str(error), retry_after=1), _now())
        except Exception:
            LOG.exception("mirror %s: the run broke off by a fault of the program", key)
            self._slots[key] = after_run(slot, Report(Outcome.FAILED, {}, retry_after=1), _now())

    def _rest(self, mirror_id: int, every: float) -> float:
        """Give the seconds until the next scheduled run, counted from the last one, whoever did it."""
        last = Runs(self._runner.database).last(mirror_id)
        if last is None or last.outcome is not Outcome.DONE:
            return 0.0
        since = (self._runner.clock() - datetime.fromisoformat(last.started_at)).total_seconds()
        return every - since if since >= 0 else 0.0  # it began later than now: a clock was put right

    def _retry_in(self, mirror_id: int) -> float | None:
        """Give the seconds until a contact that failed is to be tried again."""
        failures = Failures(self._runner.database, mirror_id).all()
        due = min((each.retry_at for each in failures), default=None)
        return None if due is None else (datetime.fromisoformat(due) - self._runner.clock()).total_seconds()

    async def _finish(self) -> None:
        running = [task for task in self._tasks.values() if not task.done()]
        if running:
            await asyncio.wait(running, timeout=GRACE)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _now() -> float:
    return asyncio.get_running_loop().time()
