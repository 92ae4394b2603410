"""XML request bodies, read into frozen values: PROPFIND, the three reports, PROPPATCH.

A body that clients send again and again (each poll) is parsed once per worker. Nothing with a DTD is parsed
(entities, external references); what one request may ask for is bounded, so that answers stay bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from xml.etree.ElementTree import XML, Element, ParseError, tostring
from xml.sax.saxutils import escape

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from storage_plugin.dav.address_data import AddressData, read_address_data
from storage_plugin.dav.filters import Filter, read_filter
from storage_plugin.dav.hrefs_apart import STAND_IN, hrefs_apart
from storage_plugin.dav.http import CARDDAV, HttpError
from storage_plugin.model.book import Property

DAV = "DAV:"
ADDRESS_DATA = f"{{{CARDDAV}}}address-data"

_CACHED_OCTETS = 4096
_MAX_ELEMENTS = 500_000
_MAX_OCTETS = 1024 * 1024
_MAX_PROPS = 200
_MAX_PROP_CHARACTERS = 8192
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NAME = re.compile(r"[^\W\d][\w.-]*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which properties are asked for; ``props`` is None for DAV:allprop. ``values`` False: their names only."""

    props: tuple[str, ...] | None = None
    address_data: AddressData | None = None
    values: bool = True


@dataclass(frozen=True, slots=True)
class Propfind:
    """RFC 4918 9.1."""

    wanted: Wanted


@dataclass(frozen=True, slots=True)
class SyncCollection:
    """RFC 6578 3.2; ``limit`` is DAV:nresults."""

    token: str
    wanted: Wanted
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Multiget:
    """RFC 6352 8.7; hrefs as the client wrote them, each once."""

    hrefs: tuple[str, ...]
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Query:
    """RFC 6352 8.6; ``limit`` is CARDDAV:nresults."""

    filter: Filter
    wanted: Wanted
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Expanded:
    """A property asked for by expand-property, and what is asked of each resource that it names."""

    name: str
    props: tuple[Expanded, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpandProperty:
    """RFC 3253 3.8."""

    props: tuple[Expanded, ...]


@dataclass(frozen=True, slots=True)
class OtherReport:
    """Any other report; ``name`` in Clark notation."""

    name: str


@dataclass(frozen=True, slots=True)
class Proppatch:
    """RFC 4918 9.2: properties to set or to remove (None), in order."""

    changes: tuple[tuple[str, Property | None], ...]


_PROPFINDS = ("{DAV:}prop", "{DAV:}allprop", "{DAV:}propname")
Report: TypeAlias = SyncCollection | Multiget | Query | ExpandProperty | OtherReport


def read_propfind(body: bytes) -> Propfind:
    """Read a PROPFIND body; none at all means DAV:allprop. Raises HttpError 400."""
    return _small_propfind(body) if len(body) <= _CACHED_OCTETS else _propfind(body)


def read_report(body: bytes) -> Report:
    """Read a REPORT body; raise HttpError 400, or 403 with the precondition that it fails."""
    apart = hrefs_apart(body) if len(body) <= _MAX_OCTETS else None
    if apart is not None and len(apart.frame) <= _CACHED_OCTETS:
        frame = _small_report(apart.frame)
        if isinstance(frame, Multiget) and frame.hrefs == (STAND_IN,):
            return Multiget(apart.hrefs, frame.wanted)
    return _small_report(body) if len(body) <= _CACHED_OCTETS else _report(body)


def read_proppatch(body: bytes) -> Proppatch:
    """Read a PROPPATCH body; raise HttpError 400."""
    root = parse(body)
    if root.tag != "{DAV:}propertyupdate":
        raise HttpError(400, "The body is no DAV:propertyupdate.")
    changes = tuple(
        (
            prop.tag,
            Property(_inside(prop), _language(prop, group, change, root)) if change.tag == "{DAV:}set" else None,
        )
        for change in root
        if change.tag in ("{DAV:}set", "{DAV:}remove")
        for group in change.iterfind("{DAV:}prop")
        for prop in group
    )
    _check_bounds(tuple(name for name, _ in changes))
    return Proppatch(changes)


def _language(*elements: Element) -> str:
    """Give the language in scope (XML 1.0 2.12); ``elements`` from the innermost outwards."""
    return next((said for each in elements if (said := each.get(_LANG)) is not None), "")


def _inside(prop: Element) -> str:
    return escape(prop.text or "") + "".join(tostring(child, "unicode") for child in prop)


def parse(body: bytes) -> Element:
    """Parse an XML body; raise HttpError 400 when it is not well-formed or has a DTD, 413 when it is too much.

    Only a multiget, with its many hrefs, may be larger than 1 MiB.
    """
    if len(body) > _MAX_OCTETS and (b"multiget" not in body[:1024] or body.count(b"<") > _MAX_ELEMENTS):
        raise HttpError(413, "This is more XML than any client needs.")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    try:
        if text and "<!DOCTYPE" not in text:
            return XML(text)
        root: Element = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
        return root
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise HttpError(400, "The body is not XML that this server reads.") from error


@lru_cache(maxsize=256)
def _small_propfind(body: bytes) -> Propfind:
    return _propfind(body)


@lru_cache(maxsize=256)
def _small_report(body: bytes) -> Report:
    return _report(body)


def _propfind(body: bytes) -> Propfind:
    if not body.strip():
        return Propfind(Wanted())
    root = parse(body)
    if root.tag != "{DAV:}propfind":
        raise HttpError(400, "The body is no DAV:propfind.")
    if sum(root.find(each) is not None for each in _PROPFINDS) != (1 if len(root) else 0):
        raise HttpError(400, "A propfind holds one of prop, allprop and propname.")
    return Propfind(_wanted(root))


def _report(body: bytes) -> Report:
    root = parse(body)
    match root.tag:
        case "{DAV:}sync-collection":
            token = (root.findtext("{DAV:}sync-token") or "").strip()
            return SyncCollection(token, _wanted(root), _limit(root, DAV))
        case "{urn:ietf:params:xml:ns:carddav}addressbook-multiget":
            hrefs = dict.fromkeys((child.text or "").strip() for child in root.iterfind("{DAV:}href"))
            return Multiget(tuple(hrefs), _wanted(root))
        case "{urn:ietf:params:xml:ns:carddav}addressbook-query":
            return Query(read_filter(root.find(f"{{{CARDDAV}}}filter")), _wanted(root), _limit(root, CARDDAV))
        case "{DAV:}expand-property":
            if sum(1 for _ in root.iter()) > _MAX_PROPS:
                raise HttpError(400, f"A request may ask for {_MAX_PROPS} properties at most.")
            return ExpandProperty(_expanded(root))
    return OtherReport(root.tag)


def _expanded(parent: Element) -> tuple[Expanded, ...]:
    found = {}
    for each in parent.iterfind("{DAV:}property"):
        name, namespace = each.get("name", ""), each.get("namespace", DAV)
        if not _NAME.fullmatch(name):
            raise HttpError(400, "A property has no name that could be one.")
        found[f"{{{namespace}}}{name}" if namespace else name] = _expanded(each)
    return tuple(Expanded(name, props) for name, props in found.items())


def _wanted(root: Element) -> Wanted:
    prop = root.find("{DAV:}prop")
    if prop is None:
        return Wanted(values=root.find("{DAV:}propname") is None)
    data = prop.find(ADDRESS_DATA)
    names = tuple(dict.fromkeys(child.tag for child in prop))
    _check_bounds(names)
    return Wanted(names, read_address_data(data) if data is not None else None)


def _check_bounds(names: tuple[str, ...]) -> None:
    if len(names) > _MAX_PROPS or sum(map(len, names)) > _MAX_PROP_CHARACTERS:
        raise HttpError(400, f"A request may ask for {_MAX_PROPS} properties at most.")


def _limit(root: Element, namespace: str) -> int | None:
    text = root.findtext(f"{{{namespace}}}limit/{{{namespace}}}nresults")
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise HttpError(400, "nresults is not a number.")
    return int(text)
