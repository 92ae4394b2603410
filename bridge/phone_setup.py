"""Where phones find the address book, and what sets one up: a link for DAVx5, a profile for Apple's devices."""

from __future__ import annotations

import plistlib
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from bridge.settings import Settings

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """The address that devices use: ``scheme`` is http or https, ``prefix`` a path without final slash, or ""."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def is_secure(self) -> bool:
        """Tell whether passwords travel encrypted."""
        return self.scheme == "https"

    @property
    def is_this_machine_only(self) -> bool:
        """Tell whether no other machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def place(self) -> str:
        """Write host and port (which is left out where it is the usual one), as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """Write the URL from which every device finds its address book by itself."""
        return f"{self.scheme}://{self.place}{self.prefix}/"


def server_of(settings: Settings, origin: str) -> Server:
    """Say where phones find the address book, for somebody who sees the page at ``origin`` (https://host:port).

    A page that is seen over https stands behind a proxy, which shows the address book under the same name.
    """
    if settings.public_address:
        return _server(settings.public_address)
    seen = _server(origin)
    if seen.is_secure:
        return seen
    return Server("https" if settings.certificate else "http", seen.host, settings.port)


def _server(url: str) -> Server:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):  # a Host header may hold anything
        return Server("http", "localhost", _PORTS["http"])
    return Server(parts.scheme, parts.hostname or "localhost", port, parts.path.rstrip("/"))


def davx5_link(server: Server, user: str, secret: str) -> str:
    """Make the link that opens DAVx5 with everything filled in.

    davx5:// stands for https, carddav:// for http (DAVx5 manual, "Integration"). Its older versions drop the port.
    """
    scheme = "davx5" if server.is_secure else "carddav"
    return f"{scheme}://{quote(user, safe='')}:{quote(secret, safe='')}@{server.place}{server.prefix}/"


def apple_profile(server: Server, user: str, title: str) -> bytes:
    """Make the configuration profile of an account, without its password, which the device asks for.

    Apple, Device Management, "CardDAV": payload com.apple.carddav.account. The same account gives the same
    identifier: installing it again replaces it.
    """
    account = f"{server.address}{quote(user)}"
    payload = {
        "PayloadType": "com.apple.carddav.account",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"contact-bridge.{uuid5(NAMESPACE_URL, account)}.carddav",
        "PayloadUUID": str(uuid5(NAMESPACE_URL, f"{account}#carddav")).upper(),
        "PayloadDisplayName": title,
        "CardDAVAccountDescription": title,
        "CardDAVHostName": server.host,
        "CardDAVPort": server.port,
        "CardDAVUseSSL": server.is_secure,
        "CardDAVPrincipalURL": f"{server.prefix}/{quote(user, safe='')}/",
        "CardDAVUsername": user,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"contact-bridge.{uuid5(NAMESPACE_URL, account)}",
            "PayloadUUID": str(uuid5(NAMESPACE_URL, account)).upper(),
            "PayloadDisplayName": title,
            "PayloadContent": [payload],
        }
    )
