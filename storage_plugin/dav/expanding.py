"""REPORT expand-property (RFC 3253 3.8): properties, with each href in them told as the resource that it names.

macOS and iOS ask it of the principal, for group-membership and the like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from storage_plugin.dav.bodies import Expanded
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.http import Answer, HttpError
from storage_plugin.dav.multistatus import element, multistatus, response
from storage_plugin.dav.paths import Kind
from storage_plugin.dav.properties import CARD, COLLECTIONS, ETAG_NAME, Scene, Value
from storage_plugin.dav.propfind import kept_of

_HREF = re.compile("<href>([^<]*)</href>")


def expand_property(exchange: Exchange, asked: Sequence[Expanded]) -> Answer:
    """Answer for the resource of the request."""
    kind, urls = exchange.place.kind, exchange.urls
    if kind is Kind.CARD:
        href = exchange.place.href
        card = exchange.book.cards([href]).get(href)
        if card is None:
            raise HttpError(404, "There is no such contact here.")
        etag = f'"{card.etag}"'
        return multistatus([_Expanding(exchange).told(urls.card(href), {**CARD, ETAG_NAME: lambda _: etag}, asked)])
    url = {Kind.ROOT: urls.root, Kind.HOME: urls.home, Kind.BOOK: urls.book}[kind]
    return multistatus([_Expanding(exchange).of(kind, url, asked)])


class _Expanding:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange, self.scene = exchange, exchange.scene
        urls = exchange.urls
        self.kinds = {urls.root: Kind.ROOT, urls.home: Kind.HOME, urls.book: Kind.BOOK}

    def of(self, kind: Kind, url: str, asked: Sequence[Expanded]) -> str:
        """Write the response for root, home or book."""
        kept = kept_of(self.exchange, kind, [each.name for each in asked])
        return self.told(
            url, {**COLLECTIONS[kind], **{name: _said(each.value) for name, each in kept.items()}}, asked
        )

    def told(self, url: str, table: Mapping[str, Value], asked: Sequence[Expanded]) -> str:
        """Write the response for a resource with these properties."""
        found, missing = [], []
        for each in asked:
            value = table.get(each.name)
            if value is None:
                missing.append(element(each.name, ""))
            else:
                found.append(element(each.name, self._expanded(value(self.scene), each.props)))
        return response(url, "".join(found), "".join(missing))

    def _expanded(self, inner: str, props: Sequence[Expanded]) -> str:
        def resource(found: re.Match[str]) -> str:
            kind = self.kinds.get(found[1])
            return found[0] if kind is None else self.of(kind, found[1], props)

        return _HREF.sub(resource, inner) if props else inner


def _said(value: str) -> Value:
    def said(_: Scene) -> str:
        return value

    return said
