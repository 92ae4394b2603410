"""OData's query options, as far as contacts need them: ``$select``, ``$expand``, ``$filter``, ``$top``, ``$skip``.

``$filter`` knows ``field eq 'text'``, ``emailAddresses/any(a: a/address eq '…')`` and the search for an extended
property, ``singleValueExtendedProperties/Any(ep: ep/id eq '…' and ep/value eq '…')``, joined by ``and``, ``or`` and
brackets; anything else is refused with 400, as is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bridge.simulators.graph.items import Item
from bridge.simulators.graph.messages import GraphError, Json, Request, bad_request
from bridge.simulators.graph.properties import EMAILS, TEXTS, property_name

Test = Callable[[Item], bool]

_TEXT = r"'((?:[^']|'')*)'"
_EXTENDED = re.compile(
    rf"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id eq {_TEXT} and \1/value eq {_TEXT}\s*\)", re.IGNORECASE
)
_EMAIL = re.compile(rf"emailAddresses/any\(\s*(\w+)\s*:\s*\1/address eq {_TEXT}\s*\)", re.IGNORECASE)
_FIELD = re.compile(rf"(\w+) eq {_TEXT}")
_EXPAND = re.compile(r"singleValueExtendedProperties\s*\(\s*\$?filter=(.+)\)", re.IGNORECASE)
_WANTED = re.compile(rf"\s*id eq {_TEXT}\s*", re.IGNORECASE)


def expanded(request: Request) -> list[str]:
    """Give the names of the extended properties that ``$expand`` asks for."""
    text = request.query.get("$expand")
    if text is None:
        return []
    found = _EXPAND.fullmatch(text.strip())
    if found is None:
        raise _mistake(f"Parsing OData Select and Expand failed: '{text}'")
    names = []
    for part in re.split(r"\bor\b(?=(?:[^']*'[^']*')*[^']*$)", found[1]):
        wanted = _WANTED.fullmatch(part)
        if wanted is None:
            raise _mistake(f"Parsing OData Select and Expand failed: '{part}'")
        names.append(property_name(wanted[1].replace("''", "'")))
    return names


def selected(request: Request, contact: Json) -> Json:
    """Keep what ``$select`` names; id and the version always stay."""
    text = request.query.get("$select")
    if text is None:
        return contact
    names = {name.strip().lower() for name in text.split(",")}
    unknown = names - {name.lower() for name in contact} - {"singlevalueextendedproperties", "extensions"}
    if unknown:
        raise _mistake(
            f"Could not find a property named '{min(unknown)}' on type 'microsoft.graph.contact'.",
            "RequestBroker--ParseUri",
        )
    always = {"id", "@odata.etag", "@odata.context"}
    return {name: value for name, value in contact.items() if name.lower() in names or name in always}


def number(request: Request, option: str, default: int, least: int = 0, most: int | None = None) -> int:
    """Read ``$top`` or ``$skip``; 400 for what is no number of the range."""
    text = request.query.get(option)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least or (most is not None and int(text) > most):
        raise _mistake(f"Invalid value '{text}' for {option} query option found.")
    return int(text)


def filtering(request: Request) -> Test:
    """Read ``$filter`` into a test; without it everything passes."""
    text = request.query.get("$filter")
    if text is None:
        return lambda item: True
    test, rest = _either(text.strip())
    if rest:
        raise _mistake(f"Invalid filter clause: '{rest}'")
    return test


def _either(text: str) -> tuple[Test, str]:
    test, rest = _both(text)
    while (after := re.match(r"\s+or\s+", rest)) is not None:
        first, (second, rest) = test, _both(rest[after.end() :])
        test = _or(first, second)
    return test, rest


def _both(text: str) -> tuple[Test, str]:
    test, rest = _one(text)
    while (after := re.match(r"\s+and\s+", rest)) is not None:
        first, (second, rest) = test, _one(rest[after.end() :])
        test = _and(first, second)
    return test, rest


def _one(text: str) -> tuple[Test, str]:
    if text.startswith("("):
        test, rest = _either(text[1:].lstrip())
        if not rest.lstrip().startswith(")"):
            raise _mistake("Invalid filter clause: a bracket is not closed")
        return test, rest.lstrip()[1:]
    for pattern, build in ((_EXTENDED, _has_property), (_EMAIL, _has_email), (_FIELD, _has_text)):
        if (found := pattern.match(text)) is not None:
            return build(found), text[found.end() :]
    raise _mistake(f"Invalid filter clause: '{text}'")


def _has_property(found: re.Match[str]) -> Test:
    """Search an extended property: the case of its Name tells, that of the value does not."""
    name, value = property_name(found[2].replace("''", "'")), _value(found[3])
    return lambda item: str(item.properties.get(name, "\0")).lower() == value


def _has_email(found: re.Match[str]) -> Test:
    value = _value(found[2])
    return lambda item: any(str(item.properties.get(address, "\0")).lower() == value for _, address in EMAILS)


def _has_text(found: re.Match[str]) -> Test:
    if found[1] not in TEXTS:
        raise _mistake(f"Could not find a property named '{found[1]}' on type 'microsoft.graph.contact'.")
    name, value = TEXTS[found[1]], _value(found[2])
    return lambda item: str(item.properties.get(name, "\0")).lower() == value


def _value(text: str) -> str:
    return text.replace("''", "'").lower()


def _and(first: Test, second: Test) -> Test:
    return lambda item: first(item) and second(item)


def _or(first: Test, second: Test) -> Test:
    return lambda item: first(item) or second(item)


def _mistake(message: str, code: str = "BadRequest") -> GraphError:
    return bad_request(code, message)
