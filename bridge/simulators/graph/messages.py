"""A request, its answer and its errors, apart from how they travel: alone over HTTP or as a part of a ``$batch``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote, unquote

Json: TypeAlias = dict[str, Any]


class GraphError(Exception):
    """An answer that refuses: HTTP status, Graph's error code, its sentence, headers of its own."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(code: str, message: str) -> GraphError:
    """Give a 400."""
    return GraphError(400, code, message)


def not_found() -> GraphError:
    """Give Exchange's 404."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


@dataclass(slots=True)
class Request:
    """A request to Graph. ``path`` is decoded and begins after ``/v1.0``; the names of ``headers`` are lower case.

    ``base`` is the address of the service as the client knows it (``http://127.0.0.1:8080/v1.0``), for links.
    ``stale`` is set by a fault: answer with the state before the last write.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    base: str
    in_batch: bool = False
    stale: bool = False

    @classmethod
    def to(cls, method: str, url: str, headers: Mapping[str, str], body: bytes, base: str) -> Request:
        """Read ``url`` (path and query, still encoded, after ``/v1.0``); options may lack their ``$``."""
        path, _, query = url.partition("?")
        options = {_option(name): value for name, value in parse_qsl(query, keep_blank_values=True)}
        lower = {name.lower(): value for name, value in headers.items()}
        return cls(method, re.sub(r"/delta\(\)$", "/delta", unquote(path)), options, lower, body, base)

    @property
    def line(self) -> str:
        """Give the request as one line, for patterns: ``GET /me/contacts?$top=5``."""
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{self.method} {self.path}" + (f"?{query}" if query else "")

    @property
    def immutable(self) -> bool:
        """Tell whether the client asks for immutable ids (``Prefer: IdType="ImmutableId"``)."""
        return re.search(r'idtype\s*=\s*"?immutableid"?', self.headers.get("prefer", ""), re.IGNORECASE) is not None

    @property
    def page_size(self) -> int | None:
        """Give ``Prefer: odata.maxpagesize=n``."""
        found = re.search(r"odata\.maxpagesize\s*=\s*(\d+)", self.headers.get("prefer", ""), re.IGNORECASE)
        return int(found[1]) if found else None

    def json(self) -> Json:
        """Read the body as a JSON object; 400 where it is none or is not declared as JSON."""
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise bad_request("RequestBodyRead", "A valid Content-Type header is required for a request with a body.")
        try:
            content = json.loads(self.body)
            json.dumps(content, ensure_ascii=False).encode()  # a lone surrogate could not be answered again
        except (ValueError, RecursionError) as error:
            raise bad_request("BadRequest", "Unable to read JSON request payload.") from error
        if not isinstance(content, dict):
            raise bad_request("BadRequest", "Unable to read JSON request payload.")
        return content

    def link(self, query: Mapping[str, str]) -> str:
        """Give a full address of this path with another query."""
        pairs = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in query.items())
        return f"{self.base}{quote(self.path, safe='/')}?{pairs}"


def _option(name: str) -> str:
    known = ("select", "top", "skip", "expand", "filter", "orderby", "count", "search", "deltatoken", "skiptoken")
    return f"${name}" if name.lower() in known else name.lower() if name.startswith("$") else name


@dataclass(slots=True)
class Answer:
    """An answer: JSON, bytes (a photo) or nothing. ``lost`` closes the connection instead of sending it."""

    status: int
    body: Json | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False

    @classmethod
    def refusal(cls, error: GraphError, request_id: str, date: str) -> Answer:
        """Give the error body that Graph documents."""
        inner = {"date": date, "request-id": request_id, "client-request-id": request_id}
        body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
        return cls(error.status, body, dict(error.headers))
