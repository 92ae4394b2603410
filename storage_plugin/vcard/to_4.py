"""Units of vCard 3.0 as vCard 4.0 says them (RFC 6350)."""

from __future__ import annotations

from collections.abc import Callable

from storage_plugin.vcard.binaries import is_binary, is_uri
from storage_plugin.vcard.dates import date_line, read_date
from storage_plugin.vcard.draft import LABEL, without
from storage_plugin.vcard.kinds import built_in_label
from storage_plugin.vcard.lines import Line, Param
from storage_plugin.vcard.params import format_params
from storage_plugin.vcard.photo import data_uri_parts, media_type_of
from storage_plugin.vcard.to_3 import BINARY, ROLES
from storage_plugin.vcard.traits import ANNIVERSARY_NAMES
from storage_plugin.vcard.units import Unit
from storage_plugin.vcard.uris import plainly

_KEY_TYPES = {"PGP": "application/pgp-keys", "X509": "application/pkix-cert"}


def from_3(unit: Unit, _fresh_group: Callable[[], str]) -> list[str] | None:
    """Say a unit of 3.0 in 4.0: unfolded lines, or None for what stays as it is."""
    line = unit.line
    label = _built_in(unit)
    match line.name:
        case "":
            return None
        case "X-ADDRESSBOOKSERVER-KIND":
            return [f"KIND:{line.value}"]
        case "X-ADDRESSBOOKSERVER-MEMBER":
            return [f"MEMBER:{plainly(line)}"]
        case "X-ABSHOWAS" if line.value.strip().upper() == "COMPANY":
            return ["KIND:org"]
        case "BDAY" if iso := read_date(line):
            return _rewritten(line, *date_line(iso, line.params, "4.0"))
        case "X-ABDATE" if label == "anniversary":
            return _anniversary(line)
        case name if name in ANNIVERSARY_NAMES:
            return _anniversary(line)
        case "X-ABRELATEDNAMES" if label in ROLES:
            return [f"RELATED;TYPE={label};VALUE=text:{line.value}"]
        case "TZ" if line.param("VALUE").upper() == "TEXT":
            return _rewritten(line, without(_modern(line.params), "VALUE"), line.value)
        case name if name in BINARY:
            return _binary(line)
        case _:
            return _rewritten(line, _modern(line.params), plainly(line))


def _built_in(unit: Unit) -> str:
    label = next((each.text for each in unit.remarks if each.name == LABEL), "")
    return (built_in_label(label) or "").lower()


def _modern(params: tuple[Param, ...]) -> list[Param]:
    """Give parameters of 3.0 as 4.0 knows them: PREF=1 for TYPE=pref."""
    types = tuple(value for name, values in params if name == "TYPE" for value in values)
    others = tuple(value for value in types if value.lower() != "pref")
    if len(others) == len(types):
        return list(params)
    found: list[Param] = [("TYPE", others)] if others else []
    found += without(params, "TYPE", "PREF")
    return [*found, ("PREF", ("1",))]


def _rewritten(line: Line, params: list[Param], value: str) -> list[str] | None:
    if value == line.value and tuple(params) == line.params:
        return None
    return [f"{line.head.partition(';')[0]}{format_params(params, '4.0')}:{value}"]


def _anniversary(line: Line) -> list[str] | None:
    iso = read_date(line)
    if not iso:
        return None
    return [f"ANNIVERSARY:{date_line(iso, (), '4.0')[1]}"]


def _binary(line: Line) -> list[str] | None:
    """Give bytes as a ``data:`` URI (VC-20), and a URI without VALUE, which 4.0 takes for granted."""
    params = _modern(line.params)
    if is_uri(line):
        media = media_type_of(line) if line.types else ""
        kept = without(params, "VALUE", "TYPE", "MEDIATYPE")
        return _rewritten(line, [("MEDIATYPE", (media,)), *kept] if media else kept, plainly(line))
    if not is_binary(line) or not any(name == "ENCODING" for name, _ in params) or data_uri_parts(line.value):
        return _rewritten(line, params, plainly(line))
    word = next((value for value in line.types if value.lower() != "pref"), "")
    media = media_type_of(line)
    if line.name == "KEY":
        media = _KEY_TYPES.get(word.upper(), word if "/" in word else "application/octet-stream")
    elif line.name == "SOUND":
        media = word.lower() if "/" in word else f"audio/{word.lower()}" if word else ""
    kept = without(params, "ENCODING", "TYPE", "VALUE")
    packed = "".join(line.value.split())
    return [f"{line.head.partition(';')[0]}{format_params(kept, '4.0')}:data:{media};base64,{packed}"]
