"""For those who watch over the server: does it live, can it work, how does it stand.

``/healthz``: the process answers. ``/readyz``: so does the database, and it has our schema; else 503 with a reason.
``/metrics``: figures for Prometheus. Nobody signs in; only the addresses of ``metrics_from`` find them at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

from bridge import dav_counts
from bridge.web import headers
from bridge.web.house import House
from bridge.web.proxies import seen
from storage_plugin.database.gauges import gauges
from storage_plugin.database.migrate import check_schema
from storage_plugin.dav.forwarded import is_in, networks
from storage_plugin.model.book import SchemaMismatch, Unavailable

LOG = logging.getLogger(__name__)
_TEXT = "text/plain; charset=utf-8"
_HEADERS = {**headers.SECURITY, **headers.STAYS_PRIVATE}

Said = tuple[int, str, bytes]
"""Status, content type, text."""


def add_to(application: web.Application, house: House) -> None:
    """Add the three addresses."""
    for path, said in (("/healthz", _health), ("/readyz", _ready), ("/metrics", _metrics)):
        application.router.add_get(path, _handler(house, said))


def _handler(house: House, said: Callable[[House], Said]) -> Callable[[web.Request], Awaitable[web.Response]]:
    proxies = networks(house.settings.trusted_proxies)
    allowed = networks(house.settings.metrics_from)

    async def handle(request: web.Request) -> web.Response:
        told = seen(request.remote or "", request.scheme, request.host, request.headers, proxies)
        if not is_in(told.address, allowed):
            raise web.HTTPNotFound
        status, content_type, text = await asyncio.to_thread(said, house)
        return web.Response(body=text, status=status, headers={**_HEADERS, "Content-Type": content_type})

    return handle


def _health(_: House) -> Said:
    return 200, _TEXT, b"alive\n"


def _ready(house: House) -> Said:
    """Tell what is wrong in words of ours: a driver's would name hosts, users and files."""
    try:
        check_schema(house.database)
    except SchemaMismatch as error:
        return 503, _TEXT, f"not ready: {error}\n".encode()
    except Exception as error:
        LOG.warning("not ready: %s", error)
        return 503, _TEXT, b"not ready: the database cannot be used now\n"
    return 200, _TEXT, b"ready\n"


def _metrics(house: House) -> Said:
    from bridge.metrics import CONTENT_TYPE, metrics

    try:
        found = gauges(house.database)
    except Unavailable:
        found = None
    folder = house.place.folder
    return 200, CONTENT_TYPE, metrics(found, dav_counts.read(folder), folder, datetime.now(UTC))
