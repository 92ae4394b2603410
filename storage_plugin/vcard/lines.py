"""Content lines: the text of a card → Card → the same text, whatever it holds.

RFC 6350 section 3.2 and 3.3, RFC 2426, and what vCard 2.1 adds: soft line breaks of quoted-printable (VC-76) and
nested cards in AGENT (VC-90). The law: joining ``Line.raw`` of all lines gives the identical text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from storage_plugin.vcard.params import Param, format_params, parse_params
from storage_plugin.vcard.values import (
    decode_quoted,
    escape,
    escape_uri,
    split_list,
    split_structured,
    unescape,
)

__all__ = [
    "Card",
    "Line",
    "Param",
    "escape",
    "escape_uri",
    "fold",
    "make_line",
    "parse",
    "parse_once",
    "split_list",
    "split_structured",
    "unescape",
]

_LOGICAL = re.compile(r"[^\n]*(?:\n[ \t][^\n]*)*\n?")
_HEAD = re.compile(r'((?:[^":]|"[^"]*")*):')
_COLON = ord(":")


class Line:
    """One logical line; ``raw`` is its text with folds and line end, ``value`` is unfolded and still escaped.

    ``group`` is as the client wrote it, ``name`` in upper case; a line without a colon has the name ``""``.
    """

    __slots__ = ("_params", "group", "head", "name", "raw", "value")

    def __init__(self, raw: str, group: str, name: str, head: str, value: str) -> None:
        self.raw = raw
        self.group = group
        self.name = name
        self.head = head
        self.value = value
        self._params: tuple[Param, ...] | None = None

    def __repr__(self) -> str:
        return f"Line({self.raw!r})"

    @property
    def params(self) -> tuple[Param, ...]:
        """The parameters, read on first use."""
        if self._params is None:
            self._params = parse_params(self.head) if ";" in self.head else ()
        return self._params

    def param(self, name: str) -> str:
        """Give the first value of parameter ``name`` (upper case), or ``""``."""
        return next((values[0] for label, values in self.params if label == name and values), "")

    @property
    def types(self) -> tuple[str, ...]:
        """All TYPEs as written, in order."""
        return tuple(value for label, values in self.params if label == "TYPE" for value in values)

    @property
    def is_quoted_printable(self) -> bool:
        """Tell whether the value is quoted-printable (vCard 2.1)."""
        head = self.head
        if ";" not in head or "QUOTED-PRINTABLE" not in head.upper():
            return False
        return self.param("ENCODING").upper() == "QUOTED-PRINTABLE"

    @property
    def text(self) -> str:
        """The value as people read it: unescaped, lenient to raw commas and semicolons (VC-12)."""
        return self.read(self.value)

    @property
    def parts(self) -> list[str]:
        """The components of a structured value, each as people read it."""
        if "\\" not in self.value and not self.is_quoted_printable:
            return self.value.split(";")
        return [self.read(part) for part in split_structured(self.value)]

    def read(self, piece: str) -> str:
        """Read a piece of this line's value: decoded if quoted-printable, unescaped."""
        if ";" in self.head and self.is_quoted_printable:
            return decode_quoted(piece, self.param("CHARSET"))
        return unescape(piece) if "\\" in piece else piece

    @property
    def raw_value(self) -> str:
        """The value as folded by the client, without the final line end."""
        start = self._value_start()
        end = len(self.raw)
        if self.raw.endswith("\n"):
            end -= 2 if self.raw.endswith("\r\n") else 1
        return self.raw[start : max(start, end)]

    @property
    def raw_head(self) -> str:
        """The text up to and including the colon, as folded by the client."""
        return self.raw[: self._value_start()]

    @property
    def end(self) -> str:
        """The line end: CR LF, LF, or nothing at the very end of a text."""
        return "\r\n" if self.raw.endswith("\r\n") else "\n" if self.raw.endswith("\n") else ""

    def _value_start(self) -> int:
        """Find the first character after the colon in ``raw``, whose head may be folded."""
        if self.raw.startswith(self.head + ":"):
            return len(self.head) + 1
        at = seen = 0
        while seen <= len(self.head):
            folded = _FOLD.match(self.raw, at)
            if folded:
                at = folded.end()
            else:
                at, seen = at + 1, seen + 1
        return at


class Card:
    """The lines of one text, in order."""

    __slots__ = ("lines",)

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines

    @property
    def text(self) -> str:
        """The text, identical to what was parsed."""
        return "".join([line.raw for line in self.lines])

    def named(self, *names: str) -> list[Line]:
        """Give the lines that bear one of ``names`` (upper case)."""
        return [line for line in self.lines if line.name in names]

    def first(self, name: str) -> Line | None:
        """Give the first line named ``name``."""
        return next((line for line in self.lines if line.name == name), None)

    @property
    def version(self) -> str:
        """``"2.1"``, ``"3.0"`` or ``"4.0"``; ``""`` if the card names no version that we know."""
        line = self.first("VERSION")
        return {"2": "2.1", "3": "3.0", "4": "4.0"}.get(line.value.strip()[:1], "") if line else ""


_FOLD = re.compile(r"\r?\n[ \t]")
_SHARED = 8192
"""Characters of the longest text whose lines are kept for the next who reads it."""


def parse(text: str) -> Card:
    """Cut ``text`` into logical lines; never fails, and loses nothing."""
    lines: list[Line] = []
    begins = 0
    for raw in _LOGICAL.findall(text):
        if not raw:
            continue
        line = _line(raw)
        if line.name == "BEGIN":
            begins += 1
        lines.append(line)
    if "=\n" in text or "=\r\n" in text:
        lines = _with_soft_breaks(lines)
    if begins > 1:
        lines = _with_nested_cards(lines)
    return Card(lines)


def parse_once(text: str) -> Card:
    """Parse a text that is read several times in one request; its lines are shared, so take them as they are."""
    return Card(list(_lines_of(text))) if len(text) <= _SHARED else parse(text)


@lru_cache(32)
def _lines_of(text: str) -> tuple[Line, ...]:
    return tuple(parse(text).lines)


def make_line(group: str, name: str, params: Iterable[Param], value: str, version: str = "3.0") -> str:
    """Write one folded line with CR LF; ``value`` is already escaped, parameter values are not."""
    head = f"{group}.{name}" if group else name
    return fold(f"{head}{format_params(params, version)}:{value}")


def fold(line: str) -> str:
    """Fold ``line`` (without line end) at 75 octets with CR LF and end it (RFC 6350 3.2, VC-53).

    Never inside a character, and never so that a line begins with a colon, at which macOS stops (VC-16).
    """
    if len(line) <= 18 or (len(line) <= 75 and line.isascii()):
        return line + "\r\n"
    octets = line.encode("utf-8", "surrogatepass")
    pieces, start, room = [], 0, 75
    while len(octets) - start > room:
        cut = _cut(octets, start, start + room)
        pieces.append(octets[start:cut])
        start, room = cut, 74
    pieces.append(octets[start:])
    return b"\r\n ".join(pieces).decode("utf-8", "surrogatepass") + "\r\n"


def _cut(octets: bytes, start: int, end: int) -> int:
    cut = end
    while octets[cut] & 0xC0 == 0x80 or octets[cut] == _COLON:
        cut -= 1
        if cut <= start:
            return end
    return cut


def _line(raw: str) -> Line:
    logical = unfold(raw)
    head, colon, value = logical.partition(":")
    if not colon:
        return Line(raw, "", "", logical, "")
    if '"' in head and head.count('"') % 2 and (match := _HEAD.match(logical)):
        head, value = match[1], logical[match.end() :]
    semicolon = head.find(";")
    name = head if semicolon < 0 else head[:semicolon]
    group = ""
    if "." in name:
        group, _, name = name.partition(".")
    return Line(raw, group.strip(), name.strip().upper(), head, value)


def unfold(raw: str) -> str:
    """Give the logical line of ``raw``, without line end."""
    logical = raw.rstrip("\r\n")
    if "\n" not in logical:
        return logical
    logical = logical.replace("\r\n ", "").replace("\r\n\t", "")
    return logical.replace("\n ", "").replace("\n\t", "") if "\n" in logical else logical


def _with_soft_breaks(lines: list[Line]) -> list[Line]:
    """Join the lines that quoted-printable broke with a trailing ``=``."""
    joined: list[Line] = []
    waiting = False
    for line in lines:
        if waiting:
            last = joined[-1]
            tail = unfold(line.raw)
            last.raw, last.value = last.raw + line.raw, last.value[:-1] + tail
        else:
            joined.append(line)
        last = joined[-1]
        waiting = last.value.endswith("=") and last.is_quoted_printable
    return joined


def _with_nested_cards(lines: list[Line]) -> list[Line]:
    """Give an AGENT line the whole card that follows it."""
    nested: list[Line] = []
    depth = 0
    for line in lines:
        is_begin = line.name == "BEGIN" and line.value.strip().upper() == "VCARD"
        if depth or (is_begin and nested and nested[-1].name == "AGENT" and not nested[-1].value.strip()):
            agent = nested[-1]
            agent.raw, agent.value = agent.raw + line.raw, agent.value + line.raw
            depth += is_begin - (line.name == "END" and line.value.strip().upper() == "VCARD")
        else:
            nested.append(line)
    return nested
