"""Parameters of a content line: reading them leniently, writing them as each vCard version wants them.

RFC 6350 section 5; RFC 6868 for ``^n ^' ^^``; the bare types and encodings of vCard 2.1 (``TEL;HOME;VOICE:``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Param: TypeAlias = tuple[str, tuple[str, ...]]
"""Name in upper case, values decoded."""

_PARAM = re.compile(r';([^=;]*)(?:=((?:"[^"]*"|[^;])*))?')
_LIST = re.compile(r'(?:^|,)((?:"[^"]*"|[^,])*)')
_CARET = re.compile(r"\^([n'^])")
_ENCODINGS = frozenset({"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B"})
_VALUES = frozenset({"INLINE", "URL", "CONTENT-ID", "CID"})


def parse_params(head: str) -> tuple[Param, ...]:
    """Read the parameters of ``head`` (an unfolded line up to its colon), in order, duplicates included.

    A bare word becomes TYPE, ENCODING or VALUE. TYPE is always split at commas, quoted or not (VC-07).
    """
    found: list[Param] = []
    for name, text in _PARAM.findall(head[head.find(";") :]):
        label = name.strip().upper()
        if text or "=" in name:
            found.append((label, _values(label, text)))
        elif label:
            found.append(_bare(name.strip(), label))
    return tuple(found)


def format_params(params: Iterable[Param], version: str = "3.0") -> str:
    """Write ``params`` as ``;NAME=value…``; a list of TYPEs is quoted in 4.0 only (VC-07)."""
    return "".join(f";{name}={_joined(name, values, version)}" for name, values in params)


def _joined(name: str, values: tuple[str, ...], version: str) -> str:
    if name == "TYPE" and version == "4.0" and len(values) > 1:
        return '"' + ",".join(map(_encoded, values)) + '"'
    return ",".join(map(_quoted, values))


def _quoted(value: str) -> str:
    coded = _encoded(value)
    return f'"{coded}"' if any(sign in coded for sign in ',;:"') or value != value.strip() else coded


def _encoded(value: str) -> str:
    return value.replace("^", "^^").replace('"', "^'").replace("\r\n", "\n").replace("\r", "\n").replace("\n", "^n")


def _decoded(value: str) -> str:
    return _CARET.sub(lambda m: {"n": "\n", "'": '"', "^": "^"}[m[1]], value) if "^" in value else value


def _values(name: str, text: str) -> tuple[str, ...]:
    if name == "TYPE" and text.isalnum():
        return (text,)
    if name == "TYPE":
        return tuple(_decoded(value.strip()) for value in text.replace('"', "").split(",") if value.strip())
    if '"' not in text:
        return tuple(map(_decoded, text.split(",")))
    return tuple(_decoded(value.replace('"', "")) for value in _LIST.findall(text))


def _bare(word: str, label: str) -> Param:
    if label in _ENCODINGS:
        return ("ENCODING", (word,))
    if label in _VALUES:
        return ("VALUE", (word,))
    return ("TYPE", (word,))
