"""PROPPATCH (RFC 4918 9.2): names, descriptions, colours and CS:me-card are kept for the user whose device set them.

All or nothing, in the order of the request. Live properties stay, above all resourcetype. Neither ctag nor sync token
change: no member did.
"""

from __future__ import annotations

from storage_plugin.dav.bodies import read_proppatch
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.http import Answer, HttpError
from storage_plugin.dav.multistatus import FULL, OK, element, multistatus
from storage_plugin.dav.paths import Kind
from storage_plugin.dav.properties import KEEPING, LIVE, SETTABLE
from storage_plugin.model.book import MAX_PROPERTIES, Property, Refused

MAX_VALUE = 4096
"""Characters that the value of a property may have."""

_PROTECTED = "<status>HTTP/1.1 403 Forbidden</status><error><cannot-modify-protected-property/></error>"
_FULL = f"<status>{FULL}</status>"
_DEPENDENT = "<status>HTTP/1.1 424 Failed Dependency</status>"


def proppatch(exchange: Exchange) -> Answer:
    """Keep what a device sets of its home or book."""
    kind = exchange.place.kind
    if kind is Kind.NOWHERE:
        raise HttpError(404, "There is nothing here.")
    if kind not in KEEPING:
        raise HttpError(403, "This has no properties that could be set.")
    changes = read_proppatch(exchange.xml()).changes
    url = exchange.urls.home if kind is Kind.HOME else exchange.urls.book
    names = tuple(dict.fromkeys(name for name, _ in changes))
    if protected := [name for name in names if name in LIVE and name not in SETTABLE]:
        return _refused(url, names, protected, _PROTECTED)
    if large := [name for name, said in changes if said is not None and _size(said) > MAX_VALUE]:
        return _refused(url, names, large, _FULL)
    try:
        exchange.book.set_properties(KEEPING[kind], changes)
    except Refused:  # more than MAX_PROPERTIES
        return _refused(url, names, list(names), _FULL)
    return _told(url, _propstat(names, f"<status>{OK}</status>"))


def _size(said: Property) -> int:
    return len(said.value) + len(said.language)


def _refused(url: str, names: tuple[str, ...], guilty: list[str], why: str) -> Answer:
    others = [name for name in names if name not in guilty]
    return _told(url, _propstat(list(dict.fromkeys(guilty)), why) + (_propstat(others, _DEPENDENT) if others else ""))


def _told(url: str, propstats: str) -> Answer:
    return multistatus([f"<response><href>{url}</href>{propstats}</response>"])


def _propstat(names: list[str] | tuple[str, ...], outcome: str) -> str:
    return f"<propstat><prop>{''.join(element(name, '') for name in names)}</prop>{outcome}</propstat>"


__all__ = ["MAX_PROPERTIES", "MAX_VALUE", "proppatch"]
