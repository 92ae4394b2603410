"""Exchange's streaming notifications wake the mirror, over real HTTP; without them it is run on its schedule."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bridge.mirroring.running import Runner, holder
from bridge.mirroring.streams import A_LOGIN, Streams
from bridge.simulators.graph.faults import Before, Lost, Refuse
from bridge.targets.field_map import FieldMap
from bridge.targets.mapped import MappedTarget
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.runs import Runs
from tests.mirror.office import Office
from tests.mirror.test_ews import drop, in_mailbox, make, touch
from tests.mirror.test_service import SELDOM, serving, until
from tests.simulators.ews.office import EwsOffice
from tests.targets.test_ews import ews_target


@pytest.fixture
def ews():
    ews = EwsOffice()
    yield ews
    ews.close()
    assert ews.judge.verdict() == []


@pytest.fixture
def office(make_sqlite, ews):
    database = Database.open(make_sqlite())
    office = Office(database)
    office.run = ews.run
    Mirrors(database).configure(office.mirror.id, target="ews", settings=SELDOM)
    yield office
    database.close()


@asynccontextmanager
async def woken_by_exchange(office, ews, *, is_mapped=False):
    """The service as ``python -m bridge.mirroring`` puts it together, but that it waits less after a failure."""

    async def connect(mirror, settings):
        target = ews_target(ews, scheme="ntlm" if is_mapped else "basic")
        target.folder = mirror.folder
        return MappedTarget(target, FieldMap()) if is_mapped else target

    runner = Runner(office.database, connect, holder())
    async with serving(runner) as (service,):
        with Streams(service.wake, first_pause=0.3) as streams:
            runner.watches = [streams.watch]
            yield
    await until(lambda: not ews.ews.subscriptions.known and not ews.ews.subscriptions.open)


def runs(office):
    return len(Runs(office.database).of_user(office.user_id))


async def listening(office, ews):
    """Wait until the server tells us of changes, and what was to be run for it has run."""
    await until(lambda: ews.ews.subscriptions.open)
    await resting(office)


async def resting(office):
    async with asyncio.timeout(20):
        known = -1
        while known != (known := await asyncio.to_thread(runs, office)) or office.mirror.leased_by:
            await asyncio.sleep(0.5)


@pytest.mark.parametrize("is_mapped", [False, True])
def test_a_change_in_the_mailbox_reaches_the_book_long_before_the_schedule(office, ews, is_mapped):
    async def story():
        async with woken_by_exchange(office, ews, is_mapped=is_mapped):
            key = await asyncio.to_thread(office.add, "Nick Brigandi")
            await listening(office, ews)
            touch(ews, "Nick Brigandi", jobTitle="Chief")
            await until(lambda: office.record(key).contact.job_title == "Chief")
            make(ews, "Old Friend")
            await until(lambda: "Old Friend" in office.names())
            drop(ews, "Nick Brigandi")
            await until(lambda: office.trashed() == ["Nick Brigandi"])

    office.run(story())


def test_what_we_wrote_ourselves_wakes_us_once_and_not_for_ever(office, ews):
    async def story():
        async with woken_by_exchange(office, ews):
            await listening(office, ews)
            await asyncio.to_thread(office.add, "Nick Brigandi")
            await until(lambda: office.links())
            await resting(office)
            before = runs(office)
            await asyncio.sleep(1)
            assert runs(office) == before and len(ews.ews.subscriptions.known) == 1

    office.run(story())


@pytest.mark.parametrize("in_order", [True, False])
def test_what_happens_while_a_connection_ends_is_found_and_a_new_one_is_opened(office, ews, in_order):
    async def story():
        async with woken_by_exchange(office, ews):
            key = await asyncio.to_thread(office.add, "Nick Brigandi")
            await until(lambda: office.links())
            await listening(office, ews)
            (first,) = ews.ews.subscriptions.known
            edit = Before(lambda: touch(ews, "Nick Brigandi", jobTitle="Chief"))
            ews.ews.faults.add(edit, "Subscribe", times=1)  # the run before it has not read this
            ews.ews.subscriptions.end(in_order=in_order)
            await until(lambda: office.record(key).contact.job_title == "Chief")
            await listening(office, ews)
            assert first not in ews.ews.subscriptions.known
            touch(ews, "Nick Brigandi", jobTitle="Buyer")
            await until(lambda: office.record(key).contact.job_title == "Buyer")

    office.run(story())


@pytest.mark.parametrize(
    ("fault", "operation"),
    [(Refuse(500, "ErrorAccessDenied"), "Subscribe"), (Lost(), "GetStreamingEvents"), (Lost(), "Subscribe")],
)
def test_a_server_that_does_not_tell_leaves_the_schedule_as_it_is(office, ews, caplog, fault, operation):
    async def story():
        ews.ews.faults.add(fault, operation, times=None)
        async with woken_by_exchange(office, ews):
            key = await asyncio.to_thread(office.add, "Nick Brigandi")
            await until(lambda: office.links() and "tells us nothing" in caplog.text)
            await asyncio.to_thread(office.edit, key, job_title="Chief")
            await until(lambda: "Chief" in str(in_mailbox(ews)["Nick Brigandi"].properties))
            await asyncio.sleep(1)
            assert runs(office) < 8
            assert ews.judge.lines.count("Subscribe") == 1 or not isinstance(fault, Refuse), "asked again at once"
            ews.ews.faults.clear()
            ews.ews.subscriptions.known.clear()  # their end did not reach the server

    with caplog.at_level(logging.WARNING):
        office.run(story())
    assert caplog.text.count("tells us nothing") == 1


def test_a_login_has_a_few_connections_and_one_for_each_folder(office, ews):
    woken = []

    async def opened(name):
        target = ews_target(ews, name)
        await target.open(None)
        await target.close()
        return target

    async def story():
        with Streams(woken.append) as streams:
            targets = {number: await opened(f"Folder {number}") for number in range(A_LOGIN + 2)}
            for number, target in [*targets.items()] * 2:
                await streams.watch(replace(office.mirror, id=number), target)
            await until(lambda: len(ews.ews.subscriptions.open) == A_LOGIN == len(set(woken)))
            first = set(ews.ews.subscriptions.known)
            await streams.watch(replace(office.mirror, id=0), targets[A_LOGIN])  # another folder now
            await until(lambda: len(first & set(ews.ews.subscriptions.known)) == A_LOGIN - 1)
            await until(lambda: len(ews.ews.subscriptions.open) == A_LOGIN)
        await until(lambda: not ews.ews.subscriptions.open and not ews.ews.subscriptions.known)

    office.run(story())
