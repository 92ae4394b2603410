"""An address book over the wire: the requests that clients send, and what must be in the answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element, fromstring
from xml.sax.saxutils import escape

from tests.benchmarks.cards import card, file_name
from tests.benchmarks.servers import VCARD, Server
from tests.benchmarks.wire import Answer, Connection

_NAMES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/"'
_CARD = "<prop><getetag/><C:address-data/></prop>"
_POLL = f"<propfind {_NAMES}><prop><S:getctag/><sync-token/></prop></propfind>".encode()
_LIST = f"<propfind {_NAMES}><prop><getetag/><resourcetype/></prop></propfind>".encode()
_DEPTH_0, _DEPTH_1 = ("Depth: 0\r\nContent-Type: text/xml\r\n", "Depth: 1\r\nContent-Type: text/xml\r\n")
_TOKEN = re.compile(rb"<(?:\w+:)?sync-token(?: [^>]*)?>\s*([^<]+?)\s*<")


class Refused(Exception):
    """A server answered with an error."""


class Listing(NamedTuple):
    """The names that a sync or a PROPFIND has told, the new token, and how long it took."""

    hrefs: list[str]
    token: str
    took: float


def token_in(body: bytes) -> str:
    """Find the sync token; ``""`` if there is none."""
    found = _TOKEN.findall(body)
    return found[-1].decode() if found else ""


def sync_body(token: str) -> bytes:
    """Write a sync-collection (RFC 6578) that asks for ETags."""
    return (
        f"<sync-collection {_NAMES}><sync-token>{escape(token)}</sync-token><sync-level>1</sync-level>"
        f"<prop><getetag/></prop></sync-collection>"
    ).encode()


class Book:
    """One server's book, as a client with one connection sees it.

    ``count`` is how many cards were put and not deleted: those with the numbers 0 … ``count`` - 1.
    """

    def __init__(self, server: Server, count: int) -> None:
        self.server = server
        self.path = server.book
        self.http = Connection(server.endpoint)
        self.count = count
        self.edits = 0
        self.hrefs: list[str] = []
        self.token = ""

    def poll_request(self) -> bytes:
        """Write the request of ``poll``."""
        return self.server.endpoint.request("PROPFIND", self.path, _POLL, _DEPTH_0)

    def sync_request(self, token: str) -> bytes:
        """Write the (first) request of ``sync``."""
        return self.server.endpoint.request("REPORT", self.path, sync_body(token), _DEPTH_0)

    def put_request(self, number: int, edition: int) -> bytes:
        """Write the request of ``put``."""
        return self.server.endpoint.request("PUT", self.path + file_name(number), card(number, edition), VCARD)

    def poll(self) -> Answer:
        """Ask for ctag and token."""
        return self._ask("PROPFIND", self.path, _POLL, _DEPTH_0, good=(207,))

    def sync(self, token: str) -> Listing:
        """Ask what has changed since ``token``; follow an answer that was cut short (RFC 6578 3.6)."""
        hrefs, took = list[str](), 0.0
        while True:
            answer = self._ask("REPORT", self.path, sync_body(token), _DEPTH_0, good=(207,))
            hrefs, took, token = hrefs + _cards(answer.body), took + answer.took, token_in(answer.body)
            if b" 507 " not in answer.body:
                return Listing(hrefs, token, took)

    def listing(self) -> Listing:
        """List the book with PROPFIND, as clients without sync-collection do."""
        answer = self._ask("PROPFIND", self.path, _LIST, _DEPTH_1, good=(207,))
        return Listing(_cards(answer.body), "", answer.took)

    def multiget(self, hrefs: Sequence[str]) -> Answer:
        """Fetch cards by name."""
        named = "".join(f"<href>{escape(href)}</href>" for href in hrefs)
        body = f"<C:addressbook-multiget {_NAMES}>{_CARD}{named}</C:addressbook-multiget>".encode()
        return self._ask("REPORT", self.path, body, _DEPTH_0, good=(207,))

    def query(self, name: str, text: str) -> Answer:
        """Fetch the cards of which a property contains ``text``."""
        match = f'<C:text-match collation="i;unicode-casemap" match-type="contains">{escape(text)}</C:text-match>'
        found = f'<C:filter><C:prop-filter name="{name}">{match}</C:prop-filter></C:filter>'
        body = f"<C:addressbook-query {_NAMES}>{_CARD}{found}</C:addressbook-query>".encode()
        return self._ask("REPORT", self.path, body, _DEPTH_1, good=(207,))

    def get(self, href: str) -> Answer:
        """Fetch one card."""
        return self._ask("GET", href, good=(200,))

    def put_new(self) -> Answer:
        """Add the next card."""
        self.count += 1
        headers = f"{VCARD}If-None-Match: *\r\n"
        path = self.path + file_name(self.count - 1)
        return self._ask("PUT", path, card(self.count - 1), headers, good=(201, 204))

    def put_changed(self) -> Answer:
        """Change a card, another one each time."""
        number, edition = self.next_edit()
        path = self.path + file_name(number)
        return self._ask("PUT", path, card(number, edition), VCARD, good=(200, 201, 204))

    def next_edit(self) -> tuple[int, int]:
        """Choose which card is changed next, and to which edition."""
        self.edits += 1
        return self.edits * 7919 % self.count, self.edits

    def delete_last(self) -> Answer:
        """Delete the card of the highest number."""
        self.count -= 1
        return self._ask("DELETE", self.path + file_name(self.count), good=(200, 204))

    def _ask(self, method: str, path: str, body: bytes = b"", headers: str = "", *, good: Iterable[int]) -> Answer:
        answer = self.http.ask(method, path, body, headers)
        if answer.status not in good:
            raise Refused(f"{answer.status or 'no answer'} to {method}: {answer.body[:120]!r}")
        return answer


def _cards(body: bytes) -> list[str]:
    """Give the names of the members that a multistatus tells of, but for those that are gone."""
    responses = fromstring(body).iterfind("{DAV:}response")
    return [href for response in responses if (href := _href(response)).endswith(".vcf")]


def _href(response: Element) -> str:
    if response.find("{DAV:}propstat") is None:
        return ""
    return unquote((response.findtext("{DAV:}href") or "").strip())
