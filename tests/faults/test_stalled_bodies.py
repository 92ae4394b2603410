"""Clients that announce a body and do not send it: they wait, the others are answered."""

from __future__ import annotations

import base64
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from storage_plugin.dav.waiting import LONG, SILENCE, TRIES, Wait, Waiting, verdict
from tests.cli.running import serving, wait_until
from tests.clients.server import told

POLL = '<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>'
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:slow\r\nN:Slow;;;;\r\nFN:Slow\r\nEND:VCARD\r\n"


class Client:
    """A device with an address of its own that speaks HTTP by hand, a connection for each request."""

    def __init__(self, server: str, address: str, user: str, secret: str) -> None:
        place = urlsplit(server)
        self._place, self._address, self._user = (place.hostname, place.port), address, user
        self._login = base64.b64encode(f"{user}:{secret}".encode()).decode()

    def begin(self, method: str, name: str, length: int, part: str = "") -> socket.socket:
        """Send the head of a request that announces so many octets, and a part of them."""
        connection = socket.create_connection(self._place, SILENCE / 2, (self._address, 0))
        head = (
            f"{method} /{self._user}/contacts/{name} HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nContent-Length: {length}\r\n"
        )
        connection.sendall(f"{head}Authorization: Basic {self._login}\r\n\r\n{part}".encode())
        return connection

    def poll(self) -> int:
        """Ask whether anything is new; give the status."""
        with self.begin("PROPFIND", "", len(POLL), POLL) as connection:
            return status(connection)


def status(connection: socket.socket) -> int:
    """Read the status of an answer; 0: the connection ends without one."""
    return int([*connection.recv(4096).split(), b"", b"0"][1])


def answered(connections: list[socket.socket]) -> list[socket.socket]:
    """Give the connections on which something has come."""
    return select.select(connections, [], [], 0)[0]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    """A phone and a laptop of one user, and one worker that they share."""
    folder: Path = tmp_path_factory.mktemp("stalled") / "data"
    told(folder, "init")
    told(folder, "user", "add", "anna")
    secrets = [told(folder, "device", "add", "anna", name, "--quiet").strip() for name in ("phone", "laptop")]
    with serving(folder, "--workers", "1") as server:
        phone, laptop = (Client(server.address, f"127.0.0.{at}", "anna", secrets[at - 1]) for at in (1, 2))
        yield phone, laptop


@pytest.mark.slow
def test_while_a_hundred_bodies_stall_others_are_answered(office: tuple[Client, Client]) -> None:
    phone, laptop = office
    with ExitStack() as open_ones:
        stalled = [open_ones.enter_context(phone.begin("PUT", f"{at}.vcf", 500, "BEGIN:VC")) for at in range(100)]
        assert [laptop.poll() for _ in range(5)] == [207] * 5
        wait_until(lambda: len(answered(stalled)) >= 96)
        assert {status(connection) for connection in answered(stalled)} <= {400, 503}
        assert (phone.poll(), laptop.poll()) == (503, 207)
    wait_until(lambda: phone.poll() == 207)


@pytest.mark.slow
def test_a_slow_body_is_waited_for(office: tuple[Client, Client]) -> None:
    phone, _ = office
    with ExitStack() as open_ones:
        for at in range(40):
            open_ones.enter_context(phone.begin("PUT", f"{at}.vcf", 500))
        wait_until(lambda: phone.poll() == 503)
    wait_until(lambda: phone.poll() == 207)
    with phone.begin("PUT", "slow.vcf", len(CARD)) as connection:
        for sign in CARD:
            connection.sendall(sign.encode())
            wait_until(lambda: True)
        assert status(connection) == 201


def waits(*ages: tuple[str, float]) -> list[Wait]:
    return [Wait(whose, "127.0.0.1", 1, 100 - age) for whose, age in ages]


def test_a_device_has_a_quarter_of_the_threads_and_all_have_half() -> None:
    anna = waits(*(("anna", LONG + at) for at in range(6)))
    found = verdict(anna, 100, 16)
    assert list(found.ended) == sorted(anna, key=lambda wait: wait.since)[:2], "those that waited longest"
    assert (set(found.refused), found.all_refused) == ({"anna"}, False)
    several = waits(*((f"device {at % 4}", LONG + at) for at in range(12)))
    found = verdict(several, 100, 16)
    assert len(found.ended) == 4 and len({wait.whose for wait in found.ended}) == 4
    assert not found.all_refused
    for wait in found.ended:
        wait.tries = TRIES + 1
    assert verdict(several, 100, 16).all_refused, "they could not be ended"


def test_short_waits_are_nobodys_business() -> None:
    found = verdict(waits(*[("anna", LONG / 2)] * 100), 100, 16)
    assert (list(found.ended), list(found.refused), found.all_refused) == ([], [], False)


def test_silence_ends_in_any_case() -> None:
    found = verdict(waits(("anna", SILENCE), ("berta", SILENCE - 1)), 100, 16)
    assert [wait.whose for wait in found.ended] == ["anna"]


def test_the_watch_goes_on_after_a_fault_and_forgets_who_went() -> None:
    ended: list[Wait] = []

    def hang_up(found, now):
        ended.extend(found)
        raise OSError

    waiting = Waiting(4, hang_up)
    with waiting.for_body("anna", "127.0.0.1", 1) as one, waiting.for_body("anna", "127.0.0.1", 1) as two:
        one.since -= LONG
        two.since -= SILENCE
        wait_until(lambda: len(ended) > 1)
        assert waiting.refuses("anna") and not waiting.refuses("berta")
    wait_until(lambda: not waiting.refuses("anna"))
