"""Photos: every form in which clients write them, read as bytes or URI, and written as the card's version wants.

RFC 2426 3.1.4 (``ENCODING=b``), RFC 6350 6.2.4 (``data:``), vCard 2.1 (``BASE64``), and their blends (VC-18…25).
A URI is never fetched here.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from storage_plugin.vcard.binaries import MARK, is_uri
from storage_plugin.vcard.draft import Draft, without
from storage_plugin.vcard.lines import Line, Param, escape_uri, make_line, parse

_DATA = re.compile(r"\s*data:([^;,]*)((?:;[^;,]*)*),(.*)", re.I | re.S)
_ABOUT_CONTENT = ("ENCODING", "TYPE", "VALUE", "MEDIATYPE", "X-ABCROP-RECTANGLE", "CHARSET")
_SIGNATURES = (
    (b"\xff\xd8", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture: its ``data``, or the ``uri`` where it is kept."""

    media_type: str
    data: bytes = b""
    uri: str = ""


def photo_of(text: str) -> Photo | None:
    """Read the first PHOTO of a full text; None if there is none or it cannot be decoded.

    Raises ValueError for a slim text, whose photo must be put back first.
    """
    return next((photo for line in parse(text).named("PHOTO") if (photo := _photo(line))), None)


def photo_from(data: bytes) -> Photo | None:
    """Make a photo of a picture's bytes; None of no bytes."""
    return Photo(_media_type(data), data) if data else None


def vcard_with_photo(text: str, photo: Photo | None) -> str:
    """Set, replace or (None) remove the photo; a text that has this photo already keeps its bytes."""
    draft = Draft(text)
    lines = draft.named("PHOTO")
    if MARK not in text and photo_of(text) == photo and (photo or not lines):
        return text
    if photo is None:
        for line in lines:
            draft.remove(line)
        return draft.text
    for line in lines[1:]:
        draft.remove(line)
    params, value = binary_value(photo, draft.version)
    if lines:
        group, kept = lines[0].group, without(lines[0].params, *_ABOUT_CONTENT)
        draft.replace(lines[0], make_line(group, "PHOTO", [*params, *kept], value, draft.version))
    else:
        draft.add(make_line("", "PHOTO", params, value, draft.version))
    return draft.text


def binary_value(photo: Photo, version: str) -> tuple[list[Param], str]:
    """Give parameters and value that say ``photo`` in ``version``."""
    media = photo.media_type
    word = media.removeprefix("image/").upper() if media.startswith("image/") else media
    if photo.uri and version == "4.0":
        return [("MEDIATYPE", (media,))] if media else [], escape_uri(photo.uri)
    types: list[Param] = [("TYPE", (word,))] if word else []
    if photo.uri:
        return [("VALUE", ("uri",)), *types], escape_uri(photo.uri)
    coded = base64.b64encode(photo.data).decode()
    if version == "4.0":
        return [], f"data:{media};base64,{coded}"
    return [("ENCODING", ("b" if version == "3.0" else "BASE64",)), *types], coded


def media_type_of(line: Line, data: bytes = b"") -> str:
    """Give the media type that TYPE or MEDIATYPE name, else what ``data`` looks like."""
    named = line.param("MEDIATYPE") or next((each for each in line.types if each.lower() != "pref"), "")
    if named:
        return (named if "/" in named else f"image/{named}").lower()
    return _media_type(data)


def _media_type(data: bytes) -> str:
    if data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "image/heic"
    return next((media for start, media in _SIGNATURES if data.startswith(start)), "")


def data_uri_parts(value: str) -> tuple[str, bool, str] | None:
    r"""Give media type, whether it is base64, and payload of a ``data:`` URI, even with ``\,`` and ``\;`` (VC-22)."""
    match = _DATA.match(value[:300].replace("\\", "") + value[300:])
    if not match:
        return None
    return match[1].strip().lower(), "base64" in match[2].lower(), match[3]


def _photo(line: Line) -> Photo | None:
    if MARK in line.value:
        raise ValueError("The photo of this text is kept apart; put it back first.")
    if is_uri(line):
        return Photo(media_type_of(line), uri=line.text.strip())
    media, is_base64, payload = data_uri_parts(line.value) or ("", True, line.value)
    data = _decoded(payload) if is_base64 else unquote_to_bytes(payload)
    if not data:
        return None
    return Photo(media or media_type_of(line, data), data)


def _decoded(payload: str) -> bytes:
    packed = "".join(payload.split())
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return b""
