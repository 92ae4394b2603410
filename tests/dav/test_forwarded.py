"""Behind a proxy each device is counted by its own address, and nobody chooses the address that he is counted by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_plugin.dav.application import Application
from storage_plugin.dav.forwarded import address_behind, networks
from storage_plugin.dav.throttle import WRONG_PASSWORDS, Throttle
from tests.dav.client import Client
from tests.dav.conftest import Server

PROXY, TRUSTED = "192.0.2.1", ("192.0.2.1", "10.0.0.0/8", "2001:db8:1::/48")
LOST, INNOCENT = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def behind_a_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> Application:
    monkeypatch.setenv("CONTACT_BRIDGE_TRUSTED_PROXIES", " ".join(TRUSTED))
    return server.another_worker()


def guesses(application: Application, forwarded_for: str, *, peer: str = PROXY, start: int = 0) -> list[int]:
    """Try as many wrong passwords as are looked at, and one more."""
    answers = []
    for at in range(start, start + WRONG_PASSWORDS + 1):
        client = Client(application, "alice", f"wrong {at}", peer)
        said = {"HTTP_X_FORWARDED_FOR": forwarded_for.format(at=at)} if forwarded_for else {}
        answers.append(client("PROPFIND", "/alice/contacts/", **said).status)
    return answers


SLOWED = [401] * WRONG_PASSWORDS + [429]


def test_who_tries_many_passwords_through_the_proxy_slows_only_himself(behind_a_proxy: Application) -> None:
    assert guesses(behind_a_proxy, LOST) == SLOWED
    new = Client(behind_a_proxy, "alice", "never seen here", PROXY)
    assert new("PROPFIND", "/alice/", HTTP_X_FORWARDED_FOR=INNOCENT).status == 401
    assert new("PROPFIND", "/alice/", HTTP_X_FORWARDED_FOR=LOST).status == 429


@pytest.mark.parametrize(
    "said",
    [
        "198.51.100.{at}, 203.0.113.7",
        "198.51.100.{at},203.0.113.7, 10.1.2.3",
        "nonsense {at},, 203.0.113.7",
        "203.0.113.7:5{at:04}",
        "2001:db8:2::{at}",
        "[2001:db8:2::{at}]:443",
        "::ffff:203.0.113.7",
    ],
)
def test_a_liar_is_counted_by_what_the_proxy_saw(behind_a_proxy: Application, said: str) -> None:
    assert guesses(behind_a_proxy, said) == SLOWED


def test_who_is_no_proxy_of_ours_is_not_believed(behind_a_proxy: Application) -> None:
    assert guesses(behind_a_proxy, "198.51.100.{at}", peer=INNOCENT) == SLOWED


def test_without_proxies_that_are_trusted_nobody_is_believed(server: Server) -> None:
    assert guesses(server.another_worker(), "198.51.100.{at}") == SLOWED


ADDRESSES = st.sampled_from(["10.0.0.1", "10.9.9.9", PROXY, LOST, INNOCENT, "2001:db8:1::5", "2001:db8:2::5"])


@given(st.text(max_size=60), st.lists(ADDRESSES, max_size=4))
def test_what_stands_before_the_first_stranger_changes_nothing(lies: str, hops: list[str]) -> None:
    """A law: whatever a client writes, the address is the last hop that is no proxy of ours."""
    trusted = networks(TRUSTED)
    said = ", ".join([LOST, *hops])
    found = address_behind(PROXY, said, trusted)
    assert found == address_behind(PROXY, f"{lies},{said}", trusted)
    assert found in {LOST, INNOCENT, "2001:db8:2::5"}


def test_an_ipv6_network_is_one_address_to_the_throttle() -> None:
    throttle = Throttle(lambda: 0.0)
    for at in range(WRONG_PASSWORDS):
        throttle.failed("alice", f"2001:db8::{at:x}:1", str(at))
    assert throttle.seconds_to_wait("alice", "2001:db8::ffff", "new")
    assert not throttle.seconds_to_wait("alice", "2001:db8:0:1::1", "new")
    assert not throttle.seconds_to_wait("alice", "", "new")
