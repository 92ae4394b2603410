"""The many hrefs of a multiget taken off its body, so that only the small frame around them is parsed, and only once.

A run of equal elements with plain paths in them, side by side, gives way to a single one with a stand-in. If the
frame then reads as a multiget of nothing but the stand-in, the run stood where hrefs stand (not in a comment, say),
and each of its elements is the DAV:href that the parser read but for its text, which needs no decoding.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_letters, digits
from typing import NamedTuple

STAND_IN = "urn:x-contact-bridge:stand-in"
_START = re.compile(rb"<(?:[A-Za-z][A-Za-z0-9]{0,15}:)?href>")
_PLAIN = f"{ascii_letters}{digits}_.~%/-".encode()


class Apart(NamedTuple):
    """A body without its hrefs (``frame``, with the stand-in), and those hrefs, each once and in order."""

    frame: bytes
    hrefs: tuple[str, ...]


def hrefs_apart(body: bytes) -> Apart | None:
    """Take the hrefs off a body; None when there are none, or they are not of the usual kind."""
    start = _START.search(body)
    if start is None:
        return None
    end = b"</" + start[0][1:]
    until = body.rfind(end)
    if until < start.end():
        return None
    hrefs = _between(start[0]).split(body[start.end() : until])
    if b"".join(hrefs).translate(None, _PLAIN) or b"" in hrefs:
        return None
    frame = body[: start.end()] + STAND_IN.encode() + body[until:]
    return Apart(frame, tuple(dict.fromkeys(b"\n".join(hrefs).decode().split("\n"))))


@lru_cache(256)
def _between(start: bytes) -> re.Pattern[bytes]:
    return re.compile(b"</" + re.escape(start[1:]) + rb"[ \t\r\n]*" + re.escape(start))
