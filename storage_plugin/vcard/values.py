"""Values of a content line: escaping, lists and structures (RFC 6350 section 3.4), quoted-printable (vCard 2.1)."""

from __future__ import annotations

import binascii
import codecs
import re

_ESCAPED = re.compile(r"\\([nN,;:\\])")
_ESCAPED_QP = re.compile(r"\\([,;\\])")
_NEWLINE = re.compile(r"\r\n?|\n")
_CHARSET = re.compile(r"(utf|iso|latin|cp|windows|koi8|mac|shift|euc|gb|big5|hz|johab|tis|ascii|us-ascii)", re.I)


def escape(text: str) -> str:
    r"""Write ``text`` as one text value: ``\\ \, \; \n``; semicolons always (VC-16)."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return _NEWLINE.sub(r"\\n", text.replace(",", "\\,").replace(";", "\\;"))


def escape_uri(text: str) -> str:
    """Write ``text`` as a URI value: commas and semicolons stay as they are (VC-13)."""
    return _NEWLINE.sub(r"\\n", text.replace("\\", "\\\\"))


def unescape(value: str) -> str:
    r"""Read one text value: ``\n \N \, \; \\`` and Apple's ``\:`` (VC-15); any other backslash stays."""
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)


def split_structured(value: str) -> list[str]:
    """Split at each ``;`` that is not escaped; the pieces stay escaped."""
    return _split(value, ";")


def split_list(value: str) -> list[str]:
    """Split at each ``,`` that is not escaped; the pieces stay escaped."""
    return _split(value, ",")


def decode_quoted(value: str, charset: str = "") -> str:
    """Read a quoted-printable value (VC-76) in ``charset``, else UTF-8, else Windows-1252.

    Newlines are real ones there, so that only ``\\; \\, \\\\`` are unescaped.
    """
    data = binascii.a2b_qp(value.encode("utf-8", "replace"))
    return _ESCAPED_QP.sub(r"\1", _NEWLINE.sub("\n", decode(data, charset)))


def decode(data: bytes, charset: str | None = None) -> str:
    """Decode ``data``: UTF-8 if it is that, else the declared ``charset``, else Windows-1252; never fails (VC-56)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if charset and is_charset(charset):
        try:
            return data.decode(charset)
        except (UnicodeError, ValueError):
            pass
    return data.decode("latin-1").translate(_CP1252)


def is_charset(name: str) -> bool:
    """Tell whether ``name`` is a character set that a card may declare."""
    try:
        return "\0" not in name and _CHARSET.match(codecs.lookup(name).name) is not None
    except (LookupError, UnicodeError):
        return False


def _split(value: str, sign: str) -> list[str]:
    if "\\" not in value:
        return value.split(sign)
    pieces, start, at = [], 0, 0
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] == sign:
            pieces.append(value[start:at])
            start = at + 1
        at += 1
    return [*pieces, value[start:]]


def _cp1252() -> dict[int, str]:
    table = {}
    for code in range(0x80, 0xA0):
        try:
            table[code] = bytes([code]).decode("cp1252")
        except UnicodeDecodeError:
            continue
    return table


_CP1252 = _cp1252()
