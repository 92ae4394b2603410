"""CARDDAV:address-data in requests: which version and which properties of a card are wanted (RFC 6352 10.4)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from storage_plugin.dav.errors import SUPPORTED_ADDRESS_DATA
from storage_plugin.dav.http import CARDDAV, HttpError
from storage_plugin.model.book import Card
from storage_plugin.vcard.lines import Line, parse
from storage_plugin.vcard.versions import as_version

VERSIONS = ("3.0", "4.0")
_FRAME = frozenset({"BEGIN", "VERSION", "END"})
_MAX_PROPS = 200


@dataclass(frozen=True, slots=True)
class AddressData:
    """``version`` ``""``: as this device gets it by default; ``props`` None: the whole card, else (name, novalue)."""

    version: str = ""
    props: tuple[tuple[str, bool], ...] | None = None


def read_address_data(element: Element) -> AddressData:
    """Read the element of a report; raise HttpError 403 for a type or version that we cannot give."""
    kind = element.get("content-type", "text/vcard").partition(";")[0].strip().lower()
    version = element.get("version", "").strip()
    if kind not in ("text/vcard", "text/x-vcard") or version not in ("", *VERSIONS):
        raise HttpError(403, "Cards are text/vcard 3.0 or 4.0.", condition=SUPPORTED_ADDRESS_DATA)
    props = element.findall(f"{{{CARDDAV}}}prop")
    if not props or len(props) > _MAX_PROPS:
        return AddressData(version)
    asked = ((prop.get("name", "").strip().upper(), prop.get("novalue", "no") == "yes") for prop in props)
    return AddressData(version, tuple(asked))


def text_of(card: Card, data: AddressData, *, writes_v4: bool) -> str:
    """Give the text of ``card`` as ``data`` asks for it."""
    text = in_version(card, data.version, writes_v4=writes_v4)
    return text if data.props is None else only(text, data.props)


def in_version(card: Card, version: str, *, writes_v4: bool) -> str:
    """Give the whole card in ``version``, or as this device gets it by default if that is ``""``."""
    if not version:
        return card.text
    if version == card.vcard_version:
        return card.stored
    if version == "3.0" and not writes_v4:
        return card.text
    return as_version(card.stored, version)


def only(text: str, props: tuple[tuple[str, bool], ...]) -> str:
    """Keep the lines of ``props``, always with the frame of the card; ``novalue`` cuts a line behind its colon."""
    kept = []
    for line in parse(text).lines:
        asked = [novalue for name, novalue in props if _is_named(line, name)]
        if line.name in _FRAME or (asked and not all(asked)):
            kept.append(line.raw)
        elif asked:
            kept.append(line.raw_head + line.end)
    return "".join(kept)


def _is_named(line: Line, name: str) -> bool:
    group, dot, bare = name.rpartition(".")
    return line.name == bare and (not dot or line.group.upper() == group)
