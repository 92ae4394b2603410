"""An office that uses the real server: two Thunderbirds and an iPhone of one user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest

from tests.clients.iphone import IPhone
from tests.clients.server import USER, Server, running
from tests.clients.thunderbird import Thunderbird


@dataclass(frozen=True)
class Office:
    """One address book on three devices."""

    server: Server
    found: list[dict[str, str]]
    a: Thunderbird
    b: Thunderbird
    phone: IPhone

    def meet(self) -> None:
        """Let all devices synchronise, and once more: then the server knows what each of them has."""
        for _ in range(2):
            for device in (self.a, self.b, self.phone):
                device.sync()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The devices, signed in; tests leave each other's contacts alone."""
    folder = tmp_path_factory.mktemp("office")
    with ExitStack() as stack:
        server = stack.enter_context(running(folder / "data"))
        a = stack.enter_context(closing(Thunderbird(folder / "a")))
        b = stack.enter_context(closing(Thunderbird(folder / "b")))
        found = a.subscribe(USER, server.device("Thunderbird at work"), server.address)
        b.subscribe(USER, server.device("Thunderbird at home"), server.address)
        phone = stack.enter_context(closing(IPhone(server.address, USER, server.device("iPhone"))))
        yield Office(server, found, a, b, phone)
