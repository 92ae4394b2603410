"""WebDAV in both directions: the XML of our requests, and the answers as plain values.

RFC 4918 (PROPFIND, 207), RFC 6352 (multiget, query), RFC 6578 (sync-collection), RFC 5689 (extended MKCOL). How a
card becomes a contact is in ``bridge.targets.cards``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from bridge.targets.cards import STAMP
from storage_plugin.model.mirror import Stamp

D, C, CS = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}", "{http://calendarserver.org/ns/}"
_NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/"'
_PREFIXES = {D: "D", C: "C", CS: "S"}

ETAG, DATA, MODIFIED = f"{D}getetag", f"{C}address-data", f"{D}getlastmodified"
TYPE, TOKEN, CTAG, NAME = f"{D}resourcetype", f"{D}sync-token", f"{CS}getctag", f"{D}displayname"
PRINCIPAL, HOME = f"{D}current-user-principal", f"{C}addressbook-home-set"
REPORTS, PRIVILEGES = f"{D}supported-report-set", f"{D}current-user-privilege-set"
ABOUT_A_BOOK = (TYPE, NAME, TOKEN, CTAG, REPORTS, PRIVILEGES, PRINCIPAL, HOME)
CARD = (ETAG, MODIFIED, DATA)

_MAY_WRITE = {f"{D}all", f"{D}write", f"{D}write-content", f"{D}bind"}


class NotWebDav(ValueError):
    """The body is not the XML that WebDAV answers."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One response of a 207.

    ``props`` are those that were found; ``status`` is that of the whole resource, 200 where only properties have one.
    """

    href: str
    status: int
    props: Mapping[str, Element]

    def text(self, name: str) -> str:
        """Give a property's text."""
        element = self.props.get(name)
        return (element.text or "").strip() if element is not None else ""

    def inner(self, name: str) -> set[str]:
        """Name all elements below a property."""
        element = self.props.get(name)
        return {each.tag for each in element.iter()} if element is not None else set()

    def href_of(self, name: str) -> str:
        """Give the address that a property names, or ``""``."""
        element = self.props.get(name)
        return path_of(element.findtext(f"{D}href", "").strip()) if element is not None else ""

    @property
    def is_book(self) -> bool:
        """Whether this is an address book (RFC 6352 5.2)."""
        return f"{C}addressbook" in self.inner(TYPE)

    @property
    def can_sync(self) -> bool:
        """Whether changes can be asked for by token (RFC 6578 3.2)."""
        return f"{D}sync-collection" in self.inner(REPORTS)

    @property
    def may_write(self) -> bool:
        """Whether the user may write (RFC 3744 5.4); a server that does not tell is believed to allow it."""
        return PRIVILEGES not in self.props or bool(self.inner(PRIVILEGES) & _MAY_WRITE)

    @property
    def modified_at(self) -> str:
        """The time of the last change (RFC 4918 15.7) in ISO 8601, or ``""``."""
        try:
            return parsedate_to_datetime(self.text(MODIFIED)).isoformat()
        except ValueError:
            return ""


@dataclass(frozen=True, slots=True)
class Multistatus:
    """A 207: its resources, and the token of a sync-collection."""

    resources: Sequence[Resource]
    token: str = ""


def path_of(href: str) -> str:
    """Give an href as a path that is written in one way, whichever way the server wrote it."""
    path = urlsplit(href).path if "://" in href or href.startswith("//") else href.partition("?")[0]
    return "/".join(quote(unquote(part), safe="!$&'()*+,;=:@~") for part in path.split("/"))


def multistatus(body: bytes) -> Multistatus:
    """Read a 207 (RFC 4918 13)."""
    root = _root(body)
    if root.tag != f"{D}multistatus":
        raise NotWebDav(f"a multistatus was expected, not {root.tag[:60]}")
    resources = [_resource(each) for each in root.iter(f"{D}response")]
    return Multistatus(resources, root.findtext(f"{D}sync-token", "").strip())


def conditions(body: bytes) -> set[str]:
    """Name the preconditions that an error's body tells (RFC 4918 16)."""
    try:
        root = _root(body)
    except NotWebDav:
        return set()
    return {each.tag for each in root} if root.tag == f"{D}error" else set()


def propfind(names: Iterable[str]) -> str:
    """Ask for properties (RFC 4918 9.1)."""
    return _document("D:propfind", _props(names))


def sync_collection(token: str) -> str:
    """Ask what changed since ``token``, or for everything (RFC 6578 3.2)."""
    return _document(
        "D:sync-collection",
        f"<D:sync-token>{escape(token)}</D:sync-token><D:sync-level>1</D:sync-level>{_props([ETAG])}",
    )


def multiget(paths: Iterable[str]) -> str:
    """Ask for cards by their addresses (RFC 6352 8.7)."""
    hrefs = "".join(f"<D:href>{escape(path)}</D:href>" for path in paths)
    return _document("C:addressbook-multiget", _props(CARD) + hrefs)


def query_stamps(stamps: Iterable[Stamp]) -> str:
    """Ask for the cards that carry one of ``stamps`` (RFC 6352 8.6, 10.5)."""
    filters = "".join(
        f'<C:prop-filter name="{STAMP}"><C:text-match collation="i;octet" match-type="equals">'
        f"{escape(str(stamp))}</C:text-match></C:prop-filter>"
        for stamp in stamps
    )
    return _document("C:addressbook-query", f'{_props(CARD)}<C:filter test="anyof">{filters}</C:filter>')


def make_book(name: str) -> str:
    """Ask for a new address book (RFC 5689 3, RFC 6352 6.3.1)."""
    kind = "<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>"
    return _document(
        "D:mkcol", f"<D:set><D:prop>{kind}<D:displayname>{escape(name)}</D:displayname></D:prop></D:set>"
    )


def _document(tag: str, inner: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><{tag} {_NAMESPACES}>{inner}</{tag}>'


def _props(names: Iterable[str]) -> str:
    inner = "".join(f"<{_PREFIXES[name[: name.index('}') + 1]]}:{name.partition('}')[2]}/>" for name in names)
    return f"<D:prop>{inner}</D:prop>"


def _resource(response: Element) -> Resource:
    props: dict[str, Element] = {}
    for each in response.findall(f"{D}propstat"):
        if _code(each.findtext(f"{D}status")) == 200:
            props |= {prop.tag: prop for prop in each.findall(f"{D}prop/*")}
    status = response.findtext(f"{D}status")
    return Resource(path_of(response.findtext(f"{D}href", "").strip()), _code(status) if status else 200, props)


def _code(status: str | None) -> int:
    """Read "HTTP/1.1 404 Not Found"."""
    words = (status or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _root(body: bytes) -> Element:
    try:
        root: Element = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotWebDav(f"no XML: {error}") from error
    return root
