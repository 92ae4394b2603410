"""Bytes → the text of a card: byte-order marks, folds inside a character, other character sets, control characters.

VC-52, VC-55, VC-56 and VC-57; RFC 6350 section 3.1 wants UTF-8, and most cards are: those pass untouched.
"""

from __future__ import annotations

import codecs
import re

from storage_plugin.vcard.lines import fold, parse
from storage_plugin.vcard.values import decode, is_charset

_UNSAFE_BYTES = bytes(code for code in range(32) if code not in b"\t\r\n")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_SPLIT_CHARACTER = re.compile(
    rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\r?\n[ \t](?=[\x80-\xbf])"
)
_LOGICAL = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*\n?")
_FOLD = re.compile(rb"\r?\n[ \t]")
_CHARSET_PARAM = re.compile(rb";CHARSET=\"?([A-Za-z0-9_.-]+)", re.I)


def decode_card(body: bytes, charset: str | None = None) -> tuple[str, bool]:
    """Give the text of ``body`` and whether it had to be repaired; never fails.

    UTF-8 wins where the bytes are UTF-8; else ``charset`` (Content-Type), else a CHARSET parameter, else
    Windows-1252 for those lines that are not UTF-8. UTF-16 is read only where it is declared.
    """
    marked = body.startswith(codecs.BOM_UTF8)
    if marked:
        body = body[len(codecs.BOM_UTF8) :]
    if charset and _is_wide(charset):
        return without_unsafe(body.decode(charset, "replace").removeprefix("\ufeff")), True
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return without_unsafe(_decode_damaged(body, charset)), True
    if len(body.translate(None, _UNSAFE_BYTES)) != len(body) or any(code in body for code in _NONCHARACTERS):
        return without_unsafe(text), True
    return text, marked


def without_unsafe(text: str) -> str:
    """Strip what XML 1.0 cannot carry: C0 controls except TAB, CR and LF, lone surrogates, U+FFFE and U+FFFF."""
    return _UNSAFE.sub("", text)


def _is_wide(charset: str) -> bool:
    return is_charset(charset) and codecs.lookup(charset).name.startswith(("utf-16", "utf-32"))


def _decode_damaged(body: bytes, charset: str | None) -> str:
    joined = b"".join(_joined(raw) for raw in _LOGICAL.findall(body))
    try:
        return joined.decode()
    except UnicodeDecodeError:
        pass
    declared = charset if charset and not _is_utf8(charset) else _declared_in(body)
    if declared:
        return _with_utf8_declared(decode(joined, declared))
    return "".join(decode(raw) for raw in _LOGICAL.findall(joined))


def _joined(raw: bytes) -> bytes:
    """Fold a logical line anew if a fold stands inside a character of it (VC-52)."""
    if not _SPLIT_CHARACTER.search(raw):
        return raw
    try:
        line = _FOLD.sub(b"", raw.rstrip(b"\r\n")).decode()
    except UnicodeDecodeError:
        return raw
    end = b"\r\n" if raw.endswith(b"\r\n") else b"\n" if raw.endswith(b"\n") else b""
    refolded = fold(line).encode().removesuffix(b"\r\n")
    return (refolded if end == b"\r\n" else refolded.replace(b"\r\n", b"\n")) + end


def _is_utf8(charset: str) -> bool:
    return is_charset(charset) and codecs.lookup(charset).name in ("utf-8", "ascii")


def _declared_in(body: bytes) -> str:
    names = (match.decode("ascii") for match in _CHARSET_PARAM.findall(body))
    return next((name for name in names if is_charset(name) and not _is_utf8(name) and not _is_wide(name)), "")


def _with_utf8_declared(text: str) -> str:
    """Correct the CHARSET parameters of what is UTF-8 from now on; quoted-printable lines keep theirs."""
    raws = []
    for line in parse(text).lines:
        raw = line.raw
        if ";CHARSET=" in line.head.upper() and not line.is_quoted_printable and not raw.isascii():
            raw = re.sub(r'(;CHARSET=)"?[A-Za-z0-9_.-]+"?', r"\1UTF-8", raw, count=1, flags=re.I)
        raws.append(raw)
    return "".join(raws)
