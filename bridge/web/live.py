"""Server-sent events (HTML Standard 9.2): a part of a page that the browser shows anew while it is looked at.

A stream ends after a minute; the browser then opens it again by itself, and is asked again who it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from aiohttp import web

from storage_plugin.model.book import BookError

EVERY = 1.0
"""Seconds between two looks."""

LONGEST = 60.0
"""Seconds after which a stream ends."""

_HEADERS = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


class Streams:
    """The streams of one server; all end as soon as it stops."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()

    async def stop(self, _: web.Application) -> None:
        """End all streams."""
        self._stopping.set()

    async def send(
        self, request: web.Request, headers: Mapping[str, str], look: Callable[[], str | None]
    ) -> web.StreamResponse:
        """Send what ``look`` gives (called in a thread) whenever it is another text; at None say "over" and end."""
        response = web.StreamResponse(headers={**headers, **_HEADERS})
        await response.prepare(request)
        end = asyncio.get_running_loop().time() + LONGEST
        last: str | None = ""
        with suppress(BookError, ConnectionResetError):  # the browser comes again, or has gone
            while asyncio.get_running_loop().time() < end and not self._stopping.is_set():
                text = await asyncio.to_thread(look)
                if text is None:
                    await response.write(event("", "over"))
                    break
                if text != last:
                    await response.write(event(text))
                last = text
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), EVERY)
        return response


def event(text: str, name: str = "message") -> bytes:
    """Write one event; a line of ``text`` is a line of data."""
    data = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\n{data}\n".encode()
