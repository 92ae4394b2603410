"""The bridge service: it wakes for a change, waits when it is told to, and shares the work with another one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from bridge.mirroring.running import Busy, Runner, holder, utc_now
from bridge.mirroring.service import Service
from bridge.targets.base import SignInNeeded, Throttled
from bridge.targets.memory import MemoryTarget
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import LeaseLost, take_lease
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.runs import Outcome, Runs
from tests.mirror.office import Office

SELDOM = {"place": {"kind": "file", "path": "/nowhere"}, "every": 24 * 60}


@pytest.fixture
def office(database: Database) -> Office:
    office = Office(database)
    Mirrors(database).configure(office.mirror.id, settings=SELDOM)
    return office


class Connections:
    """Connects to the folder in memory, and counts how many do so at a time."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.now = self.most = self.all = 0

    async def __call__(self, mirror, settings):
        self.now += 1
        self.all += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.05)
        target = MemoryTarget(self.office.folder, mirror.folder)

        async def close():
            self.now -= 1

        target.close = close
        return target


@asynccontextmanager
async def serving(*runners: Runner):
    stop = asyncio.Event()
    services = [Service(runner, tick=0.1) for runner in runners]
    running = [asyncio.create_task(service.run(stop)) for service in services]
    try:
        yield services
    finally:
        stop.set()
        await asyncio.gather(*running)


async def until(holds) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.02)


def runs(office: Office):
    return Runs(office.database).of_user(office.user_id)


def test_bc_5_bcm_18_a_change_of_the_book_wakes_the_mirror_long_before_its_schedule(office):
    office.add("Nick Brigandi")
    connections = Connections(office)

    async def story():
        async with serving(Runner(office.database, connections, holder())):
            await until(lambda: len(office.folder.held) == 1)
            await asyncio.to_thread(office.add, "Andrea Dunker")
            await until(lambda: len(office.folder.held) == 2)

    office.run(story())
    assert office.in_folder() == ["Andrea Dunker", "Nick Brigandi"]
    assert not office.mirror.leased_by


def test_a_change_with_plain_sql_wakes_it_too(office):
    key = office.add("Nick Brigandi")

    def change():
        with office.database.engine.begin() as connection:
            connection.execute(text("UPDATE contact SET company = 'Fabrikam' WHERE id = :key"), {"key": key})

    async def story():
        async with serving(Runner(office.database, Connections(office), holder())):
            await until(lambda: len(office.folder.held) == 1)
            await asyncio.to_thread(change)
            await until(lambda: [each.contact.company for each in office.folder.held.values()] == ["Fabrikam"])

    office.run(story())


def test_an_idle_mirror_is_left_alone(office):
    office.add("Nick Brigandi")
    connections = Connections(office)

    async def story():
        async with serving(Runner(office.database, connections, holder())):
            await until(lambda: office.mirror.number is not None and not office.mirror.leased_by)
            before = connections.all
            await asyncio.sleep(1)
            assert connections.all == before

    office.run(story())


def test_two_services_never_run_one_mirror_at_once(office):
    connections = Connections(office)
    names = [f"Number {number}" for number in range(12)]

    async def story():
        async with serving(*(Runner(office.database, connections, holder()) for _ in range(2))):
            for name in names:
                await asyncio.to_thread(office.add, name)
                await asyncio.sleep(0.15)
            await until(lambda: len(office.folder.held) == len(names))

    office.run(story())
    assert connections.most == 1
    assert office.in_folder() == sorted(names)


def test_the_lease_of_a_dead_process_is_taken_over(office):
    office.add("Nick Brigandi")
    assert take_lease(office.database, office.mirror.id, "a process that was killed", utc_now(), 1.5)
    connections = Connections(office)

    async def story():
        async with serving(Runner(office.database, connections, holder())):
            await asyncio.sleep(0.3)
            assert connections.all == 0
            await until(lambda: len(office.folder.held) == 1)

    office.run(story())


def test_while_a_service_asks_for_time_nobody_runs_the_mirror(office):
    office.add("Nick Brigandi")
    office.folder.faults.before[1] = Throttled("Too many requests.", 42)
    one, other = (Runner(office.database, Connections(office), holder(), office.clock) for _ in range(2))

    async def story():
        report = await one.run(office.mirror.id)
        assert (report.outcome, report.retry_after) == (Outcome.FAILED, 42)
        office.clock.now += timedelta(seconds=41)
        with pytest.raises(Busy):
            await other.run(office.mirror.id)
        office.clock.now += timedelta(seconds=1)
        assert (await other.run(office.mirror.id)).counts == {"create": 1}

    office.run(story())


def test_a_throttled_mirror_is_not_woken_by_a_change(office):
    office.folder.faults.before[1] = Throttled("Too many requests.", 60)
    connections = Connections(office)

    async def story():
        async with serving(Runner(office.database, connections, holder())):
            await until(lambda: len(runs(office)) == 1 and runs(office)[0].outcome is Outcome.FAILED)
            await asyncio.to_thread(office.add, "Nick Brigandi")
            await asyncio.sleep(0.5)

    office.run(story())
    assert connections.all == 1


def test_a_mirror_that_somebody_must_act_upon_rests_until_it_is_on_again(office):
    office.folder.faults.before[1] = SignInNeeded("The password is not accepted.")
    connections = Connections(office)
    mirrors = Mirrors(office.database)

    async def story():
        async with serving(Runner(office.database, connections, holder())):
            await until(lambda: office.mirror.state is State.FAILED)
            await asyncio.to_thread(office.add, "Nick Brigandi")
            await asyncio.sleep(0.5)
            assert connections.all == 1

        await asyncio.to_thread(mirrors.set_state, office.mirror.id, State.ON)
        async with serving(Runner(office.database, connections, holder())):
            await until(lambda: len(office.folder.held) == 1)

    office.run(story())


def test_a_stopped_mirror_is_not_run(office):
    office.add("Nick Brigandi")
    Mirrors(office.database).set_state(office.mirror.id, State.STOPPED)
    connections = Connections(office)

    async def story():
        async with serving(Runner(office.database, connections, holder())):
            await asyncio.sleep(0.5)

    office.run(story())
    assert connections.all == 0


def test_bcm_49_a_mirror_between_two_books_is_not_run(office):
    office.add("Nick Brigandi")
    Mirrors(office.database).set_state(office.mirror.id, State.SWITCHING, "The switch was broken off: switch again.")
    connections = Connections(office)

    async def story():
        async with serving(Runner(office.database, connections, holder())):
            await asyncio.sleep(0.5)
        with pytest.raises(Busy, match="switch again"):
            await Runner(office.database, connections, holder()).run(office.mirror.id)

    office.run(story())
    assert connections.all == 0


def test_a_run_that_was_taken_over_is_broken_off(office):
    started = asyncio.Event()

    async def connect(mirror, settings):
        started.set()
        await asyncio.sleep(30)

    runner = Runner(office.database, connect, holder(), lease_seconds=0.3)

    async def story():
        running = asyncio.create_task(runner.run(office.mirror.id))
        await started.wait()
        later = utc_now() + timedelta(hours=1)
        assert await asyncio.to_thread(take_lease, office.database, office.mirror.id, "another", later, 60)
        with pytest.raises(LeaseLost):
            await running

    office.run(story())
    assert office.mirror.leased_by == "another"


def test_a_stop_breaks_off_what_takes_long_and_gives_the_lease_back(office, monkeypatch):
    monkeypatch.setattr("bridge.mirroring.service.GRACE", 0.1)
    started = asyncio.Event()

    async def connect(mirror, settings):
        started.set()
        await asyncio.Event().wait()

    async def story():
        async with asyncio.timeout(20), serving(Runner(office.database, connect, holder())):
            await started.wait()
            assert office.mirror.leased_by

    office.run(story())
    assert not office.mirror.leased_by


def test_a_mirror_that_is_woken_runs_and_one_that_somebody_must_act_upon_does_not(office):
    connections = Connections(office)

    async def story():
        async with serving(Runner(office.database, connections, holder())) as (service,):
            await until(lambda: len(runs(office)) == 1 and not office.mirror.leased_by)
            service.wake(office.mirror.id)
            await until(lambda: len(runs(office)) == 2 and not office.mirror.leased_by)
            await asyncio.to_thread(Mirrors(office.database).set_state, office.mirror.id, State.ASKING, "Really?")
            await asyncio.sleep(0.3)
            service.wake(office.mirror.id)
            await asyncio.sleep(0.5)
            assert len(runs(office)) == 2

    office.run(story())
