"""Big binary values apart from the text: a stored card names its photo by hash, the bytes are kept once.

The placeholder is ``US sha256hex US`` (US = U+001F, which no card can hold: intake strips control characters). The
law: ``put_back(*take_out(text)) == text``. The hash is that of the raw text of the value, folds included, so that
the text comes back to the byte; ``Contact.photo`` is the same hash, and so the same for slim and for full texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256

from storage_plugin.vcard.lines import Card, Line, parse

LIMIT = 1024
"""Logical lines of more characters than this are taken out."""

MARK = "\x1f"
_REFERENCE = re.compile("\x1f([0-9a-f]{64})\x1f")
_NAMES = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_ENCODED = frozenset({"B", "BASE64"})
_URI = re.compile(r"\s*(?!data\\?:)[a-z][a-z0-9+.-]*\\?:", re.I)
_BYTES = re.compile(r"\s*data\\?:|\x1f", re.I)


def take_out(text: str, card: Card | None = None) -> tuple[str, dict[str, str]]:
    """Give ``text`` with its big binary values replaced by placeholders, and those values by hash."""
    if len(text) <= LIMIT:
        return text, {}
    values: dict[str, str] = {}
    raws = []
    for line in (card or parse(text)).lines:
        raw = line.raw
        if len(raw) > LIMIT and is_binary(line) and MARK not in raw:
            value = line.raw_value
            key = hash_of(value)
            values[key] = value
            raw = f"{line.raw_head}{MARK}{key}{MARK}{line.end}"
        raws.append(raw)
    return ("".join(raws), values) if values else (text, {})


def put_back(text: str, values: Mapping[str, str]) -> str:
    """Undo ``take_out``. Raises KeyError where a value is missing: half a card must not be served."""
    return _REFERENCE.sub(lambda match: values[match[1]], text) if MARK in text else text


def refers_to(text: str) -> list[str]:
    """Name the hashes of the values that were taken out of ``text``, each once, in order."""
    return list(dict.fromkeys(_REFERENCE.findall(text))) if MARK in text else []


def is_binary(line: Line) -> bool:
    """Tell whether ``line`` holds bytes (or a placeholder for them) rather than text or a URI (VC-21, VC-22)."""
    if line.name in _NAMES:
        return bool(line.value.strip(" \t\r\n")) and not is_uri(line)
    if _BYTES.match(line.value):
        return True
    return ";" in line.head and line.param("ENCODING").upper() in _ENCODED


def is_uri(line: Line) -> bool:
    """Tell whether the value is a URI other than ``data:``; base64 has no colon."""
    return _URI.match(line.value) is not None


def identity(line: Line) -> str:
    """Give what stands for a photo in a Contact: the hash of its raw value, or its URI, or ``""``."""
    if is_uri(line):
        return line.text.strip()
    value = line.raw_value
    if not value.strip(" \t\r\n"):
        return ""
    match = _REFERENCE.fullmatch(value)
    return match[1] if match else hash_of(value)


def hash_of(raw_value: str) -> str:
    """Give the SHA-256 (hex) of a raw value."""
    return sha256(raw_value.encode("utf-8", "surrogatepass")).hexdigest()
