"""An iPhone, replayed: the requests of iOS in their order, and cards as its address book writes them.

The order and the property lists are those that access logs of other servers show: accountsd finds the account, then
dataaccessd asks the book for ctag and token, takes the changed names, and fetches those cards. It speaks vCard 3.0
only, sends If-Match with each edit, and takes the server's card when that fails.
"""

from __future__ import annotations

import base64
import http.client
import ssl
import uuid
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, fromstring
from xml.sax.saxutils import escape

from tests.clients.connection import connected

KEPT = 20.0
"""Seconds after which an idle connection is not used any more: servers close theirs some time."""

NAMESPACES = (
    'xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cs="http://calendarserver.org/ns/" '
    'xmlns:me="http://me.com/_namespace/"'
)
FINDING = "current-user-principal principal-URL resourcetype"
PRINCIPAL = (
    "card:addressbook-home-set card:directory-gateway displayname cs:email-address-set principal-collection-set "
    "principal-URL resource-id supported-report-set"
)
HOME = (
    "add-member me:bulk-requests current-user-privilege-set displayname me:guardian-restricted card:max-image-size "
    "card:max-resource-size cs:me-card owner cs:push-transports cs:pushkey quota-available-bytes quota-used-bytes "
    "resource-id resourcetype supported-report-set sync-token"
)
D, CARD, CS = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}", "{http://calendarserver.org/ns/}"


@dataclass(frozen=True)
class Answer:
    """Status, headers and body."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Card:
    """A card as the phone last fetched it."""

    etag: str
    text: str

    def lines(self, name: str) -> list[str]:
        """Give the unfolded lines of a property, without its item group."""
        return [line for line in unfolded(self.text) if _name(line) == name]

    def value(self, name: str) -> str:
        """Give the text of a property's first line after the colon."""
        return self.lines(name)[0].partition(":")[2]

    @property
    def photo(self) -> bytes:
        """Give the picture, which must stand in the card as iOS reads it."""
        head, _, text = self.lines("PHOTO")[0].partition(":")
        assert "ENCODING=B" in head.upper().split(";"), head
        return base64.b64decode(text, validate=True)


class IPhone:
    """One phone with one account; ``cards`` is what it shows, by href."""

    def __init__(self, address: str, user: str, password: str, context: ssl.SSLContext | None = None) -> None:
        self._connection = connected(address, context)
        self._used_at = monotonic()
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._ctag = self._token = ""
        self.cards: dict[str, Card] = {}
        self.book = self._set_up()
        self.sync()

    def sync(self) -> None:
        """Ask whether anything changed; take what changed."""
        polled = self._propfind(self.book, "cs:getctag sync-token", "0")[self.book]
        ctag, token = polled.findtext(f"{CS}getctag", ""), polled.findtext(f"{D}sync-token", "")
        assert ctag and token
        if ctag == self._ctag:
            return
        body = f"<sync-token>{self._token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop>"
        answer = self._report(f"<sync-collection {NAMESPACES}>{body}</sync-collection>")
        for href in _gone(answer):
            self.cards.pop(href, None)
        changed = {href: prop.findtext(f"{D}getetag", "") for href, prop in _found(answer).items()}
        self._fetch(
            [href for href, etag in changed.items() if href not in self.cards or self.cards[href].etag != etag]
        )
        self._ctag, self._token = ctag, answer.findtext(f"{D}sync-token", "")

    def find(self, uid: str) -> Card:
        """Give the card of a UID, which must be one that iOS can read."""
        card = self.cards[self.href(uid)]
        assert "VERSION:3.0" in card.text, card.text
        return card

    def href(self, uid: str) -> str:
        """Give the name under which the card of a UID is kept."""
        return next(href for href, card in self.cards.items() if card.value("UID") == uid)

    def create(self, *lines: str) -> str:
        """Save a new contact of the given lines; give its UID."""
        uid = str(uuid.uuid4()).upper()
        href = f"{self.book}{uid}.vcf"
        self._put(href, [*lines, f"UID:{uid}"], {"If-None-Match": "*"})
        return uid

    def edit(self, uid: str, *lines: str) -> None:
        """Save a contact whose lines of the same names are replaced by the given ones."""
        href = self.href(uid)
        names = {_name(line) for line in lines}
        kept = [each for each in unfolded(self.cards[href].text)[2:-1] if _name(each) not in names]
        self._put(href, [*kept, *lines], {"If-Match": self.cards[href].etag})

    def delete(self, uid: str) -> None:
        """Delete a contact."""
        href = self.href(uid)
        answer = self._ask("DELETE", href, "", {"If-Match": self.cards[href].etag})
        assert answer.status in (200, 204), answer
        del self.cards[href]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    # --- the account ---

    def _set_up(self) -> str:
        self._unknown("/.well-known/carddav")
        place = self._ask("PROPFIND", "/.well-known/carddav", _asking(FINDING), {"Depth": "0"}, signed=False)
        assert place.status == 301, place
        root = urlsplit(urljoin("/.well-known/carddav", place.headers["Location"])).path
        self._unknown(root)
        principal = _href(self._propfind(root, FINDING, "0")[root], f"{D}current-user-principal")
        options = self._ask("OPTIONS", principal)
        assert "addressbook" in options.headers["DAV"], options
        home = _href(self._propfind(principal, PRINCIPAL, "0")[principal], f"{CARD}addressbook-home-set")
        books = [
            href
            for href, prop in self._propfind(home, HOME, "1").items()
            if prop.find(f"{D}resourcetype/{CARD}addressbook") is not None
        ]
        assert len(books) == 1, books
        return books[0]

    def _unknown(self, path: str) -> None:
        """Ask without a login, as iOS does first: a password is wanted or another place is named."""
        answer = self._ask("PROPFIND", path, _asking(FINDING), {"Depth": "0"}, signed=False)
        assert answer.status in (301, 401), answer

    # --- requests ---

    def _fetch(self, hrefs: list[str]) -> None:
        for start in range(0, len(hrefs), 50):
            named = "".join(f"<href>{escape(href)}</href>" for href in hrefs[start : start + 50])
            props = "<prop><getetag/><card:address-data/></prop>"
            answer = self._report(
                f"<card:addressbook-multiget {NAMESPACES}>{props}{named}</card:addressbook-multiget>"
            )
            for href, prop in _found(answer).items():
                self.cards[href] = Card(prop.findtext(f"{D}getetag", ""), prop.findtext(f"{CARD}address-data", ""))

    def _put(self, href: str, lines: list[str], condition: dict[str, str]) -> None:
        body = ["BEGIN:VCARD", "VERSION:3.0", *(line for line in lines if _name(line) != "PRODID")]
        body += ["PRODID:-//Apple Inc.//iPhone OS 17.6.1//EN", "END:VCARD", ""]
        answer = self._ask("PUT", href, "\r\n".join(body), {"Content-Type": "text/vcard"} | condition)
        if answer.status == 412:
            self._fetch([href])
            return
        assert answer.status in (201, 204), answer
        if answer.headers["ETag"]:
            self.cards[href] = Card(answer.headers["ETag"], "\r\n".join(body))
        else:
            self._fetch([href])

    def _report(self, body: str) -> Element:
        answer = self._ask("REPORT", self.book, body, {"Depth": "1"})
        assert answer.status == 207, answer
        return fromstring(answer.body)

    def _propfind(self, path: str, names: str, depth: str) -> dict[str, Element]:
        answer = self._ask("PROPFIND", path, _asking(names), {"Depth": depth})
        assert answer.status == 207, answer
        return _found(fromstring(answer.body))

    def _ask(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None, *, signed: bool = True
    ) -> Answer:
        given = {"User-Agent": "iOS/17.6.1 (21G93) dataaccessd/1.0", "Accept": "*/*", "Brief": "t"}
        given |= {"Prefer": "return=minimal", "Content-Type": "text/xml"} | (headers or {})
        if signed:
            given["Authorization"] = self._login
        if monotonic() > self._used_at + KEPT:
            self._connection.close()
        self._connection.request(method, path, body.encode() or None, given)
        answer = self._connection.getresponse()
        content = answer.read()
        self._used_at = monotonic()
        return Answer(answer.status, answer.headers, content)


def unfolded(text: str) -> list[str]:
    """Give the lines of a card, each in one piece."""
    return text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "").strip("\n").split("\n")


def _name(line: str) -> str:
    """Give the name of a line's property, without group, in capitals."""
    return line.partition(":")[0].partition(";")[0].rpartition(".")[2].upper()


def _asking(names: str) -> str:
    return f"<propfind {NAMESPACES}><prop>{''.join(f'<{name}/>' for name in names.split())}</prop></propfind>"


def _href(prop: Element, name: str) -> str:
    found = prop.findtext(f"{name}/{D}href")
    assert found, name
    return found


def _found(multistatus: Element) -> dict[str, Element]:
    return {
        response.findtext(f"{D}href", ""): prop
        for response in multistatus.iterfind(f"{D}response")
        for propstat in response.iterfind(f"{D}propstat")
        if " 200 " in propstat.findtext(f"{D}status", "") and (prop := propstat.find(f"{D}prop")) is not None
    }


def _gone(multistatus: Element) -> list[str]:
    return [
        response.findtext(f"{D}href", "")
        for response in multistatus.iterfind(f"{D}response")
        if " 404 " in response.findtext(f"{D}status", "")
    ]
