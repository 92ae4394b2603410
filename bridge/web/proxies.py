"""What a reverse proxy says about the browser behind it, believed only of proxies that the operator trusts."""

from __future__ import annotations

from dataclasses import dataclass

from multidict import MultiMapping

from storage_plugin.dav.forwarded import Networks, address_behind, is_in


@dataclass(frozen=True, slots=True)
class Seen:
    """The browser's address, and how it reached us: "http" or "https", and the host that it asked for."""

    address: str
    scheme: str
    host: str


def seen(peer: str, scheme: str, host: str, headers: MultiMapping[str], trusted: Networks) -> Seen:
    """Believe the X-Forwarded headers of a trusted proxy."""
    if not is_in(peer, trusted):
        return Seen(peer, scheme, host)
    lines = ",".join(headers.getall("X-Forwarded-For", ()))  # some proxies add a line, others to the line
    said = headers.get("X-Forwarded-Proto", scheme).split(",")[-1].strip()
    return Seen(
        address_behind(peer, lines, trusted),
        said if said in ("http", "https") else scheme,
        headers.get("X-Forwarded-Host", host),
    )
