"""Pictures that people give a contact: what every device and folder takes, and nothing else.

A picture goes to all who see the contact. JPEG and PNG are shown everywhere. iOS has been seen to stop in the middle
of a list with pictures of 1.5 MB (Radicale #763), and few octets can stand for a picture that fills a phone's memory.
Nothing is scaled here.
"""

from __future__ import annotations

from storage_plugin.model.book import Refused

LARGEST = 1024 * 1024
"""Octets of a picture."""

LONGEST_SIDE = 4096
"""Pixels."""

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG that start a frame, and so tell its size (ITU-T T.81, B.1.1.3)."""

_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a segment."""


class NotAPicture(Refused):
    """These octets are no JPEG and no PNG."""


class TooLargePicture(Refused):
    """More octets or pixels than devices take."""


def check_picture(octets: bytes) -> None:
    """Raise NotAPicture or TooLargePicture for what is not to be given to a contact."""
    sides = _png_sides(octets) or _jpeg_sides(octets)
    if sides is None or not min(sides):
        raise NotAPicture("a photo must be a JPEG or PNG picture")
    if len(octets) > LARGEST or max(sides) > LONGEST_SIDE:
        raise TooLargePicture("the photo is larger than devices take")


def _png_sides(octets: bytes) -> tuple[int, int] | None:
    """Read width and height from the header of a PNG that is there to its end (RFC 2083, 3.2 and 4.1)."""
    if not octets.startswith(_PNG) or octets[12:16] != b"IHDR" or b"IEND" not in octets[-12:]:
        return None
    return int.from_bytes(octets[16:20]), int.from_bytes(octets[20:24])


def _jpeg_sides(octets: bytes) -> tuple[int, int] | None:
    """Read width and height from the first frame of a JPEG (ITU-T T.81, B.2.2)."""
    at = 2 if octets.startswith(b"\xff\xd8") else len(octets)
    while at + 9 <= len(octets) and octets[at] == 0xFF:
        marker = octets[at + 1]
        if marker in _FRAMES:
            return int.from_bytes(octets[at + 7 : at + 9]), int.from_bytes(octets[at + 5 : at + 7])
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + max(2, int.from_bytes(octets[at + 2 : at + 4]))
    return None
