"""Graph's change notifications wake the mirror, over real HTTP; what they say is not trusted."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from aiohttp import ClientSession

from bridge.mirroring.notifications import Notifications
from bridge.mirroring.running import Runner, holder
from bridge.simulators.graph.faults import Refuse
from bridge.simulators.graph.properties import TEXTS
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.runs import Runs
from storage_plugin.database.vault import Vault
from tests.mirror.office import Office
from tests.mirror.test_service import SELDOM, serving, until
from tests.simulators.graph.office import Office as Graph
from tests.targets.test_graph import new_target


@pytest.fixture
def graph():
    graph = Graph()
    yield graph
    graph.close()
    assert graph.judge.verdict() == []


@pytest.fixture
def office(make_sqlite, graph):
    database = Database.open(make_sqlite())
    office = Office(database)
    office.run = graph.run
    Mirrors(database).configure(office.mirror.id, target="graph", settings=SELDOM)
    yield office
    database.close()


@pytest.fixture
def vault(tmp_path):
    return Vault.open(tmp_path)


@pytest.fixture
def post(graph):
    """Post JSON, or bytes, to an address; gives status, content type and text."""

    async def post(url, content=b""):
        kind = {"data": BytesIO(content)} if isinstance(content, bytes) else {"json": content}
        async with ClientSession() as session, session.post(url, **kind) as answer:
            return answer.status, answer.content_type, await answer.text()

    return post


class Listener(Notifications):
    """Listens on a free port, as if that were the public address, and notes who was woken."""

    def __init__(self, graph, vault, wake=None):
        self.woken = []
        super().__init__("http://127.0.0.1:0/changed", vault, wake or self.woken.append, graph.clock)

    @asynccontextmanager
    async def there(self):
        async with self.listening("127.0.0.1", 0) as port:
            self._url = f"http://127.0.0.1:{port}/changed"
            yield self


def runner_of(office, graph):
    async def connect(mirror, settings):
        target = new_target(graph)
        target.folder = mirror.folder
        return target

    return Runner(office.database, connect, holder())


@asynccontextmanager
async def woken_by_graph(office, graph, vault):
    """The service as ``python -m bridge.mirroring`` puts it together."""
    runner = runner_of(office, graph)
    async with serving(runner) as (service,), Listener(graph, vault, service.wake).there() as listener:
        runner.watches = [listener.watch]
        yield listener


async def subscriptions(graph):
    return (await graph.asking("GET /subscriptions")).value


def wake_up(listener, mirror_id, **said):
    told = {"clientState": listener.address(mirror_id).client_state, "changeType": "updated"} | said
    return {"value": [told]}


def test_a_change_in_the_mailbox_wakes_the_mirror_long_before_its_schedule(office, graph, vault):
    async def story():
        async with woken_by_graph(office, graph, vault):
            key = await asyncio.to_thread(office.add, "Nick Brigandi")
            await until(lambda: office.links() and not office.mirror.leased_by)
            (item,) = graph.anna.items.values()
            graph.anna.put(item, {TEXTS["jobTitle"]: "Chief"})
            await until(lambda: office.record(key).contact.job_title == "Chief")

    office.run(story())


def test_what_we_wrote_ourselves_wakes_us_once_and_not_for_ever(office, graph, vault):
    async def story():
        async with woken_by_graph(office, graph, vault):
            await asyncio.to_thread(office.add, "Nick Brigandi")
            await until(lambda: office.links() and not office.mirror.leased_by)
            await graph.graph.subscriptions.delivered()
            await asyncio.sleep(2)
            before = len(Runs(office.database).of_user(office.user_id))
            await asyncio.sleep(1)
            assert len(Runs(office.database).of_user(office.user_id)) == before

    office.run(story())


def test_a_subscription_is_renewed_in_time_and_taken_over_after_a_restart(office, graph, vault):
    async def story():
        runner = runner_of(office, graph)
        listener = Listener(graph, vault)
        async with listener.there():
            runner.watches = [listener.watch]
            await runner.run(office.mirror.id)
            (first,) = await subscriptions(graph)
            assert len(first["clientState"]) <= 128
            await runner.run(office.mirror.id)
            assert await subscriptions(graph) == [first]
            graph.clock.advance(minutes=3000)
            graph.token = graph.graph.sign_in.token(graph.anna)
            await runner.run(office.mirror.id)
            (later,) = await subscriptions(graph)
            assert later["id"] == first["id"] and later["expirationDateTime"] > first["expirationDateTime"]
            restarted = Listener(graph, vault)
            restarted._url = listener._url
            runner.watches = [restarted.watch]
            await runner.run(office.mirror.id)
            assert [each["id"] for each in await subscriptions(graph)] == [first["id"]]
            graph.clock.advance(minutes=5000)
            graph.token = graph.graph.sign_in.token(graph.anna)
            await runner.run(office.mirror.id)
            (anew,) = await subscriptions(graph)
            assert anew["id"] != first["id"]

    office.run(story())


@pytest.mark.parametrize("event", ["missed", "reauthorizationRequired", "subscriptionRemoved"])
def test_what_graph_tells_of_the_subscription_itself_is_seen_to(office, graph, vault, event):
    async def story():
        runner = runner_of(office, graph)
        async with Listener(graph, vault).there() as listener:
            runner.watches = [listener.watch]
            await runner.run(office.mirror.id)
            (first,) = await subscriptions(graph)
            graph.clock.advance(minutes=30)
            graph.graph.subscriptions.tell(first["id"], event)
            await graph.graph.subscriptions.delivered()
            assert listener.woken == [office.mirror.id]
            await runner.run(office.mirror.id)
            (now,) = await subscriptions(graph)
            assert (now["id"] == first["id"]) == (event != "subscriptionRemoved")
            assert (now["expirationDateTime"] > first["expirationDateTime"]) == (event != "missed")

    office.run(story())


def test_nobody_else_can_wake_a_mirror(graph, vault, post, caplog):
    async def story():
        async with Listener(graph, vault).there() as listener:
            url = listener.address(7).url
            for state in ("", "wrong", None, 7, [], listener.address(8).client_state, "\ud800"):
                status, _, _ = await post(url, wake_up(listener, 7, clientState=state))
                assert status == 202
            assert (await post(listener.address(8).url.replace("/8/", "/7/"), wake_up(listener, 7)))[0] == 404
            assert listener.woken == []
            assert (await post(url, wake_up(listener, 7)))[0] == 202
            assert listener.woken == [7]

    graph.run(story())
    assert listener_states(vault) not in caplog.text


def listener_states(vault):
    return vault.mark("client state of mirror 7")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"value": 7}', b'"value"', b"\xff", b"[" * 100_000])
def test_nonsense_is_refused(graph, vault, post, body):
    async def story():
        async with Listener(graph, vault).there() as listener:
            assert (await post(listener.address(7).url, body))[0] == 400
            assert listener.woken == []

    graph.run(story())


def test_what_is_too_large_is_refused(graph, vault, post):
    async def story():
        async with Listener(graph, vault).there() as listener:
            assert (await post(listener.address(7).url, b" " * 2_000_000))[0] == 413

    graph.run(story())


def test_a_validation_token_is_given_back_as_plain_text(graph, vault, post):
    async def story():
        async with Listener(graph, vault).there() as listener:
            url = listener.address(7).url
            said = await post(f"{url}?validationToken=a%20%2B%26%3Cscript%3E%25")
            assert said == (200, "text/plain", "a +&<script>%")
            assert (await post(f"{url}x?validationToken=a"))[0] == 404

    graph.run(story())


def test_without_notifications_the_schedule_counts_and_it_is_tried_again_later(office, graph, vault, caplog):
    async def story():
        runner = runner_of(office, graph)
        async with Listener(graph, vault).there() as listener:
            runner.watches = [listener.watch]
            graph.graph.faults.add(Refuse(403, "AccessDenied"), "GET /subscriptions", times=1)
            await asyncio.to_thread(office.add, "Nick Brigandi")
            for minutes, there in ((0, 0), (30, 0), (31, 1)):
                graph.clock.advance(minutes=minutes)
                graph.token = graph.graph.sign_in.token(graph.anna)
                assert (await runner.run(office.mirror.id)).outcome == "done"
                assert len(await subscriptions(graph)) == there

    with caplog.at_level(logging.WARNING):
        office.run(story())
    assert caplog.text.count("only the schedule counts") == 1
