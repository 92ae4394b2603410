"""What a proxy says about a browser is believed only of one that the operator trusts (bridge.web.proxies)."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from bridge.web.proxies import Seen, seen
from storage_plugin.dav.forwarded import networks

SAID = CIMultiDict(
    {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
)


@pytest.mark.parametrize("peer", ["198.51.100.7", "", "2001:db8::7"])
def test_a_stranger_is_not_believed(peer: str) -> None:
    direct = Seen(peer, "http", "bridge.example")
    assert seen(peer, "http", "bridge.example", SAID, networks(["10.0.0.0/8", "127.0.0.1"])) == direct
    assert seen(peer, "http", "bridge.example", SAID, ()) == direct


def test_a_trusted_proxy_is_believed() -> None:
    told = seen("10.1.2.3", "http", "inside", SAID, networks(["10.0.0.0/8"]))
    assert told == Seen("203.0.113.9", "https", "evil.example")


def test_a_scheme_that_is_none_changes_nothing() -> None:
    said = CIMultiDict({"X-Forwarded-Proto": "javascript"})
    assert seen("10.1.2.3", "http", "inside", said, networks(["10.0.0.0/8"])).scheme == "http"
