"""The CardDAV target keeps the contract on stock Radicale and on Xandikos, which others wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from bridge.targets.base import Target
from bridge.targets.carddav.client import Client
from bridge.targets.carddav.contacts import CardDavTarget
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Item, ItemId
from tests.contract.folder import Folder
from tests.contract.targets import TargetContract
from tests.targets.proxy import Proxy, Trouble
from tests.targets.servers import PASSWORD, USER, radicale, xandikos


@pytest.fixture(scope="module")
def radicale_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with radicale(tmp_path_factory.mktemp("radicale")) as url:
        yield url


@pytest.fixture(scope="module")
def xandikos_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as url:
        yield url


@pytest.fixture
def through(runner: asyncio.Runner) -> Iterator[Callable[[str], Proxy]]:
    """A function that puts a proxy before a server; it refuses REFUSED."""
    proxies: list[Proxy] = []

    def put(url: str) -> Proxy:
        proxies.append(runner.run(Proxy(url).start()))
        proxies[-1].trouble.append(Trouble("PUT", 422, holding="FN:Refused"))
        return proxies[-1]

    yield put
    for proxy in proxies:
        runner.run(proxy.stop())


class CardDavContract(TargetContract):
    EXAMPLES = 8
    MANY = 60

    def copy(self, folder: Folder, item: Item) -> None:
        uid = str(uuid4())
        card = get(folder, item).replace(card_uid(get(folder, item)), f"UID:{uid}")
        put(folder, f"{uid}.vcf", card)


class TestRadicale(CardDavContract):
    def as_held(self, view: Contact) -> Contact:
        """Radicale 3.9 keeps the first of several nicknames (vobject reads the list, and writes its first)."""
        return replace(view, nickname=view.nickname.partition(",")[0])

    @pytest.fixture
    def connect(self, radicale_url: str, through: Callable[[str], Proxy]) -> Callable[[], Target]:
        book, proxy = f"Book {uuid4()}", through(radicale_url)
        return lambda: CardDavTarget(Client(proxy.url, USER, PASSWORD), book, may_make=True)


@pytest.mark.slow
class TestXandikos(CardDavContract):
    @pytest.fixture
    def connect(self, xandikos_url: str, through: Callable[[str], Proxy]) -> Callable[[], Target]:
        book, proxy = f"Book {uuid4()}", through(xandikos_url)
        return lambda: CardDavTarget(Client(proxy.url, "", ""), book, may_make=True)


@pytest.mark.slow
class TestRadicaleWithoutSync(TestRadicale):
    """As if the server knew no sync-collection, and gave no ETag for what it takes."""

    @pytest.fixture
    def connect(self, radicale_url: str, through: Callable[[str], Proxy]) -> Callable[[], Target]:
        book, proxy = f"Book {uuid4()}", through(radicale_url)
        proxy.edit = lambda _method, body: body.replace(b"sync-collection", b"no-such-report")
        proxy.trouble.append(Trouble("REPORT", 415, holding="addressbook-query"))
        return lambda: CardDavTarget(Client(proxy.url, USER, PASSWORD), book, may_make=True)


def get(folder: Folder, item: Item) -> str:
    """The card of an item as the server gives it."""
    client: Client = folder.target._client  # type: ignore[attr-defined]
    return folder.runner.run(client.ask("GET", item.id)).body.decode()


def put(folder: Folder, name: str, card: str) -> ItemId:
    """Put a card as another client does."""
    client: Client = folder.target._client  # type: ignore[attr-defined]
    path = f"{folder.target.folder}{name}"
    folder.runner.run(client.ask("PUT", path, card, {"Content-Type": "text/vcard"}))
    return ItemId(path)


def card_uid(card: str) -> str:
    """The UID line of a card."""
    return next(line for line in card.splitlines() if line.startswith("UID"))
