"""Contacts folders of every kind for one test: a target connects to each, and each can be put back as it was.

A new target joins by a class of its own here and a line in ``PLACES``.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol, cast

from aiohttp import ClientSession

from bridge.simulators.graph import Mailbox
from bridge.targets.base import Target, Unreachable
from bridge.targets.carddav.client import Client
from bridge.targets.carddav.contacts import CardDavTarget
from bridge.targets.file.contacts import FolderTarget
from bridge.targets.file.csv_contacts import TableTarget
from bridge.targets.memory import MemoryTarget
from bridge.targets.memory_folder import MemoryFolder
from tests.mirror.crashing import Death, HearingAdapter, MortalDisk, MortalSession, MortalTarget
from tests.simulators.ews.office import EwsOffice
from tests.simulators.graph.office import Office as Graph
from tests.simulators.sharepoint.office import Office as Lists
from tests.simulators.sharepoint.server import Server
from tests.targets.servers import PASSWORD, USER, radicale
from tests.targets.test_ews import ews_target
from tests.targets.test_graph import new_target
from tests.targets.test_sharepoint import new_target as list_target
from tests.targets.test_sharepoint_rest import new_target as rest_target


class Place(Protocol):
    """A contacts folder somewhere; ``run`` runs what talks to it."""

    run: Callable[[Coroutine[Any, Any, Any]], Any]

    def connect(self, folder: str, death: Death) -> Target:
        """Connect while the loop runs; ``folder`` is what an earlier run found. The process may die by ``death``."""

    def save(self) -> Any:
        """Give what is there."""

    def restore(self, saved: Any) -> None:
        """Put back what was there."""


class InMemory:
    def __init__(self, run: Callable[..., Any], _path: Path | None = None) -> None:
        self.run = run
        self.folder = MemoryFolder()

    def connect(self, folder: str, death: Death) -> Target:
        return cast(Target, MortalTarget(MemoryTarget(self.folder, folder), death))

    def save(self) -> Any:
        return deepcopy(self.folder)

    def restore(self, saved: Any) -> None:
        self.folder = deepcopy(saved)


class InMailbox:
    """What a simulated mailbox holds."""

    KEPT = ("items", "folders", "folder_log", "categories", "change", "_keys", "_ids")
    mailbox: Mailbox

    def save(self) -> Any:
        return deepcopy({name: getattr(self.mailbox, name) for name in self.KEPT})

    def restore(self, saved: Any) -> None:
        for name, value in deepcopy(saved).items():
            setattr(self.mailbox, name, value)


class InGraph(InMailbox):
    def __init__(self, graph: Graph) -> None:
        self.run = graph.run
        self.graph = graph
        self.mailbox = graph.anna
        graph.graph.throttle.requests = 1_000_000  # its clock stands still, so that no window of theirs ever ends

    def connect(self, folder: str, death: Death) -> Target:
        target = new_target(self.graph)
        target.folder = folder
        target.http.session = cast(ClientSession, MortalSession(target.http.session, death))
        return target


class InExchange(InMailbox):
    def __init__(self, office: EwsOffice) -> None:
        self.run = office.run
        self.office = office
        self.mailbox = office.anna

    def connect(self, folder: str, death: Death) -> Target:
        target = ews_target(self.office)
        target.folder = folder
        connection: Any = target.client.connection
        send = connection._send

        def mortal(*arguments: Any) -> Any:
            death.step()
            answer = send(*arguments)
            death.answered(Unreachable("The answer was lost."))
            return answer

        connection._send = mortal
        create = connection.account.protocol.create_session

        def hearing() -> Any:
            session = create()
            session.mount(self.office.ews.url, HearingAdapter(death))
            return session

        connection.account.protocol.create_session = hearing
        return target


class InSharePoint:
    """A contacts list, through Graph."""

    KEPT = ("columns", "rows", "bin", "log", "_last")

    def __init__(self, office: Lists) -> None:
        self.run = office.run
        self.office = office
        office.online.units.most = 10**9

    def connect(self, folder: str, death: Death) -> Target:
        target: Any = list_target(self.office, folder)
        target.at.http.session = MortalSession(target.at.http.session, death)
        return cast(Target, target)

    def save(self) -> Any:
        found = self.office.list
        return self.office.site.changes, deepcopy({name: getattr(found, name) for name in self.KEPT})

    def restore(self, saved: Any) -> None:
        self.office.site.changes, held = saved[0], deepcopy(saved[1])
        for name, value in held.items():
            setattr(self.office.list, name, value)


class InServer:
    """A contacts list, through the REST interface of a server on-premises."""

    KEPT = InSharePoint.KEPT

    def __init__(self, server: Server) -> None:
        self.run = server.run
        self.server = server

    def connect(self, folder: str, death: Death) -> Target:
        target: Any = rest_target(self.server, folder)
        target.at.http.session = MortalSession(target.at.http.session, death)
        return cast(Target, target)

    def save(self) -> Any:
        found = self.server.list
        return self.server.site.changes, deepcopy({name: getattr(found, name) for name in self.KEPT})

    def restore(self, saved: Any) -> None:
        self.server.site.changes, held = saved[0], deepcopy(saved[1])
        for name, value in held.items():
            setattr(self.server.list, name, value)


class OnDisk:
    """What is kept in files below ``kept``: they are put back."""

    kept: Path

    def save(self) -> Any:
        saved = self.kept.with_name("saved")
        shutil.rmtree(saved, ignore_errors=True)
        shutil.copytree(self.kept, saved)
        return saved

    def restore(self, saved: Any) -> None:
        shutil.rmtree(self.kept)
        shutil.copytree(saved, self.kept)


class InRadicale(OnDisk):
    def __init__(self, run: Callable[..., Any], path: Path, url: str) -> None:
        self.run = run
        self.kept = path / "data"
        self.url = url

    def connect(self, folder: str, death: Death) -> Target:
        client = Client(self.url, USER, PASSWORD)
        client._session = cast(ClientSession, MortalSession(client._opened(), death))
        return CardDavTarget(client, "Business", folder=folder, may_make=True)


class InCards(OnDisk):
    def __init__(self, run: Callable[..., Any], path: Path) -> None:
        self.run = run
        self.kept = path / "kept"
        self.kept.mkdir()

    def connect(self, folder: str, death: Death) -> Target:
        target = FolderTarget(self.kept / "cards", folder=folder)
        target._disk = MortalDisk(target._disk, death)
        return target


class InTable(InCards):
    def connect(self, folder: str, death: Death) -> Target:
        target = TableTarget(self.kept / "contacts.csv", folder=folder)
        target._disk = MortalDisk(target._disk, death)
        return target


@contextmanager
def _looped(make: Callable[..., Place], path: Path) -> Iterator[Place]:
    with asyncio.Runner() as runner:
        yield make(runner.run, path)


@contextmanager
def _graph(path: Path) -> Iterator[Place]:
    graph = Graph()
    yield InGraph(graph)
    graph.close()
    assert graph.judge.verdict() == []


@contextmanager
def _ews(path: Path) -> Iterator[Place]:
    office = EwsOffice()
    yield InExchange(office)
    office.close()
    assert office.judge.verdict() == []


@contextmanager
def _sharepoint(path: Path) -> Iterator[Place]:
    office = Lists()
    yield InSharePoint(office)
    office.close()
    assert office.judge.verdict() == []


@contextmanager
def _onpremises(path: Path) -> Iterator[Place]:
    server = Server()
    yield InServer(server)
    server.close()
    assert server.judge.verdict() == []


@contextmanager
def _carddav(path: Path) -> Iterator[Place]:
    with radicale(path) as url, asyncio.Runner() as runner:
        yield InRadicale(runner.run, path, url)


PLACES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda path: _looped(InMemory, path),
    "graph": _graph,
    "ews": _ews,
    "sharepoint": _sharepoint,
    "onpremises": _onpremises,
    "carddav": _carddav,
    "vcf": lambda path: _looped(InCards, path),
    "csv": lambda path: _looped(InTable, path),
}
"""For each kind of target what makes a place of it in an empty folder, as a context."""
