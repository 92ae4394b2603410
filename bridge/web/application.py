"""The aiohttp application of the page: routes, files that come with us, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.web import headers, operating
from bridge.web.handling import Handling, plain
from bridge.web.house import House
from bridge.web.rendering import STATIC, Renderer, static
from bridge.web.routes import all_routes
from storage_plugin.dav.forwarded import networks

LARGEST = 64 * 1024 * 1024
_ONLY_A_FORM = ": nothing is shown here but what a form has done. It is done; go back to the page with the form."
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


def application(house: House) -> web.Application:
    """Make the application of one installation."""
    made = web.Application(middlewares=[_plain_errors], client_max_size=LARGEST)
    handling = Handling(house, Renderer(), networks(house.settings.trusted_proxies))
    for route in all_routes():
        made.router.add_route(route.method, route.path, handling.handler(route))
    operating.add_to(made, house)
    for file in STATIC.iterdir():
        made.router.add_get(static(file.name), _serving(file))

    made.on_shutdown.append(handling.streams.stop)

    async def stop(_: web.Application) -> None:
        await asyncio.to_thread(house.background.close)

    made.on_cleanup.append(stop)
    return made


def _serving(file: Path) -> Handler:
    content, content_type = file.read_bytes(), _TYPES.get(file.suffix, "application/octet-stream")

    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=content, headers={**headers.SECURITY, **headers.STAYS, "Content-Type": content_type})

    return serve


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what no page handles with a sentence and the same headers as everything else."""
    try:
        found: web.StreamResponse = await handler(request)
        return found
    except web.HTTPException as error:
        more = _ONLY_A_FORM if error.status == 405 else ""
        answer: web.StreamResponse = plain(f"{error.status} {error.reason}{more}", error.status)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
