"""What goes wrong at a real service: a state and a sentence for each, the others go on, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bridge.simulators.graph.faults import DENIED
from bridge.sync.run import Mode
from bridge.targets.carddav.client import Client
from bridge.targets.carddav.contacts import CardDavTarget
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import State
from storage_plugin.database.runs import Outcome
from tests.mirror.crashing import Death
from tests.mirror.office import Office, person
from tests.mirror.owner import Owner
from tests.simulators.graph.office import Office as Graph
from tests.targets.proxy import Proxy, Trouble
from tests.targets.servers import PASSWORD, USER, radicale
from tests.targets.test_graph import new_target

PRIVILEGES = '<error xmlns="DAV:"><need-privileges/></error>'
TOKEN = '<error xmlns="DAV:"><valid-sync-token/></error>'


class GraphService:
    """Anna's folder "Business" in the simulator."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.run = self.graph.run
        self.token = self.graph.token

    def connect(self, folder: str, _death: Death) -> Any:
        target = new_target(self.graph, name="Business")
        target.folder = folder
        return target

    def strike(self, trouble: str, folder: str) -> None:
        graph, mailbox = self.graph, self.graph.anna
        strikes: dict[str, Callable[[], object]] = {
            "wrong password": lambda: setattr(graph, "token", "expired"),
            "revoked permission": lambda: graph.graph.faults.add(DENIED, "contact", times=None),
            "full": lambda: setattr(mailbox, "full", True),
            "refused": lambda: setattr(mailbox, "refuses", _refuses),
            "folder gone": lambda: mailbox.remove_folder(mailbox.folder(folder)),
            "cursor gone": graph.graph.forget_cursors,
        }
        strikes[trouble]()

    def cure(self) -> None:
        self.graph.token, self.graph.anna.full = self.token, False
        self.graph.anna.refuses = lambda contact: ""
        self.graph.graph.faults.clear()

    def close(self) -> None:
        self.graph.close()
        assert self.graph.judge.verdict() == []


def _refuses(contact: Any) -> str:
    return "It is refused." if contact.get("givenName") == "Refused" else ""


class CardDavService:
    """An address book in Radicale, behind a proxy that makes trouble."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.run = self.runner.run
        self.proxy = self.run(Proxy(url).start())

    def connect(self, folder: str, _death: Death) -> Any:
        return CardDavTarget(Client(self.proxy.url, USER, PASSWORD), "Business", folder=folder, may_make=True)

    def strike(self, trouble: str, folder: str) -> None:
        if trouble == "folder gone":
            self.run(self._remove(folder))
            return
        self.proxy.trouble = {
            "wrong password": [Trouble("*", 401)],
            "revoked permission": [Trouble("*", 403, body=PRIVILEGES)],
            "full": [Trouble("PUT", 507)],
            "refused": [Trouble("PUT", 422, holding="FN:Refused")],
            "cursor gone": [Trouble("REPORT", 403, body=TOKEN, holding="sync-collection", times=1)],
        }[trouble]

    def cure(self) -> None:
        self.proxy.trouble = []

    def close(self) -> None:
        self.run(self.proxy.stop())
        self.runner.close()

    async def _remove(self, folder: str) -> None:
        client = Client(self.proxy.url, USER, PASSWORD)
        await client.ask("DELETE", folder)
        await client.close()


Service = GraphService | CardDavService


@pytest.fixture(scope="module")
def radicale_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with radicale(tmp_path_factory.mktemp("radicale")) as url:
        yield url


@pytest.fixture(params=["graph", pytest.param("carddav", marks=pytest.mark.slow)])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    made: Service = (
        GraphService() if request.param == "graph" else CardDavService(request.getfixturevalue("radicale_url"))
    )
    yield made
    made.close()


@pytest.fixture
def office(service: Service, make_sqlite: Any) -> Iterator[Office]:
    """A firm whose mirror is new, in a folder that is empty."""
    office = Office(Database.open(make_sqlite()))
    office.run = service.run
    office.connect = lambda: service.connect(office.mirror.folder, Death())
    for item in Owner(service).items():
        Owner(service).drop(item.view.formatted_name)
    yield office
    office.database.close()


def strike(office: Office, service: Service, trouble: str) -> None:
    service.strike(trouble, office.mirror.folder)


@pytest.mark.parametrize(
    ("trouble", "word"), [("wrong password", "sign|password"), ("revoked permission", "refuses|let"), ("full", "")]
)
def test_what_somebody_must_cure_is_a_state_with_a_sentence(office, service, trouble, word):
    office.add("Nick Brigandi")
    office.sync()
    office.add("Anna Abel")
    strike(office, service, trouble)
    report = office.sync()
    assert report.outcome is Outcome.FAILED and report.reason.endswith(".")
    assert not word or any(each in report.reason for each in word.split("|")), report.reason
    assert (office.mirror.state, office.mirror.reason) == (State.FAILED, report.reason)
    assert office.business() == ["Anna Abel", "Nick Brigandi"] and office.trashed() == []
    service.cure()
    assert office.sync().outcome is Outcome.DONE
    assert office.mirror.state is State.ON and office.mirror.reason == ""
    assert names(service) == ["Anna Abel", "Nick Brigandi"] and office.sync().counts == {}


def test_a_folder_that_somebody_deleted_is_told_and_not_made_again(office, service):
    office.add("Nick Brigandi")
    office.sync()
    strike(office, service, "folder gone")
    for _ in range(2):
        report = office.sync()
        assert report.outcome is Outcome.FAILED and report.reason.endswith(".")
        assert (office.mirror.state, office.mirror.reason) == (State.FAILED, report.reason)
    assert office.business() == ["Nick Brigandi"] and office.trashed() == []
    assert office.stop().outcome is Outcome.DONE
    office.sync()
    assert names(service) == ["Nick Brigandi"]


def test_a_cursor_that_is_gone_deletes_nothing_at_once_and_finds_everything(office, service):
    keys = [office.add(f"Person {name}") for name in "ABC"]
    office.sync()
    owner = Owner(service)
    owner.drop("Person A")
    owner.touch("Person B", job_title="Chief")
    owner.make("Friend New")
    office.delete(keys[2])
    strike(office, service, "cursor gone")
    assert office.sync().outcome is Outcome.DONE
    assert office.trashed() == ["Person C"] and names(service) == ["Friend New", "Person B", "Person C"]
    assert office.record(keys[1]).contact.job_title == "Chief" and "Friend New" in office.names()
    office.sync()
    assert office.trashed() == ["Person A", "Person C"] and names(service) == ["Friend New", "Person B"]
    assert office.sync().counts == {}


def test_one_contact_that_is_refused_is_named_and_the_others_go_on(office, service):
    key = office.add("Anna Abel")
    office.sync()
    office.add("Refused Rita")
    office.add("Nick Brigandi")
    office.edit(key, company="Contoso")
    strike(office, service, "refused")
    report = office.sync()
    assert (report.outcome, report.counts["failed"]) == (Outcome.PARTLY, 1)
    (failure,) = office.failures()
    assert failure.name == "Refused Rita" and failure.error.endswith(".")
    assert names(service) == ["Anna Abel", "Nick Brigandi"]
    assert office.sync().counts == {}, "not tried again at once"
    service.cure()
    office.clock.now += timedelta(hours=1)
    office.sync()
    assert names(service) == ["Anna Abel", "Nick Brigandi", "Refused Rita"] and office.failures() == []


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_too_many_deletions_on_one_side_stop_the_run_and_ask(office, service, side):
    keys = {f"Person {number:02d}": office.add(f"Person {number:02d}") for number in range(13)}
    office.sync()
    doomed = [*keys][:11]
    owner = Owner(service)
    for name in doomed:
        _ = office.delete(keys[name]) if side == "ours" else owner.drop(name)
    kept = names(service), office.business()
    report = office.sync()
    assert (report.outcome, office.mirror.state) == (Outcome.ASKING, State.ASKING)
    assert "11 " in report.reason and report.reason == office.mirror.reason and report.reason.endswith(".")
    assert (names(service), office.business()) == kept
    assert office.sync(Mode(allowed=True)).outcome is Outcome.DONE
    assert names(service) == office.business() == ["Person 11", "Person 12"]
    assert office.mirror.state is State.ON and office.trashed() == doomed


def names(service: Service) -> list[str]:
    return sorted(item.view.formatted_name for item in Owner(service).items())


def test_an_edit_for_which_there_was_no_room_is_not_lost(office, service):
    key = office.add(person("Nick Brigandi"))
    office.sync()
    strike(office, service, "full")
    office.edit(key, company="Contoso")
    assert office.sync().outcome is not Outcome.DONE
    service.cure()
    office.sync()
    (item,) = Owner(service).items()
    assert item.view.company == office.record(key).contact.company == "Contoso"
