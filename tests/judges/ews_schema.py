"""A judge that we did not write: every request to EWS and every answer of the simulator against Microsoft's XSD.

``Judge`` is an observer (``simulator.observers.append(judge)``); at the end ``judge.verdict()`` must be empty.
Requests that are wrong on purpose go inside ``with judge.expecting_bad_requests():``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from lxml import etree

from bridge.simulators.ews.service import Answer, Request

FILE = Path(__file__).resolve().parents[1] / "schemas" / "ews" / "ews-all.xsd"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
ERRORS = "{http://schemas.microsoft.com/exchange/services/2006/errors}"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(FILE)))


@cache
def _codes() -> frozenset[str]:
    types = etree.parse(str(FILE.parent / "messages.xsd"))
    names = {"xs": "http://www.w3.org/2001/XMLSchema"}
    found = types.xpath("//xs:simpleType[@name='ResponseCodeType']//xs:enumeration/@value", namespaces=names)
    return frozenset(map(str, found))


def errors(envelope: bytes) -> list[str]:
    """Give what the schema has against the parts of an envelope."""
    root = etree.fromstring(envelope)
    content = root.findall(f"{SOAP}Body/*")
    found = [] if len(content) == 1 else ["the body must hold one element"]
    for part in [*root.iterfind(f"{SOAP}Header/*"), *content]:
        if part.tag == f"{SOAP}Fault":
            code = part.findtext(f"detail/{ERRORS}ResponseCode")
            found += [] if code in _codes() else [f"no such response code: {code}"]
        elif not _schema().validate(etree.fromstring(etree.tostring(part))):
            found += [f"{error.line}: {error.message[:300]}" for error in _schema().error_log]
    return found


class Judge:
    """Holds what passes by against the schema; ``seen`` counts the envelopes that were judged."""

    def __init__(self) -> None:
        self.seen = 0
        self.lines: list[str] = []
        self._wrong: list[str] = []
        self._bad_requests: list[str] | None = None

    def __call__(self, request: Request, answer: Answer) -> None:
        self.lines.append(request.line)
        self.seen += 2
        bad = [f"request {request.line}: {error}" for error in _errors_of_request(request)]
        if self._bad_requests is not None:
            self._bad_requests += bad
        else:
            self._wrong += bad
        self._wrong += [f"answer to {request.line}: {answer.status} {error}" for error in errors(answer.body)]

    def verdict(self) -> list[str]:
        """Give all that was wrong."""
        return self._wrong

    @contextmanager
    def expecting_bad_requests(self) -> Iterator[None]:
        """Let requests be wrong, of which there must be one."""
        self._bad_requests = []
        yield
        assert self._bad_requests, "no request was wrong by the schema"
        self._bad_requests = None


def _errors_of_request(request: Request) -> list[str]:
    try:
        return errors(request.body)
    except etree.XMLSyntaxError as error:
        return [str(error)]
