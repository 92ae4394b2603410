"""What a browser sends: the fields of a form or of an address, and the files that come along."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiMapping

from bridge.web.visit import Form, Upload


async def posted(request: web.Request, largest: int) -> Form:
    """Read a form; raise HTTPRequestEntityTooLarge, HTTPBadRequest."""
    if (request.content_length or 0) > largest:
        raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=request.content_length or 0)
    try:
        sent = await request.clone(client_max_size=largest).post()
    except (ValueError, LookupError, RuntimeError, HttpProcessingError) as error:  # no boundary or header, cut off
        raise web.HTTPBadRequest from error
    given: dict[str, list[str]] = {}
    uploads: dict[str, Upload] = {}
    for name, value in sent.items():
        if isinstance(value, web.FileField):
            with value.file:
                if value.filename:
                    uploads[name] = Upload(value.filename, value.file.read())
        elif isinstance(value, str):
            given.setdefault(name, []).append(value.replace("\0", ""))
    return Form(given, uploads)


def texts(given: MultiMapping[str]) -> Mapping[str, list[str]]:
    """Give the values of each name, without what no database can hold."""
    found: dict[str, list[str]] = {}
    for name, value in given.items():
        found.setdefault(name, []).append(value.replace("\0", ""))
    return found
