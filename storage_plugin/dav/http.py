"""Requests and answers as WSGI carries them (PEP 3333), and the limits that every body is held to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, NamedTuple

MAX_RESOURCE_SIZE = 10 * 1024 * 1024
"""Octets of one card, as advertised in CARDDAV:max-resource-size (RFC 6352 6.2.3)."""

MAX_XML_SIZE = 16 * 1024 * 1024
"""Octets of one XML body: a multiget names every href of a large book."""

CARDDAV = "urn:ietf:params:xml:ns:carddav"
XML_TYPE = ("Content-Type", "application/xml; charset=utf-8")
_PLAIN_TYPE = ("Content-Type", "text/plain; charset=utf-8")
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_TAG = re.compile(r'(W/)?"([^"]*)"|([^\s,"]+)')
_PIECE = 1 << 16

Header = tuple[str, str]


class Answer(NamedTuple):
    """What is sent back; Content-Length is added where the answer leaves the house."""

    status: int
    headers: Sequence[Header] = ()
    body: bytes = b""

    @property
    def status_line(self) -> str:
        """Give the status as WSGI wants it."""
        return _STATUS_LINES.get(self.status) or f"{self.status} Unknown"


class HttpError(Exception):
    """A request that is refused: status, the precondition that failed (clark name) and a sentence for people."""

    def __init__(
        self, status: int, reason: str = "", *, condition: str = "", inner: str = "", headers: Sequence[Header] = ()
    ) -> None:
        super().__init__(f"{status} {reason or condition}")
        self.status = status
        self.reason = reason
        self.condition = condition
        self.inner = inner
        self.headers = headers

    @property
    def answer(self) -> Answer:
        """Write the refusal: a DAV:error element (RFC 4918 16) if a precondition failed, else plain text.

        The reason is a comment there: Apple's CalDAVTester takes an element that it does not know for a fault.
        """
        if not self.condition:
            text = self.reason or Answer(self.status).status_line
            return Answer(self.status, (_PLAIN_TYPE, *self.headers), f"{text}\n".encode())
        namespace, _, name = self.condition[1:].rpartition("}")
        element = f'<{name} xmlns="{namespace}">{self.inner}</{name}>'
        reason = re.sub("-(?=-)", "- ", "".join(sign for sign in self.reason if sign.isprintable()))
        comment = f"<!-- {reason} -->" if reason else ""
        text = f'<?xml version="1.0" encoding="utf-8"?>\n<error xmlns="DAV:">{element}{comment}</error>'
        return Answer(self.status, (XML_TYPE, *self.headers), text.encode("utf-8", "replace"))


def read_body(
    environ: dict[str, Any], limit: int, *, condition: str = "", on_piece: Callable[[], None] = lambda: None
) -> bytes:
    """Read the whole body, but never more than ``limit`` octets; raise HttpError 400 or 413.

    The input is taken out of ``environ``: what is still there afterwards, nobody has read (see ``unread``), such as
    the rest of a body that is too large.
    """
    source = environ.pop("wsgi.input")
    try:
        return _read(source, environ, limit, condition, on_piece)
    except HttpError as error:
        if error.status == 413:
            environ["wsgi.input"] = source
        raise


def _read(source: Any, environ: dict[str, Any], limit: int, condition: str, on_piece: Callable[[], None]) -> bytes:
    declared = environ.get("CONTENT_LENGTH") or ""
    if declared:
        return _read_declared(source, declared.strip(), limit, condition, on_piece)
    if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    return _read_pieces(source, None, limit, condition, on_piece)


def _read_declared(source: Any, declared: str, limit: int, condition: str, on_piece: Callable[[], None]) -> bytes:
    if not (declared.isascii() and declared.isdigit()):
        raise HttpError(400, "Content-Length is not a number.")
    length = int(declared[:16])
    if len(declared) > 15 or length > limit:
        raise _too_large(limit, condition)
    body = _read_pieces(source, length, limit, condition, on_piece)
    if len(body) < length:
        raise HttpError(400, "The body is shorter than its Content-Length.")
    return body


def _read_pieces(source: Any, length: int | None, limit: int, condition: str, on_piece: Callable[[], None]) -> bytes:
    pieces, size = [], 0
    while length is None or size < length:
        try:
            piece = source.read(_PIECE if length is None else min(_PIECE, length - size))
        except (OSError, ValueError) as error:
            raise HttpError(400, "The body could not be read.") from error
        if not piece:
            break
        on_piece()
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise _too_large(limit, condition)
    return b"".join(pieces)


def _too_large(limit: int, condition: str) -> HttpError:
    return HttpError(413, f"The body may have {limit} octets at most.", condition=condition)


def entity_tags(header: str, *, weak: bool) -> tuple[str, ...]:
    """Read If-Match (``weak`` False) or If-None-Match (True): ``()`` if absent, ``("*",)``, or tags unquoted.

    Strong comparison never holds for a weak tag (RFC 9110 8.8.3.2): such a tag becomes ``""``, which no card has.
    """
    if not header or not header.strip():
        return ()
    if header.strip() == "*":
        return ("*",)
    tags = [
        (quoted or bare) if (weak or not is_weak) and (quoted or bare) != "*" else ""
        for is_weak, quoted, bare in _TAG.findall(header)
    ]
    return tuple(tags) or ("",)


def http_date(modified_at: str) -> str:
    """Write an ISO 8601 time as HTTP does (RFC 9110 5.6.7); ``""`` if there is none."""
    try:
        return format_datetime(datetime.fromisoformat(modified_at), usegmt=True)
    except ValueError:
        return ""
