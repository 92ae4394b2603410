"""A connection whose requests leave in one piece, head and body together, as phones send them."""

from __future__ import annotations

import http.client
import ssl
from typing import Any


class Connection(http.client.HTTPConnection):
    """As in the standard library, which sends the body apart: a refusal that overtakes it breaks the pipe."""

    _pieces: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._pieces = []
        super().request(*args, **kwargs)
        whole, self._pieces = b"".join(self._pieces), None
        super().send(whole)

    def send(self, data: Any) -> None:
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class SecureConnection(Connection, http.client.HTTPSConnection):
    """The same over TLS."""


def connected(address: str, context: ssl.SSLContext | None = None) -> Connection:
    """Connect with the server of a URL; over TLS where a context is given."""
    place = address.split("/")[2]
    return SecureConnection(place, timeout=30, context=context) if context else Connection(place, timeout=30)
