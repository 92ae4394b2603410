"""One card: GET, HEAD, PUT, DELETE and MOVE with their preconditions (RFC 9110 13, RFC 6352 6.3.2, RFC 4918 9.9)."""

from __future__ import annotations

import re

from storage_plugin.dav.address_data import VERSIONS, in_version
from storage_plugin.dav.errors import COLLECTION_LOCATION, MAX_SIZE, SUPPORTED_ADDRESS_DATA, VALID_ADDRESS_DATA
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.http import MAX_RESOURCE_SIZE, Answer, HttpError, entity_tags, http_date
from storage_plugin.dav.paths import BadPath, Kind, Place, place_of_url
from storage_plugin.dav.properties import DISPLAY_NAME
from storage_plugin.model.book import Card, Expect
from storage_plugin.vcard.intake import NotAVCard

_CARD_TYPES = frozenset(
    {
        "",
        "text/vcard",
        "text/x-vcard",
        "text/directory",
        "text/plain",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
    }
)
"""What a card may be sent as: the last three are what tools say that know no better."""

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']+)""", re.I)
_V4 = re.compile(r"version\s*=\s*\"?4", re.I)
_V3 = re.compile(r"version\s*=\s*\"?3", re.I)


def get(exchange: Exchange) -> Answer:
    """Answer GET and HEAD of a card, or of the whole book as one file."""
    match exchange.place.kind:
        case Kind.CARD:
            return _get_card(exchange)
        case Kind.BOOK:
            return _get_book(exchange)
        case Kind.ROOT | Kind.HOME:
            return Answer(200, (("Content-Type", "text/plain; charset=utf-8"),), _WELCOME)
    raise HttpError(404, "There is nothing here.")


def put(exchange: Exchange) -> Answer:
    """Store the card that a device sent, to the byte; answer with its ETag only if it is what was sent."""
    href = _writable(exchange)
    if exchange.header("CONTENT_RANGE"):
        raise HttpError(400, "A card is sent whole (RFC 9110 14.5).")
    charset = _charset_of(exchange)
    body = exchange.body(MAX_RESOURCE_SIZE, condition=MAX_SIZE)
    exchange.presented.settle(exchange.book)
    try:
        stored = exchange.book.put(href, body, expected(exchange), charset=charset)
    except NotAVCard as error:
        status = 400 if body.upper().count(b"BEGIN:VCARD") > 1 else 403
        raise HttpError(status, error.reason, condition=VALID_ADDRESS_DATA) from error
    headers = () if stored.etag is None else (("ETag", f'"{stored.etag}"'),)
    return Answer(201 if stored.created else 204, headers)


def delete(exchange: Exchange) -> Answer:
    """Move the card to the deleted items."""
    exchange.book.delete(_writable(exchange), expected(exchange))
    return Answer(204)


def move(exchange: Exchange) -> Answer:
    """Rename a card inside its book."""
    href = _writable(exchange)
    target = _destination(exchange)
    if target == href:
        raise HttpError(403, "Source and destination are the same.")
    overwrite = exchange.header("OVERWRITE").strip().upper() != "F"
    overwritten = exchange.book.move(href, target, expected(exchange), overwrite=overwrite)
    return Answer(204 if overwritten else 201)


def expected(exchange: Exchange) -> Expect:
    """Read the preconditions of a request."""
    return Expect(
        entity_tags(exchange.header("IF_MATCH"), weak=False), entity_tags(exchange.header("IF_NONE_MATCH"), weak=True)
    )


def _get_card(exchange: Exchange) -> Answer:
    href = exchange.place.href
    card = exchange.book.cards([href]).get(href)
    if card is None:
        raise HttpError(404, "There is no such contact here.")
    expect = expected(exchange)
    headers = [("ETag", f'"{card.etag}"')]
    if expect.match:
        _check(card, Expect(expect.match))
    if expect.none_match and ("*" in expect.none_match or card.etag in expect.none_match):
        return Answer(304, headers)
    if exchange.method == "GET":
        exchange.presented.gave(exchange.book, [card])
    version = _accepted(exchange.header("ACCEPT"))
    text = in_version(card, version, writes_v4=exchange.book.viewer.writes_v4)
    headers.append(("Content-Type", f"text/vcard; charset=utf-8{f'; version={version}' if version else ''}"))
    if modified := http_date(card.modified_at):
        headers.append(("Last-Modified", modified))
    return Answer(200, [*headers, ("Vary", "Accept")], text.encode("utf-8", "surrogatepass"))


def _get_book(exchange: Exchange) -> Answer:
    text = "".join(
        card.text if card.text.endswith("\n") else f"{card.text}\r\n" for card in exchange.book.all_cards()
    )
    named = f'attachment; filename="{DISPLAY_NAME}.vcf"'
    headers = (("Content-Type", "text/vcard; charset=utf-8"), ("Content-Disposition", named))
    return Answer(200, headers, text.encode("utf-8", "surrogatepass"))


def _accepted(accept: str) -> str:
    """Give the version that Accept asks for: the first vCard in it that names one; ``""`` if none does."""
    for kind in accept.split(","):
        if "vcard" not in kind.lower():
            continue
        if _V4.search(kind):
            return VERSIONS[1]
        if _V3.search(kind):
            return VERSIONS[0]
    return ""


def _check(card: Card | None, expect: Expect) -> None:
    """Compare the preconditions with what is there (RFC 9110 13.1.1 and 13.1.2)."""
    present = {card.etag, "*"} if card else set()
    if (expect.match and not present & set(expect.match)) or present & set(expect.none_match):
        raise HttpError(412, "The contact has changed, or exists already.")


def _writable(exchange: Exchange) -> str:
    """Give the name of the card to be changed; the book and what is above it are not (RFC 6352 6.3.2.1)."""
    match exchange.place.kind:
        case Kind.CARD:
            return exchange.place.href
        case Kind.NOWHERE if exchange.method == "PUT":
            raise HttpError(409, "Cards live in the address book only.", condition=COLLECTION_LOCATION)
        case Kind.NOWHERE:
            raise HttpError(404, "There is nothing here.")
    raise HttpError(403, "The address book as a whole cannot be changed over CardDAV.")


def _charset_of(exchange: Exchange) -> str | None:
    """Read Content-Type; raise HttpError 415 for what is no card. An unknown charset is left to the intake."""
    if exchange.header("CONTENT_ENCODING").strip().lower() not in ("", "identity"):
        raise HttpError(415, "A card is sent without a content encoding.")
    declared = exchange.environ.get("CONTENT_TYPE") or ""
    if declared.partition(";")[0].strip().lower() not in _CARD_TYPES:
        raise HttpError(415, "A card is text/vcard.", condition=SUPPORTED_ADDRESS_DATA)
    charset = _CHARSET.search(declared)
    return charset[1] if charset else None


def _destination(exchange: Exchange) -> str:
    """Read where MOVE goes: a name in the same book."""
    target = exchange.header("DESTINATION").strip()
    host = re.match(r"[a-z][a-z0-9+.-]*://([^/]*)", target, re.I)
    if host and host[1].lower() not in {exchange.header(name).lower() for name in ("HOST", "X_FORWARDED_HOST")}:
        raise HttpError(403, "The destination is on another server.", condition=COLLECTION_LOCATION)
    try:
        place = place_of_url(target, exchange.prefix)
    except BadPath as error:
        raise HttpError(400, str(error)) from error
    if not target or place != Place(Kind.CARD, exchange.book.viewer.user, place.href):
        raise HttpError(403, "A card stays in its address book.", condition=COLLECTION_LOCATION)
    return place.href


_WELCOME = (
    b"This is the address book of Contact Bridge. Enter this address into the CardDAV account of your device.\n"
)
