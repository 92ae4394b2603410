"""The aiohttp application of the page: routes, files that come with us, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bridge.web import headers, operating
from bridge.web.answers import Answer
from bridge.web.handling import Handling, plain
from bridge.web.house import House
from bridge.web.languages import preferred
from bridge.web.rendering import STATIC, Renderer, static
from bridge.web.routes import Access, Route, all_routes
from bridge.web.visit import Visit
from storage_plugin.dav.forwarded import networks
from storage_plugin.model.book import NotFound
from storage_plugin.model.marking import N_

LARGEST = 64 * 1024 * 1024
_ONLY_A_FORM = N_("nothing is shown here but what a form has done. It is done; go back to the page with the form.")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


def application(house: House) -> web.Application:
    """Make the application of one installation."""
    handling = Handling(house, Renderer(), networks(house.settings.trusted_proxies))
    made = web.Application(middlewares=[_errors(handling.handler(NOWHERE))], client_max_size=LARGEST)
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


def _errors(nowhere: Handler) -> Middleware:
    """Answer what no page handles with a sentence and the same headers as everything else; a person gets a page."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            found: web.StreamResponse = await handler(request)
            return found
        except web.HTTPNotFound as error:
            if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
                return await nowhere(request)
            return _plain(request, error)
        except web.HTTPException as error:
            return _plain(request, error)

    return answer


def _plain(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    text = f"{error.status} {error.reason}"
    if error.status == 405:
        text += ": " + preferred(request.headers.get("Accept-Language", "")).said(_ONLY_A_FORM)
    answer: web.StreamResponse = plain(text, error.status)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _no_such_page(visit: Visit) -> Answer:
    raise NotFound(visit._("There is no such page."))


NOWHERE = Route("GET", "", _no_such_page, Access.ANYBODY)
"""Where a path leads that is in no route."""
