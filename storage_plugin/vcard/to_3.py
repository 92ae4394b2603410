"""Units of vCard 4.0 and 2.1 as vCard 3.0 says them, and as iOS reads them.

Each function gives unfolded lines, an empty list for what 3.0 cannot say, or None for what stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from storage_plugin.vcard.binaries import is_uri
from storage_plugin.vcard.dates import date_line, read_date
from storage_plugin.vcard.draft import without
from storage_plugin.vcard.entries import number_of_uri
from storage_plugin.vcard.lines import Line, Param, escape, split_structured
from storage_plugin.vcard.params import format_params
from storage_plugin.vcard.photo import data_uri_parts
from storage_plugin.vcard.units import Unit
from storage_plugin.vcard.uris import plainly

BINARY = ("PHOTO", "LOGO", "SOUND", "KEY")
ROLES = frozenset(
    {
        "spouse",
        "child",
        "parent",
        "mother",
        "father",
        "brother",
        "sister",
        "friend",
        "partner",
        "assistant",
        "manager",
    }
)
"""Relations for which Apple has a built-in label."""

_TEXTS = frozenset({"FN", "NOTE", "TITLE", "ROLE", "LABEL", "TEL", "EMAIL", "MAILER", "SORT-STRING", "UID"})
_STRUCTURES = frozenset({"N", "ADR", "ORG"})
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.I)
_OFFSET = re.compile(r"[+-]\d\d:?(\d\d)?|Z?", re.I)


def from_4(unit: Unit, fresh_group: Callable[[], str]) -> list[str] | None:
    """Say a unit of 4.0 in 3.0."""
    line = unit.line
    match line.name:
        case "":
            return None
        case "KIND":
            return _kind(line)
        case "MEMBER":
            return [f"X-ADDRESSBOOKSERVER-MEMBER:{plainly(line)}"]
        case "BDAY":
            return _birthday(line)
        case "ANNIVERSARY":
            return _anniversary(line, fresh_group)
        case "RELATED":
            return _relation(line, fresh_group)
        case "TEL" if line.text.strip()[:4].lower() == "tel:":
            return _rewritten(line, plain(without(line.params, "VALUE")), escape(number_of_uri(line.text.strip())))
        case "TZ":
            return _time_zone(line)
        case name if name in BINARY:
            return _binary(line)
        case _:
            return _rewritten(line, plain(line.params), plainly(line))


def from_2(unit: Unit, _fresh_group: Callable[[], str]) -> list[str] | None:
    """Say a unit of 2.1 in 3.0: quoted-printable decoded (VC-76), types named, BASE64 as b, AGENT in one line."""
    line = unit.line
    if not line.name:
        return [] if not line.raw.strip() else None
    if line.name == "AGENT" and "\n" in line.value:
        return _rewritten(line, list(line.params), escape(line.value.strip()))
    params: list[Param] = []
    for name, values in without(line.params, "CHARSET"):
        if name == "ENCODING" and values[0].upper() in ("BASE64", "B"):
            params.append(("ENCODING", ("b",)))
        elif name == "VALUE" and values[0].upper() == "URL":
            params.append(("VALUE", ("uri",)))
        elif name != "ENCODING" and (name, values[0].upper()) != ("VALUE", "INLINE"):
            params.append((name, values))
    if line.name in _STRUCTURES:
        value = ";".join(escape(line.read(part)) for part in split_structured(line.value))
    elif line.name in _TEXTS or line.is_quoted_printable:
        value = escape(line.text)
    else:
        value = line.value
    return _rewritten(line, params, value)


def plain(params: list[Param] | tuple[Param, ...]) -> list[Param]:
    """Give parameters of 4.0 as 3.0 knows them: TYPE=pref, types in one unquoted list, no caret codes (VC-07)."""
    types = tuple(value for name, values in params if name == "TYPE" for value in values)
    if any(name == "PREF" and values[0] == "1" for name, values in params) and "pref" not in map(str.lower, types):
        types = (*types, "PREF")
    others = [(name, values) for name, values in params if name not in ("TYPE", "PREF", "PID")]
    plain_others = [(name, tuple(map(_without_codes, values))) for name, values in others]
    return [("TYPE", types), *plain_others] if types else plain_others


def _without_codes(value: str) -> str:
    return value.replace('"', "'").replace("\n", " ")


def _rewritten(line: Line, params: list[Param], value: str) -> list[str] | None:
    """Give the line anew; None if nothing but bytes would change."""
    is_quoted = '"' in line.head and any(name == "TYPE" for name, _ in params)
    is_bare = any(not part.partition("=")[1] for part in line.head.split(";")[1:])
    if value == line.value and _flat(params) == _flat(line.params) and not is_quoted and not is_bare:
        return None
    return [f"{line.head.partition(';')[0]}{format_params(params)}:{value}"]


def _flat(params: list[Param] | tuple[Param, ...]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, values in params for value in values)


def _kind(line: Line) -> list[str] | None:
    match line.value.strip().lower():
        case "group":
            return ["X-ADDRESSBOOKSERVER-KIND:group"]
        case "org":
            return ["X-ABShowAs:COMPANY"]
        case "individual":
            return []
        case _:
            return None


def _birthday(line: Line) -> list[str] | None:
    iso = read_date(line)
    if not iso:
        return None if line.param("VALUE").upper() == "TEXT" else []
    return _rewritten(line, *date_line(iso, line.params, "3.0"))


def _anniversary(line: Line, fresh_group: Callable[[], str]) -> list[str]:
    iso = read_date(line)
    if not iso:
        return []
    params, value = date_line(iso, (), "3.0")
    group = fresh_group()
    return [f"{group}.X-ABDATE{format_params(params)}:{value}", f"{group}.X-ABLabel:_$!<Anniversary>!$_"]


def _time_zone(line: Line) -> list[str] | None:
    """Name the type of a zone given by name: 3.0 takes an offset for granted (RFC 2426 3.4.1).

    Thunderbird 153 reads seven characters of a name without it, and sends those back.
    """
    params = plain(line.params)
    if not line.param("VALUE") and not _OFFSET.fullmatch(line.value.strip()):
        params.insert(0, ("VALUE", ("text",)))
    return _rewritten(line, params, line.value)


def _relation(line: Line, fresh_group: Callable[[], str]) -> list[str] | None:
    role = next((value.lower() for value in line.types if value.lower() in ROLES), "")
    is_name = line.param("VALUE").upper() == "TEXT" or not _SCHEME.fullmatch(line.text.strip())
    if not role or not is_name or line.group:
        return _rewritten(line, plain(line.params), plainly(line))
    group = fresh_group()
    return [f"{group}.X-ABRELATEDNAMES:{line.value}", f"{group}.X-ABLabel:_$!<{role.capitalize()}>!$_"]


def _binary(line: Line) -> list[str] | None:
    params = plain(without(line.params, "MEDIATYPE"))
    parts = data_uri_parts(line.value)
    if parts and parts[1]:
        word = parts[0].removeprefix("image/") if line.name in ("PHOTO", "LOGO") else parts[0]
        kept = without(params, "TYPE", "VALUE", "ENCODING")
        types: list[Param] = [("TYPE", (word.upper() if "/" not in word else word,))] if word else []
        return [f"{line.head.partition(';')[0]}{format_params([('ENCODING', ('b',)), *types, *kept])}:{parts[2]}"]
    if is_uri(line) and not line.param("VALUE"):
        params.insert(0, ("VALUE", ("uri",)))
        media = line.param("MEDIATYPE").removeprefix("image/")
        if media and not any(name == "TYPE" for name, _ in params):
            params.append(("TYPE", (media.upper() if "/" not in media else media,)))
    return _rewritten(line, params, plainly(line))
