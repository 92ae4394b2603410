"""Every WebDAV property that this server knows, resource by resource: name in Clark notation → its content.

RFC 4918 15, RFC 3744 4 and 5, RFC 5397, RFC 6352 6.2 and 8.3, RFC 6578 4, RFC 5842 3.1 (resource-id), and
CalendarServer's getctag. What clients ask for and is not here (push-transports, quota …) gets 404, unless they have
set it themselves (``proppatch``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from storage_plugin.dav.address_data import AddressData, in_version, text_of
from storage_plugin.dav.bodies import ADDRESS_DATA, Wanted
from storage_plugin.dav.filters import COLLATIONS
from storage_plugin.dav.http import CARDDAV, MAX_RESOURCE_SIZE, http_date
from storage_plugin.dav.multistatus import (
    CALENDARSERVER,
    ETAG,
    ETAG_END,
    Shape,
    element,
    escaped,
    plain_text,
    propstats,
    tags_of,
)
from storage_plugin.dav.paths import Kind, Urls
from storage_plugin.dav.tokens import ctag_at, token_at
from storage_plugin.model.book import Card, Property, Viewer

DISPLAY_NAME = "Contacts"
DESCRIPTION = "Business contacts"
CARD_TYPE = "text/vcard;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Scene:
    """What property values are made of: who looks, at which URLs, and whether vCard 4.0 is advertised."""

    viewer: Viewer
    urls: Urls
    offers_v4: bool = False


Value: TypeAlias = Callable[[Scene], str]


def _d(name: str) -> str:
    return f"{{DAV:}}{name}"


def _cr(name: str) -> str:
    return f"{{{CARDDAV}}}{name}"


def _href(url: str) -> str:
    return f"<href>{url}</href>"


def _reports(*names: str) -> str:
    return "".join(f"<supported-report><report><{name}/></report></supported-report>" for name in names)


def _resource_id(scene: Scene, kind: str) -> str:
    name = f"contact-bridge:{scene.viewer.book_key}:{scene.viewer.user_id}:{kind}"
    return _href(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}")


def _address_data_types(scene: Scene) -> str:
    versions = ("3.0", "4.0") if scene.offers_v4 else ("3.0",)
    return "".join(f'<CR:address-data-type content-type="text/vcard" version="{version}"/>' for version in versions)


_PRINCIPAL_REPORTS = _reports("expand-property", "principal-search-property-set", "principal-property-search")
_BOOK_REPORTS = _reports("sync-collection", "CR:addressbook-multiget", "CR:addressbook-query")
_READ = "<privilege><read/></privilege><privilege><read-current-user-privilege-set/></privilege>"
_WRITE = "".join(
    f"<privilege><{name}/></privilege>"
    for name in ("all", "write", "write-properties", "write-content", "bind", "unbind")
)
"""A read-only user is told "write" as well: the edit is taken and reverted, so that the phone goes on syncing."""

_EVERYWHERE: dict[str, Value] = {
    _d("current-user-principal"): lambda scene: _href(scene.urls.home),
    _d("principal-collection-set"): lambda scene: _href(scene.urls.root),
}
_OWNED: dict[str, Value] = {_d("owner"): lambda scene: _href(scene.urls.home)}

ROOT: Mapping[str, Value] = {
    _d("resourcetype"): lambda _: "<collection/>",
    _d("owner"): lambda _: "",
    _d("current-user-privilege-set"): lambda _: _READ,
    _d("supported-report-set"): lambda _: _PRINCIPAL_REPORTS,
    _d("resource-id"): lambda scene: _resource_id(scene, "root"),
    **_EVERYWHERE,
}

HOME: Mapping[str, Value] = {
    _d("resourcetype"): lambda _: "<principal/><collection/>",
    _d("displayname"): lambda scene: escaped(scene.viewer.user),
    _d("principal-URL"): lambda scene: _href(scene.urls.home),
    _d("alternate-URI-set"): lambda _: "",
    _d("group-membership"): lambda _: "",
    _d("current-user-privilege-set"): lambda _: _READ + _WRITE,
    _d("supported-report-set"): lambda _: _PRINCIPAL_REPORTS,
    _d("resource-id"): lambda scene: _resource_id(scene, "home"),
    _cr("addressbook-home-set"): lambda scene: _href(scene.urls.home),
    **_EVERYWHERE,
    **_OWNED,
}

BOOK: Mapping[str, Value] = {
    _d("resourcetype"): lambda _: "<CR:addressbook/><collection/>",
    _d("displayname"): lambda _: DISPLAY_NAME,
    _d("getetag"): lambda scene: f'"{ctag_at(scene.viewer, scene.viewer.number)}"',
    _d("getcontenttype"): lambda _: "text/vcard",
    _d("sync-token"): lambda scene: token_at(scene.viewer, scene.viewer.number),
    _d("current-user-privilege-set"): lambda _: _READ + _WRITE,
    _d("supported-report-set"): lambda _: _PRINCIPAL_REPORTS + _BOOK_REPORTS,
    _d("resource-id"): lambda scene: _resource_id(scene, "book"),
    f"{{{CALENDARSERVER}}}getctag": lambda scene: f'"{ctag_at(scene.viewer, scene.viewer.number)}"',
    _cr("addressbook-description"): lambda _: DESCRIPTION,
    _cr("supported-address-data"): _address_data_types,
    _cr("supported-collation-set"): lambda _: "".join(
        f"<CR:supported-collation>{name}</CR:supported-collation>" for name in COLLATIONS
    ),
    _cr("max-resource-size"): lambda _: str(MAX_RESOURCE_SIZE),
    _cr("max-image-size"): lambda _: str(MAX_RESOURCE_SIZE),
    **_EVERYWHERE,
    **_OWNED,
}

CARD: Mapping[str, Value] = {
    _d("resourcetype"): lambda _: "",
    _d("getcontenttype"): lambda _: CARD_TYPE,
    _d("current-user-privilege-set"): lambda _: _READ + _WRITE,
    _d("supported-report-set"): lambda _: _PRINCIPAL_REPORTS,
    **_EVERYWHERE,
    **_OWNED,
}
"""What is the same for every card; ETag, dates and text are added by ``shape_of``."""

COLLECTIONS: Mapping[Kind, Mapping[str, Value]] = {Kind.ROOT: ROOT, Kind.HOME: HOME, Kind.BOOK: BOOK}
ETAG_NAME = _d("getetag")
LIVE = frozenset({ETAG_NAME, _d("getlastmodified"), _d("getcontentlength"), *ROOT, *HOME, *BOOK, *CARD})
SETTABLE = frozenset({_d("displayname"), _cr("addressbook-description")})
"""The live properties that a device may set."""

KEEPING: Mapping[Kind, str] = {Kind.HOME: "home", Kind.BOOK: "book"}
"""Where devices may set properties, and under which name what they set is kept."""


def of_collection(kind: Kind, wanted: Wanted, scene: Scene, kept: Mapping[str, Property]) -> str:
    """Write the propstats of root, home or book; ``kept`` is what devices set there."""
    table = COLLECTIONS[kind]
    names = tuple(dict.fromkeys((*table, *kept))) if wanted.props is None else wanted.props
    if not wanted.values:
        return propstats("".join(element(name, "") for name in names), "")
    found, missing = [], []
    for name in names:
        value = table.get(name)
        if name in kept:
            found.append(element(name, kept[name].value, kept[name].language))
        elif value is None:
            missing.append(element(name, ""))
        else:
            found.append(element(name, value(scene)))
    return propstats("".join(found), "".join(missing))


@lru_cache(256)
def shape_of(wanted: Wanted, scene: Scene, *, in_report: bool = False) -> Shape:
    """Put together how each card of a listing is written; CARDDAV:address-data exists in reports only."""
    head = f"<response><href>{scene.urls.book}"
    texts = _of_text(scene, wanted.address_data, in_report=in_report)
    names = (*CARD, ETAG_NAME) if wanted.props is None else wanted.props
    if not wanted.values:
        every = "".join(element(name, "") for name in (*CARD, ETAG_NAME, *texts) if name != ADDRESS_DATA)
        return Shape(head, "</href>", "", f"{propstats(every, '')}</response>")
    fixed = "".join(element(name, CARD[name](scene)) for name in names if name in CARD)
    missing = [name for name in names if name != ETAG_NAME and name not in CARD and name not in texts]
    slots = tuple((f"{tags_of(name)[0]}>", texts[name], tags_of(name)[1]) for name in names if name in texts)
    start, close = (ETAG, ETAG_END) if ETAG_NAME in names else ("", "")
    here = "\0" if close or slots else ""
    text = propstats(fixed + here, "".join(element(name, "") for name in missing))
    before, _, after = text.partition("\0")
    return Shape(head, f"</href>{before}{start}", close, f"{after}</response>", slots)


def _of_text(scene: Scene, data: AddressData | None, *, in_report: bool) -> dict[str, Callable[[Card], str]]:
    """Give the properties for which a card must be read."""
    v4 = scene.viewer.writes_v4
    found: dict[str, Callable[[Card], str]] = {
        _d("getcontentlength"): lambda card: str(len(card.text.encode())),
        _d("getlastmodified"): lambda card: http_date(card.modified_at),
    }
    if in_report:
        found[ADDRESS_DATA] = _address_data(data or AddressData(), v4)
    return found


def _address_data(data: AddressData, v4: bool) -> Callable[[Card], str]:
    if data.props is not None:
        return lambda card: escaped(text_of(card, data, writes_v4=v4))
    if data.version:
        return lambda card: escaped(in_version(card, data.version, writes_v4=v4))
    return plain_text
