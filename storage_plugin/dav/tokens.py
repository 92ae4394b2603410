"""Sync tokens (RFC 6578 3.2): which book, which change number, and which view of which user.

A token of another installation, book, user or filter is foreign here: the client has to start afresh. So are all
tokens of a device from before it was told to list everything anew (``Viewer.epoch``).
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from storage_plugin.model.book import ChangeNumber, InvalidToken, Viewer
from storage_plugin.model.view import View

_START = "urn:x-contact-bridge:sync:"


def token_at(viewer: Viewer, number: ChangeNumber) -> str:
    """Write the token of what ``viewer`` sees at ``number``."""
    return f"{_START}{quote(viewer.book_key, safe='')}:{number}:{_fingerprint(viewer)}"


def ctag_at(viewer: Viewer, number: ChangeNumber) -> str:
    """Write CS:getctag, which moves whenever the token does."""
    return f"{quote(viewer.book_key, safe='')}-{number}-{_fingerprint(viewer)}"


def number_in(viewer: Viewer, token: str) -> ChangeNumber:
    """Read the number of a token that was made for this view of this book; raise InvalidToken for any other."""
    start, _, rest = token.rpartition(f":{_fingerprint(viewer)}")
    head, _, digits = start.rpartition(":")
    if rest or head != f"{_START}{quote(viewer.book_key, safe='')}":
        raise InvalidToken("the token is of another book, user or filter")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise InvalidToken("the token has no number")
    number = ChangeNumber(int(digits))
    if number > viewer.number or str(number) != digits:
        raise InvalidToken("the token is of a time that has not been")
    return number


def _fingerprint(viewer: Viewer) -> str:
    return _fingerprint_of(viewer.user_id, viewer.view, viewer.epoch)


@lru_cache(maxsize=4096)
def _fingerprint_of(user_id: int, view: View, epoch: int) -> str:
    again = f".{epoch}" if epoch else ""
    return sha256(f"{user_id}.{view.fingerprint}{again}".encode()).hexdigest()[:8]
