"""PROPPATCH (RFC 4918 9.2): what clients like to set is taken with 200 and does no harm; live properties stay."""

from __future__ import annotations

from storage_plugin.dav.bodies import read_proppatch
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.http import CARDDAV, Answer, HttpError
from storage_plugin.dav.multistatus import OK, element, multistatus
from storage_plugin.dav.paths import Kind
from storage_plugin.dav.properties import LIVE

_SETTABLE = frozenset({"{DAV:}displayname", f"{{{CARDDAV}}}addressbook-description"})
_PROTECTED = (
    "<status>HTTP/1.1 403 Forbidden</status><error><cannot-modify-protected-property/></error>",
    "<status>HTTP/1.1 424 Failed Dependency</status>",
)


def proppatch(exchange: Exchange) -> Answer:
    """Accept names, descriptions, colours and CS:me-card (without which macOS may crash); never drop a type."""
    kind = exchange.place.kind
    if kind is Kind.NOWHERE:
        raise HttpError(404, "There is nothing here.")
    if kind in (Kind.ROOT, Kind.CARD):
        raise HttpError(403, "This has no properties that could be set.")
    props = read_proppatch(exchange.xml()).props
    urls = exchange.urls
    protected = [name for name in props if name in LIVE and name not in _SETTABLE]
    others = [name for name in props if name not in protected]
    url = urls.home if kind is Kind.HOME else urls.book
    if not protected:
        return multistatus([f"<response><href>{url}</href>{_propstat(props, f'<status>{OK}</status>')}</response>"])
    told = _propstat(protected, _PROTECTED[0]) + (_propstat(others, _PROTECTED[1]) if others else "")
    return multistatus([f"<response><href>{url}</href>{told}</response>"])


def _propstat(names: list[str] | tuple[str, ...], outcome: str) -> str:
    return f"<propstat><prop>{''.join(element(name, '') for name in names)}</prop>{outcome}</propstat>"
