"""Bodies of requests that were answered without being read: a log-in is wanted, the body is too large, and so on.

A client that sends its body a moment after the head, on a connection that it keeps, would find that connection
closed under its hands ("broken pipe"), and a proxy would tell it of a bad gateway (502) instead of the answer. So the
body is read and dropped before the answer leaves, within bounds: anybody may send such requests, and must neither
tire nor hold up a worker. Beyond them the answer leaves at once, and the web server closes the connection.
"""

from __future__ import annotations

from contextlib import suppress
from threading import BoundedSemaphore, Thread
from typing import Any

MAX_DROPPED = 17 * 1024 * 1024
"""Octets of a body that are read for nothing: a little more than any body may have."""

PATIENCE = 2.0
"""Seconds that an answer waits for the rest of such a body."""

_PIECE = 1 << 16
_at_a_time = BoundedSemaphore(8)
"""Bodies of one worker that may be waited for; a client that never sends its own keeps a place until it hangs up."""


def drop_body(environ: dict[str, Any]) -> None:
    """Read and drop the body unless it has been taken, is too large, or is kept back by the client.

    A client that says ``Expect: 100-continue`` waits for a word before it sends; the answer is that word.
    """
    source = environ.pop("wsgi.input", None)
    size = _size(environ)
    if source is None or not 0 < size <= MAX_DROPPED or environ.get("HTTP_EXPECT"):
        return
    if not _at_a_time.acquire(blocking=False):
        return
    reading = Thread(target=_drop, args=(source, size), daemon=True)
    reading.start()
    reading.join(PATIENCE)


def _size(environ: dict[str, Any]) -> int:
    """Give how many octets may come: those declared, in chunks as many as are read at all; 0 for nonsense."""
    declared = (environ.get("CONTENT_LENGTH") or "").strip()
    if declared:
        return int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 16 else 0
    return MAX_DROPPED if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() else 0


def _drop(source: Any, size: int) -> None:
    """Read piece by piece: without a size, granian's input collects the whole body first."""
    try:
        with suppress(OSError, ValueError):  # the client is gone, and so is what it would have sent
            while size > 0 and (piece := source.read(min(_PIECE, size))):
                size -= len(piece)
    finally:
        _at_a_time.release()
