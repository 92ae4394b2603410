"""Up to 20 requests in one (https://learn.microsoft.com/graph/json-batching).

Each part is a request of its own: with its own faults, throttling and errors. Four run at a time, as Graph does to
one mailbox. ``dependsOn`` makes all of them run in a row, or none; what depends on a failed part is 424. The answers
come in another order than the requests.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bridge.simulators.graph.messages import Answer, GraphError, Json, Request, bad_request

MOST = 20
_AT_ONCE = 4
_METHODS = {"GET", "POST", "PATCH", "PUT", "DELETE"}

Ask = Callable[[Request], Awaitable[Answer]]


async def run_batch(request: Request, ask: Ask) -> Answer:
    """Run the parts of a batch; its own answer is 200 whatever became of them."""
    parts = _parts(request)
    if any(part.get("dependsOn") for part in parts.values()):
        answers = await _in_a_row(request, parts, ask)
    else:
        answers = await _at_once(request, parts, ask)
    responses = [_response(id, answer) for id, answer in sorted(answers.items(), key=lambda pair: pair[0][::-1])]
    return Answer(200, {"responses": responses})


def _parts(request: Request) -> dict[str, Json]:
    found = request.json().get("requests")
    if not isinstance(found, list) or not found:
        raise bad_request("BadRequest", "Invalid batch payload format.")
    if len(found) > MOST:
        raise bad_request("BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    parts: dict[str, Json] = {}
    for part in found:
        id = part.get("id") if isinstance(part, dict) else None
        if not isinstance(id, str) or not id or id in parts:
            raise bad_request("BadRequest", "Request id has to be unique in a batch.")
        if part.get("method") not in _METHODS or not isinstance(part.get("url"), str) or "://" in part["url"]:
            raise bad_request("BadRequest", f"Invalid batch payload format: request {id}.")
        if not isinstance(part.get("headers") or {}, dict) or not isinstance(part.get("dependsOn") or [], list):
            raise bad_request("BadRequest", f"Invalid batch payload format: request {id}.")
        parts[id] = part
    _check_dependencies(parts)
    return parts


def _check_dependencies(parts: Mapping[str, Json]) -> None:
    before: list[str] = []
    named = {id: list(map(str, part.get("dependsOn") or [])) for id, part in parts.items()}
    for id, names in named.items():
        if set(names) - set(before) or (before and any(named.values()) and not names):
            raise bad_request("BadRequest", f"Request {id}: dependsOn must name earlier requests, in all or in none.")
        before.append(id)


async def _at_once(request: Request, parts: Mapping[str, Json], ask: Ask) -> dict[str, Answer]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(part: Json) -> Answer:
        async with room:
            return await ask(_request(request, part))

    return dict(zip(parts, await asyncio.gather(*map(one, parts.values())), strict=True))


async def _in_a_row(request: Request, parts: Mapping[str, Json], ask: Ask) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for id, part in parts.items():
        if any(answers[name].status >= 400 for name in part.get("dependsOn") or []):
            error = GraphError(424, "FailedDependency", "The request failed due to failure of dependent request.")
            answers[id] = Answer.refusal(error, "", "")
        else:
            answers[id] = await ask(_request(request, part))
    return answers


def _request(batch: Request, part: Json) -> Request:
    headers = {name.lower(): str(value) for name, value in (part.get("headers") or {}).items()}
    if "authorization" in batch.headers:
        headers.setdefault("authorization", batch.headers["authorization"])
    url = part["url"] if part["url"].startswith("/") else f"/{part['url']}"
    found = Request.to(part["method"], url, headers, _body(part.get("body"), headers), batch.base)
    found.in_batch = True
    return found


def _body(body: Any, headers: Mapping[str, str]) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str) and not headers.get("content-type", "").startswith("application/json"):
        try:
            return b64decode(body)
        except ValueError as error:
            raise bad_request("BadRequest", "The body of a part that is not JSON is base64.") from error
    return json.dumps(body).encode()


def _response(id: str, answer: Answer) -> Json:
    if answer.lost:
        error = GraphError(504, "UnknownError", "The gateway did not receive a response in time.")
        answer = Answer.refusal(error, "", "")
    headers, body = dict(answer.headers), answer.body
    if isinstance(body, bytes):
        return {"id": id, "status": answer.status, "headers": headers, "body": b64encode(body).decode()}
    if body is not None:
        headers["Content-Type"] = "application/json"
    return {"id": id, "status": answer.status, "headers": headers} | ({} if body is None else {"body": body})
