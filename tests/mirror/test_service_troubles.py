"""The bridge service when something goes wrong around it: it waits, goes on, and does nothing twice."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from bridge.mirroring.running import Runner, holder, utc_now
from bridge.mirroring.service import AT_A_TIME
from bridge.targets.base import Unreachable
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import take_lease
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.users import Users
from storage_plugin.model.book import Unavailable
from tests.mirror.office import Office
from tests.mirror.test_service import SELDOM, Connections, runs, serving, until


@pytest.fixture
def office(make_sqlite):
    office = Office(Database.open(make_sqlite()))
    Mirrors(office.database).configure(office.mirror.id, settings=SELDOM)
    yield office
    office.database.close()


class Unsteady:
    """A database that cannot be reached while ``is_away``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_away = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def reading(self, *arguments: Any, **said: Any) -> Any:
        if self.is_away:
            raise Unavailable("the database does not answer")
        with self._database.reading(*arguments, **said) as connection:
            yield connection


def test_a_database_that_is_away_is_waited_for_and_told_of_once_each_time(office, caplog):
    database: Any = Unsteady(office.database)

    async def story():
        async with serving(Runner(database, Connections(office), holder())):
            for count, name in enumerate(("Nick Brigandi", "Andrea Dunker"), 1):
                database.is_away = True
                await until(lambda count=count: caplog.text.count("wait for the database") == count)
                await asyncio.to_thread(office.add, name)
                await asyncio.sleep(0.5)
                database.is_away = False
                await until(lambda count=count: len(office.folder.held) == count and not office.mirror.leased_by)

    with caplog.at_level(logging.WARNING):
        office.run(story())
    assert caplog.text.count("wait for the database") == 2


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        (Unavailable("the database does not answer"), "does not answer"),
        (RuntimeError("a slip"), "fault of the program"),
        (None, "is being run"),
    ],
)
def test_what_cannot_be_run_now_is_not_tried_again_at_once(office, caplog, trouble, word):
    async def connect(mirror, settings):
        raise trouble

    if trouble is None:
        take_lease(office.database, office.mirror.id, "another process", utc_now(), 60)

    async def story():
        async with serving(Runner(office.database, connect, holder())):
            await until(lambda: word in caplog.text)
            await asyncio.sleep(0.7)

    with caplog.at_level(logging.INFO):
        office.run(story())
    assert sum(word in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("went_well", [True, False])
def test_what_somebody_else_has_just_run_rests_if_it_went_well(office, went_well):
    connections = Connections(office)
    runner = Runner(office.database, connections, holder())

    async def story():
        await runner.run(office.mirror.id)
        if not went_well:
            office.folder.faults.before[len(office.folder.requests) + 1] = Unreachable("It is away.")
            await runner.run(office.mirror.id)
        known = connections.all
        async with serving(runner):
            if went_well:
                await asyncio.sleep(0.5)
                assert connections.all == known
            else:
                await until(lambda: connections.all == known + 1)

    office.run(story())


def test_a_run_that_began_later_than_now_keeps_nobody_waiting(office):
    """The clock went ahead, and was put right."""
    connections = Connections(office)

    async def story():
        await Runner(office.database, connections, holder()).run(office.mirror.id)
        async with serving(Runner(office.database, connections, holder(), lambda: utc_now() - timedelta(hours=1))):
            await until(lambda: connections.all == 2)

    office.run(story())


def test_who_failed_is_tried_again_when_the_time_has_come(office, monkeypatch):
    monkeypatch.setattr("bridge.sync.context.FIRST_RETRY", timedelta(seconds=0.5))
    monkeypatch.setattr("bridge.mirroring.schedule.SOON", 0.1)
    office.folder.faults.rejects.add("Nick Brigandi")
    office.add("Nick Brigandi")

    async def story():
        async with serving(Runner(office.database, Connections(office), holder())):
            await until(lambda: office.failures())
            office.folder.faults.rejects.clear()
            await until(lambda: len(office.folder.held) == 1)

    office.run(story())


def test_a_run_under_way_gets_to_finish_when_the_service_stops(office):
    office.add("Nick Brigandi")
    started, connected = asyncio.Event(), Connections(office)

    async def connect(mirror, settings):
        started.set()
        await asyncio.sleep(0.4)
        return await connected(mirror, settings)

    async def story():
        async with serving(Runner(office.database, connect, holder())):
            await started.wait()

    office.run(story())
    assert office.in_folder() == ["Nick Brigandi"] and runs(office)[0].outcome == "done"


def test_a_few_mirrors_are_run_at_a_time(office):
    mirrors = Mirrors(office.database)
    for number in range(AT_A_TIME + 2):
        made = mirrors.create(Users(office.database).add(f"user {number}"), "memory")
        mirrors.configure(made.id, settings=SELDOM)
        mirrors.set_state(made.id, State.ON)
    now, most, done = 0, 0, 0

    async def connect(mirror, settings):
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.2)
        now, done = now - 1, done + 1
        raise Unreachable("It is away.")

    async def story():
        async with serving(Runner(office.database, connect, holder())):
            await until(lambda: done == AT_A_TIME + 3)

    office.run(story())
    assert most == AT_A_TIME
