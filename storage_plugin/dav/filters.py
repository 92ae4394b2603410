"""CARDDAV:filter, read from XML into frozen values (RFC 6352 10.5); ``match`` applies them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from storage_plugin.dav.errors import SUPPORTED_COLLATION, SUPPORTED_FILTER
from storage_plugin.dav.http import CARDDAV, HttpError

COLLATIONS = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
MATCH_TYPES = ("equals", "contains", "starts-with", "ends-with")

_CR = f"{{{CARDDAV}}}"
_MAX_CONDITIONS = 100


@dataclass(frozen=True, slots=True)
class TextMatch:
    """RFC 6352 10.5.4."""

    text: str
    collation: str = "i;unicode-casemap"
    match_type: str = "contains"
    negate: bool = False


@dataclass(frozen=True, slots=True)
class ParamFilter:
    """RFC 6352 10.5.2; without ``text`` the parameter need only be there."""

    name: str
    is_not_defined: bool = False
    text: TextMatch | None = None


@dataclass(frozen=True, slots=True)
class PropFilter:
    """RFC 6352 10.5.1; ``name`` may be ``group.NAME``. ``every`` is test="allof"."""

    name: str
    is_not_defined: bool = False
    texts: tuple[TextMatch, ...] = ()
    params: tuple[ParamFilter, ...] = ()
    every: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """RFC 6352 10.5; no conditions let every card through."""

    props: tuple[PropFilter, ...] = ()
    every: bool = False


def read_filter(element: Element | None) -> Filter:
    """Read a CARDDAV:filter; raise HttpError 400, or 403 for what this server cannot compare."""
    if element is None:
        return Filter()
    if sum(1 for _ in element.iter()) > _MAX_CONDITIONS:
        raise HttpError(403, f"A filter may have {_MAX_CONDITIONS} conditions at most.", condition=SUPPORTED_FILTER)
    return Filter(tuple(_prop_filter(child) for child in _children(element, "prop-filter")), _is_allof(element))


def _prop_filter(element: Element) -> PropFilter:
    children = list(_children(element, "is-not-defined", "text-match", "param-filter"))
    return PropFilter(
        _name(element),
        any(child.tag == f"{_CR}is-not-defined" for child in children),
        tuple(_text_match(child) for child in children if child.tag == f"{_CR}text-match"),
        tuple(_param_filter(child) for child in children if child.tag == f"{_CR}param-filter"),
        _is_allof(element),
    )


def _param_filter(element: Element) -> ParamFilter:
    children = list(_children(element, "is-not-defined", "text-match"))
    texts = [_text_match(child) for child in children if child.tag == f"{_CR}text-match"]
    is_not_defined = any(child.tag == f"{_CR}is-not-defined" for child in children)
    return ParamFilter(_name(element).upper(), is_not_defined, texts[0] if texts else None)


def _text_match(element: Element) -> TextMatch:
    collation = element.get("collation", "i;unicode-casemap")
    if collation == "default":
        collation = "i;unicode-casemap"
    if collation not in COLLATIONS:
        raise HttpError(403, "This collation is not known here.", condition=SUPPORTED_COLLATION)
    match_type = element.get("match-type", "contains")
    negate = element.get("negate-condition", "no")
    if match_type not in MATCH_TYPES or negate not in ("yes", "no"):
        raise HttpError(400, "A text-match has an attribute that RFC 6352 does not know.")
    return TextMatch("".join(element.itertext()), collation, match_type, negate == "yes")


def _children(element: Element, *names: str) -> Iterator[Element]:
    """Give the children, of which each must be one of ``names``."""
    for child in element:
        if child.tag not in [_CR + name for name in names]:
            raise HttpError(400, "A filter holds an element that RFC 6352 does not know there.")
        yield child


def _name(element: Element) -> str:
    name = element.get("name", "").strip()
    if not name:
        raise HttpError(400, "A filter names no property.")
    return name


def _is_allof(element: Element) -> bool:
    test = element.get("test", "anyof")
    if test not in ("anyof", "allof"):
        raise HttpError(400, "A filter has a test that is neither anyof nor allof.")
    return test == "allof"
