"""msal takes https addresses alone, the simulator speaks http: an HTTP client that brings them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen


@dataclass
class Reply:
    status_code: int
    text: str
    headers: dict[str, str]


class Loopback:
    """The HTTP client for msal: any https address goes to the simulator."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> Reply:
        return self._send(url, params, headers, None)

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> Reply:
        return self._send(url, params, headers, urlencode(data or {}).encode())

    def close(self) -> None:
        pass

    def _send(self, url: str, params: Any, headers: Any, data: bytes | None) -> Reply:
        query = f"?{urlencode(params)}" if params else ""
        asked = {"Host": urlsplit(url).netloc, "X-Forwarded-Proto": "https"}
        request = Request(f"{self._address}{urlsplit(url).path}{query}", data, dict(headers or {}) | asked)
        try:
            with urlopen(request) as answer:
                return Reply(answer.status, answer.read().decode(), dict(answer.headers))
        except HTTPError as error:
            return Reply(error.code, error.read().decode(), dict(error.headers))
