"""Whose address a reverse proxy says it speaks for; believed only of proxies that the operator trusts.

``X-Forwarded-For`` lists hops, the nearest last; anybody can write the front of it. So it is followed from its end
outwards, as far as each address is that of a trusted proxy: the first that is none is who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]


def networks(texts: Sequence[str]) -> Networks:
    """Read addresses and networks ("10.0.0.0/8"); raise ValueError."""
    return tuple(ip_network(text, strict=False) for text in texts)


def address_behind(peer: str, forwarded_for: str, trusted: Networks) -> str:
    """Give the address of who asks; ``forwarded_for`` is all lines of the header, joined by commas."""
    if not forwarded_for or not is_in(peer, trusted):
        return peer
    hops = [_without_port(hop.strip()) for hop in forwarded_for.split(",") if hop.strip()]
    address = peer
    while hops and is_in(address, trusted):
        address = hops.pop()
    return address


@lru_cache(maxsize=1024)
def is_in(address: str, trusted: Networks) -> bool:
    """Tell whether an address is in one of the networks; an IPv4 address written as IPv6 counts as IPv4."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    known = getattr(found, "ipv4_mapped", None) or found
    return any(known in network for network in trusted)


def _without_port(hop: str) -> str:
    """Some proxies name the port, too, another one for each connection: "192.0.2.1:50123", "[2001:db8::1]:50123"."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, _, _ = hop.partition(":")
    return host if hop.count(":") == 1 else hop
