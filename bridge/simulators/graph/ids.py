"""The ids and change keys that Exchange gives: opaque, long, told apart by upper and lower case.

Immutable ids have 72 characters and survive a move inside the mailbox; classic ids have 152 and do not; folders have
one constant id. Contacts come in pairs whose ids differ in the case of one letter alone, so that a client which
compares or stores ids without regard to case is found out.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256, shake_256

IMMUTABLE_LENGTH = 72
CLASSIC_LENGTH = 152
FOLDER_LENGTH = 120

_TO_EWS = str.maketrans("-_", "/+")
_TO_REST = str.maketrans("/+", "-_")


def immutable_id(mailbox: str, key: int) -> str:
    """Give the id under ``Prefer: IdType="ImmutableId"``."""
    return _paired("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A", f"immutable {mailbox}", key, IMMUTABLE_LENGTH)


def classic_id(mailbox: str, key: int, moves: int) -> str:
    """Give the id without the header; each move makes another."""
    return _paired("AAMkAG", f"classic {mailbox} {moves}", key, CLASSIC_LENGTH)


def folder_id(mailbox: str, number: int) -> str:
    """Give a folder's id."""
    return "AAMkAG" + _text(f"folder {mailbox} {number}", FOLDER_LENGTH - 7) + "="


def ews_id(id: str) -> str:
    """Give an id as EWS shows it, in the plain alphabet of base64; Graph's is safe in addresses."""
    return id.translate(_TO_EWS)


def rest_id(id: str) -> str:
    """Give an id as Graph shows it; it may be that already."""
    return id.translate(_TO_REST)


def change_key(mailbox: str, key: int, change: int) -> str:
    """Give the version of an item after a change; it begins as Exchange's do, so that only its end tells."""
    return "EQAAABYAAAC" + b64encode(sha256(f"{mailbox} {key} {change}".encode()).digest()[:21]).decode()


def _paired(head: str, seed: str, key: int, length: int) -> str:
    text = _text(f"{seed} {key // 2}", length - len(head) - 3)
    return f"{head}{text}{'Q' if key % 2 else 'q'}AA"


def _text(seed: str, length: int) -> str:
    return urlsafe_b64encode(shake_256(seed.encode()).digest(length)).decode()[:length]
