"""PROPFIND (RFC 4918 9.1): discovery, the poll, and the list of all members, answered without Radicale's core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from storage_plugin.dav.bodies import Wanted, read_propfind
from storage_plugin.dav.errors import FINITE_DEPTH
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.http import Answer, HttpError
from storage_plugin.dav.multistatus import entries, members, multistatus
from storage_plugin.dav.paths import Kind
from storage_plugin.dav.properties import KEEPING, LIVE, SETTABLE, Scene, of_collection, shape_of
from storage_plugin.model.book import ChangeNumber, Property

_CHILD = {Kind.ROOT: Kind.HOME, Kind.HOME: Kind.BOOK}


def propfind(exchange: Exchange) -> Answer:
    """Answer PROPFIND; without a Depth header (RFC 4918: infinity) it is 0, as in Radicale."""
    wanted = read_propfind(exchange.xml()).wanted
    depth = exchange.header("DEPTH").strip().lower() or "0"
    if depth not in ("0", "1", "infinity"):
        raise HttpError(400, "Depth is 0, 1 or infinity.")
    kind = exchange.place.kind
    if kind is Kind.CARD:
        return _card(exchange, wanted)
    if depth == "infinity":
        raise HttpError(403, "Please ask with Depth 0 or 1.", condition=FINITE_DEPTH)
    if kind is Kind.NOWHERE:
        raise HttpError(404, "There is nothing here.")
    if depth == "1" and kind is Kind.BOOK:
        return _members(exchange, wanted)
    parts = [_collection(exchange, kind, wanted, exchange.scene)]
    if depth == "1":
        parts.append(_collection(exchange, _CHILD[kind], wanted, exchange.scene))
    return multistatus(parts)


def kept_of(exchange: Exchange, kind: Kind, names: Sequence[str] | None) -> Mapping[str, Property]:
    """Read what devices set here, if one of ``names`` (None: all) can be of that; the daily poll asks for none."""
    if kind not in KEEPING or (names is not None and all(name in LIVE and name not in SETTABLE for name in names)):
        return {}
    return exchange.book.properties(KEEPING[kind])


def _collection(exchange: Exchange, kind: Kind, wanted: Wanted, scene: Scene) -> str:
    kept = kept_of(exchange, kind, wanted.props)
    urls = {Kind.ROOT: scene.urls.root, Kind.HOME: scene.urls.home, Kind.BOOK: scene.urls.book}
    return f"<response><href>{urls[kind]}</href>{of_collection(kind, wanted, scene, kept)}</response>"


def _members(exchange: Exchange, wanted: Wanted) -> Answer:
    """List the book; the collection's own token is the one of the list, not of the sign-in a moment before."""
    number, pairs = exchange.book.entries()
    scene = _at(exchange.scene, number)
    shape = shape_of(wanted, scene)
    first = _collection(exchange, Kind.BOOK, wanted, scene)
    if not shape.slots:
        return multistatus([first, entries(shape, pairs)])
    return multistatus(chain([first], members(shape, exchange.book.all_cards())))


def _card(exchange: Exchange, wanted: Wanted) -> Answer:
    card = exchange.book.cards([exchange.place.href]).get(exchange.place.href)
    if card is None:
        raise HttpError(404, "There is no such contact here.")
    return multistatus(members(shape_of(wanted, exchange.scene), [card]))


def _at(scene: Scene, number: ChangeNumber) -> Scene:
    return replace(scene, viewer=replace(scene.viewer, number=number))
