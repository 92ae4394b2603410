"""REPORT: sync-collection (RFC 6578 3), addressbook-multiget and addressbook-query (RFC 6352 8.6, 8.7).

The searches for principals are left to Radicale, which answers that nothing was found; some clients stop at an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from xml.sax.saxutils import escape

from storage_plugin.dav.bodies import ExpandProperty, Multiget, OtherReport, Query, SyncCollection, read_report
from storage_plugin.dav.errors import SUPPORTED_REPORT, WITHIN_LIMITS
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.expanding import expand_property
from storage_plugin.dav.http import Answer, HttpError
from storage_plugin.dav.match import is_exact, matches, needles
from storage_plugin.dav.multistatus import Shape, entries, gone, members, multistatus, truncated
from storage_plugin.dav.paths import BadPath, Kind, Place, place_of_url, plain_names
from storage_plugin.dav.properties import shape_of
from storage_plugin.dav.tokens import number_in, token_at
from storage_plugin.model.book import Card, Changes, Listing

_AT_A_TIME = 500
_BY_CORE = frozenset({"{DAV:}principal-property-search", "{DAV:}principal-search-property-set"})


def report(exchange: Exchange, by_core: Callable[[Exchange, bytes], Answer]) -> Answer:
    """Answer REPORT; raise HttpError 403 for a report that is not known here."""
    if exchange.place.kind is Kind.NOWHERE:
        raise HttpError(404, "There is nothing here.")
    body = exchange.xml()
    asked = read_report(body)
    match asked:
        case SyncCollection():
            return _sync(exchange, asked)
        case Multiget():
            return _multiget(exchange, asked)
        case Query():
            return _query(exchange, asked)
        case ExpandProperty(props):
            return expand_property(exchange, props)
        case OtherReport(name) if name in _BY_CORE:
            return by_core(exchange, body)
    raise HttpError(403, condition=SUPPORTED_REPORT)


def _sync(exchange: Exchange, asked: SyncCollection) -> Answer:
    """Tell what changed since the token; an empty one lists only what exists (RFC 6578 3.4)."""
    if exchange.place.kind is not Kind.BOOK:
        raise HttpError(403, condition=SUPPORTED_REPORT)
    book, scene = exchange.book, exchange.scene
    changes = _changes(exchange, asked.token)
    if asked.limit is not None and len(changes.changed) + len(changes.removed) > asked.limit:
        raise HttpError(507, condition=WITHIN_LIMITS)
    shape = shape_of(asked.wanted, scene, in_report=True)
    parts: list[str | bytes] = [gone(scene.urls.card(href)) for href in changes.removed]
    if shape.slots:
        parts += members(shape, book.cards(changes.changed.hrefs).values())
    else:
        parts.append(entries(shape, changes.changed))
    return multistatus(parts, token_at(book.viewer, changes.number))


def _changes(exchange: Exchange, token: str) -> Changes:
    """Read the changes; a token that is presented says what state the device has, the base for merging its edits."""
    book = exchange.book
    if not token:
        exchange.presented.began(book)
        number, pairs = book.entries()
        return Changes(number, pairs, ())
    since = number_in(book.viewer, token)
    changes = Changes(since, Listing(), ()) if since == book.viewer.number else book.changes_since(since)
    exchange.presented.note(book, since)
    return changes


def _multiget(exchange: Exchange, asked: Multiget) -> Answer:
    """Give the cards named, in the order asked for; 404 for each that is not there or not in this book."""
    if exchange.place.kind is Kind.ROOT:
        raise HttpError(403, condition=SUPPORTED_REPORT)
    names = plain_names(asked.hrefs, exchange.urls.book)
    if names is None:
        prefix, user = exchange.prefix, exchange.book.viewer.user
        names = [_name_in(href, prefix, user) for href in asked.hrefs]
    shape = shape_of(asked.wanted, exchange.scene, in_report=True)
    data = asked.wanted.address_data
    is_whole = data is not None and data.props is None
    return multistatus(_named(exchange, list(zip(asked.hrefs, names, strict=True)), shape, is_whole=is_whole))


def _named(
    exchange: Exchange, names: list[tuple[str, str]], shape: Shape, *, is_whole: bool
) -> Iterator[str | bytes]:
    """Write the cards of (href, name) pairs, some hundreds at a time, so that a whole book fits into memory."""
    for at in range(0, len(names), _AT_A_TIME):
        some = names[at : at + _AT_A_TIME]
        cards = exchange.book.cards([name for _, name in some if name])
        found = [cards[name] for _, name in some if name in cards]
        if is_whole:
            exchange.presented.gave(exchange.book, found)
        written = members(shape, found)
        if len(found) == len(some):
            yield from written
            continue
        for href, name in some:
            yield next(written) if name in cards else gone(escape(href))


def _name_in(href: str, prefix: str, user: str) -> str:
    """Give the name of the card that ``href`` leads to in the book of ``user``, or ``""``."""
    try:
        place = place_of_url(href, prefix)
    except BadPath:
        return ""
    return place.href if place == Place(Kind.CARD, user, place.href) else ""


def _query(exchange: Exchange, asked: Query) -> Answer:
    """Give the cards that match, and say so when there are more than asked for (RFC 6352 8.6.2)."""
    if exchange.place.kind in (Kind.ROOT, Kind.HOME):
        raise HttpError(403, condition=SUPPORTED_REPORT)
    shape = shape_of(asked.wanted, exchange.scene, in_report=True)
    found = _matching(exchange, asked)
    limit = asked.limit
    if limit is None:
        return multistatus(members(shape, found))
    cards = list(islice(found, limit + 1))
    parts: list[str | bytes] = [*members(shape, cards[:limit])]
    if len(cards) > limit:
        parts.append(truncated(exchange.urls.book))
    return multistatus(parts)


def _matching(exchange: Exchange, asked: Query) -> Iterator[Card]:
    """Find the cards that match."""
    book, place = exchange.book, exchange.place
    if place.kind is Kind.CARD:
        found = iter(book.cards([place.href]).values())
    elif not asked.filter.props:
        return book.all_cards()
    else:
        texts, every = needles(asked.filter)
        if texts and is_exact(asked.filter):
            return book.candidates(texts, every=every)
        found = book.candidates(texts, every=every) if texts else book.all_cards()
    return (card for card in found if matches(asked.filter, card.text))
