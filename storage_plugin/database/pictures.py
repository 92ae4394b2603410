"""The pictures of stored cards for the mirror: their fingerprints, their bytes, and putting one into a card.

A fingerprint is the SHA-256 (hex) of the picture's decoded bytes; ``""`` stands for no picture. A picture that is
kept elsewhere (a URI) is none here: it is never fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, select

from storage_plugin.database.schema import blob
from storage_plugin.vcard.binaries import put_back, refers_to, take_out
from storage_plugin.vcard.photo import photo_from, photo_of, vcard_with_photo

_BLOBS = select(blob.c.sha256, blob.c.value).where(blob.c.sha256.in_(bindparam("keys", expanding=True)))
_AT_A_TIME = 20
"""Pictures that are in memory at once."""

_KNOWN_AT_MOST = 200_000
_known: dict[str, str] = {}
"""Fingerprints by ``Contact.photo``, which names the encoded bytes: they are decoded once in a process."""


def fingerprints(connection: Connection, cards: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give the fingerprints of the pictures of cards, each a (``Contact.photo``, slim text), by ``Contact.photo``."""
    named = {photo: text for photo, text in cards if photo}
    missing = [(photo, text) for photo, text in named.items() if photo not in _known]
    if len(_known) + len(missing) > _KNOWN_AT_MOST:
        _known.clear()
    found = {photo: _known[photo] for photo in named if photo in _known}
    for at in range(0, len(missing), _AT_A_TIME):
        some = missing[at : at + _AT_A_TIME]
        values = _values(connection, [text for _, text in some])
        found |= {photo: fingerprint(_picture(text, values)) for photo, text in some}
    _known.update(found)
    return found


def fingerprint(picture: bytes | None) -> str:
    """Give the fingerprint of a picture's bytes."""
    return sha256(picture).hexdigest() if picture else ""


def picture_of(connection: Connection, slim: str) -> bytes | None:
    """Read the bytes of a card's picture; None where it has none, or one that is kept elsewhere."""
    return _picture(slim, _values(connection, [slim]))


def with_picture(connection: Connection, slim: str, picture: bytes) -> tuple[str, dict[str, str]]:
    """Set the picture of a slim text, or remove it (``b""``); give the new slim text and the binaries to keep."""
    whole = put_back(slim, _values(connection, [slim]))
    return take_out(vcard_with_photo(whole, photo_from(picture)))


def _values(connection: Connection, texts: Sequence[str]) -> dict[str, str]:
    keys = sorted({key for text in texts for key in refers_to(text)})
    rows: Any = connection.execute(_BLOBS, {"keys": keys}) if keys else ()
    return {row.sha256: row.value for row in rows}


def _picture(slim: str, values: Mapping[str, str]) -> bytes | None:
    found = photo_of(put_back(slim, values))
    return found.data or None if found else None
