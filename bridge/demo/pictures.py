"""Small portraits that need no download: a head and shoulders in two colours, as PNG (RFC 2083)."""

from __future__ import annotations

import colorsys
import struct
import zlib
from functools import cache

SIZE = 96


def portrait(seed: int) -> bytes:
    """Draw a person whose colours follow from ``seed``."""
    hue = seed * 0.618 % 1
    back, front = _rgb(hue, 0.25, 0.95), _rgb(hue + 0.45, 0.55, 0.55)
    rows = (b"\0" + b"".join(front if is_person else back for is_person in row) for row in _shape())
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@cache
def _shape() -> list[list[bool]]:
    return [[_is_person(x, y) for x in range(SIZE)] for y in range(SIZE)]


def _is_person(x: int, y: int) -> bool:
    dx = x - SIZE / 2
    head = dx**2 + (y - SIZE * 0.38) ** 2 < (SIZE * 0.2) ** 2
    shoulders = dx**2 * 0.7 + (y - SIZE * 1.05) ** 2 < (SIZE * 0.42) ** 2
    return head or shoulders


def _rgb(hue: float, saturation: float, value: float) -> bytes:
    return bytes(round(part * 255) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
