"""A picture without what nobody sees in it: where and when it was taken, with which camera, by whom, thumbnails.

A photo of a telephone names the place to a few metres, and whoever is given a contact's photo would be given that.
What is needed to show the picture stays, octet for octet: nothing is decoded. Of Exif one thing stays, how the
picture is to be turned.

JPEG: ITU-T T.81 annex B, JFIF 1.02, Exif 2.32 (4.5 and 4.6.4). PNG: W3C PNG, third edition, chapter 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from bridge.pictures import NotAPicture

_PNG = b"\x89PNG\r\n\x1a\n"
_SHOWN = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"),
}
"""The chunks of a PNG that make its look."""

_SOS, _EOI, _COM = 0xDA, 0xD9, 0xFE
_APPLICATION = range(0xE0, 0xF0)
_NEEDED = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Application segments that make the look of a JPEG: marker and how they begin."""

_EXIF, _EXIF_HEAD = 0xE1, b"Exif\0\0"
_ORIENTATION = 0x0112
_UPRIGHT = 1


def without_metadata(octets: bytes) -> bytes:
    """Give a JPEG or PNG with nothing in it but the picture; what is neither comes back as it is.

    Raises NotAPicture for one that cannot be read. What a camera puts behind the picture (a film, a second picture)
    is left out, too.
    """
    if octets.startswith(b"\xff\xd8"):
        return _plain_jpeg(octets)
    return _plain_png(octets) if octets.startswith(_PNG) else octets


def _plain_jpeg(octets: bytes) -> bytes:
    kept, turned = [b"\xff\xd8"], _UPRIGHT
    for marker, segment in _segments(octets):
        body = segment[4:]
        if marker == _EXIF and body.startswith(_EXIF_HEAD):
            turned = turned if turned != _UPRIGHT else _orientation(body[len(_EXIF_HEAD) :])
        elif marker == _COM or (marker in _APPLICATION and not body.startswith(_NEEDED.get(marker, b"\0none"))):
            continue
        else:
            kept.append(segment)
    if turned != _UPRIGHT:
        exif = _EXIF_HEAD + _tiff(turned)
        at = 2 if len(kept) > 1 and kept[1][1] == 0xE0 else 1  # JFIF comes first
        kept.insert(at, b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif)
    return b"".join(kept)


def _segments(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each marker with its segment, scans with what they code; a picture that is cut off ends where it ends."""
    at = 2
    while at < len(octets):
        while octets[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if octets[at : at + 1] != b"\xff" or at + 1 == len(octets):
            raise NotAPicture("a photo must be a JPEG or PNG picture")
        marker = octets[at + 1]
        if marker == _EOI:
            yield marker, octets[at : at + 2]
            return
        size = int.from_bytes(octets[at + 2 : at + 4])
        if size < 2:
            raise NotAPicture("a photo must be a JPEG or PNG picture")
        end = at + 2 + size
        if marker == _SOS:
            end = _end_of_scan(octets, end)
        yield marker, octets[at:end]
        at = end


def _end_of_scan(octets: bytes, at: int) -> int:
    """Find the next marker behind what a scan codes: there FF is followed by 0, or it counts restarts (D0 to D7)."""
    while (at := octets.find(b"\xff", at)) >= 0 and at + 1 < len(octets):
        if octets[at + 1] and not 0xD0 <= octets[at + 1] <= 0xD7 and octets[at + 1] != 0xFF:
            return at
        at += 1
    return len(octets)


def _plain_png(octets: bytes) -> bytes:
    kept, at = [_PNG], len(_PNG)
    turned = _UPRIGHT
    while at < len(octets):
        end = at + 12 + int.from_bytes(octets[at : at + 4])
        kind = octets[at + 4 : at + 8]
        if end > len(octets):
            raise NotAPicture("a photo must be a JPEG or PNG picture")
        if kind == b"eXIf":
            turned = _orientation(octets[at + 8 : end - 4])
        elif kind in _SHOWN:
            kept.append(octets[at:end])
        if kind == b"IEND":
            break
        at = end
    if turned != _UPRIGHT:
        body = b"eXIf" + _tiff(turned)
        kept.insert(2, struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
    return b"".join(kept)


def _orientation(tiff: bytes) -> int:
    """Read how the picture is to be turned (1 to 8) from the first directory; upright where that cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    try:
        if order is None:
            return _UPRIGHT
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for number in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * number)
            if (tag, kind) == (_ORIENTATION, 3) and 1 <= value <= 8:
                return int(value)
    except struct.error:
        return _UPRIGHT
    return _UPRIGHT


def _tiff(turned: int) -> bytes:
    """Write a directory that says how the picture is to be turned, and nothing else."""
    return struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)
