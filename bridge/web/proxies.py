"""What a reverse proxy says about the browser behind it, believed only of proxies that the operator trusts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from multidict import MultiMapping

Networks = Sequence[IPv4Network | IPv6Network]


@dataclass(frozen=True, slots=True)
class Seen:
    """The browser's address, and how it reached us: "http" or "https", and the host that it asked for."""

    address: str
    scheme: str
    host: str


def networks(texts: Sequence[str]) -> Networks:
    """Read addresses and networks ("10.0.0.0/8"); raise ValueError."""
    return [ip_network(text, strict=False) for text in texts]


def seen(peer: str, scheme: str, host: str, headers: MultiMapping[str], trusted: Networks) -> Seen:
    """Follow ``X-Forwarded-For`` from the nearest proxy outwards, as far as each is trusted."""
    if not is_in(peer, trusted):
        return Seen(peer, scheme, host)
    lines = ",".join(headers.getall("X-Forwarded-For", ()))  # some proxies add a line, others to the line
    hops = [hop.strip() for hop in lines.split(",") if hop.strip()]
    address = peer
    while hops and is_in(address, trusted):
        address = hops.pop()
    said = headers.get("X-Forwarded-Proto", scheme).split(",")[-1].strip()
    return Seen(address, said if said in ("http", "https") else scheme, headers.get("X-Forwarded-Host", host))


def is_in(address: str, trusted: Networks) -> bool:
    """Tell whether an address is in one of the networks; an IPv4 address written as IPv6 counts as IPv4."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    known = getattr(found, "ipv4_mapped", None) or found
    return any(known in network for network in trusted)
