"""What Microsoft Graph answers, and what that means.

An answer that is not Graph's (a proxy's page, half a body) is never taken for one: a success that cannot be read is
as good as no answer, since what was asked may have been done. https://learn.microsoft.com/graph/errors.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.targets.base import (
    Changed,
    CursorExpired,
    Forbidden,
    Full,
    Gone,
    ItemError,
    Rejected,
    SignInNeeded,
    TargetError,
    Throttled,
    Unreachable,
    Unsure,
)
from bridge.targets.pacing import seconds_named
from bridge.targets.phrases import phrase
from storage_plugin.model.marking import N_

_NOT_NOW = (408, 421, 425, *range(300, 400))
"""Nothing is wrong with the request; what sends us elsewhere is not followed, lest the token go along."""

_AWAY = (502, 503, 504)

_QUOTA = ("ErrorQuotaExceeded", "QuotaLimitReached", "quotaLimitReached")


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``path`` begins with a slash and counts from the root, or is a link that the service gave."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; ``body`` is parsed JSON, bytes for a picture, None for nothing."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Give the error code of Graph, e.g. ``ErrorItemNotFound``."""
        return str(self._error.get("code", ""))

    @property
    def message(self) -> str:
        """Give the error's own words."""
        return str(self._error.get("message") or "") or N_(f"It answers {phrase(self.status)}.")

    @property
    def retry_after(self) -> float | None:
        """Give the seconds to wait that the service names, if it names any."""
        named = {name.casefold(): value for name, value in self.headers.items()}.get("retry-after", "")
        return seconds_named(str(named))

    @property
    def is_strange(self) -> bool:
        """Tell whether these are not Graph's words: a proxy's page, the page of a hotel."""
        return self.body is not None and not self._error

    @property
    def _error(self) -> Mapping[str, Any]:
        said = self.body.get("error") if isinstance(self.body, Mapping) else None
        return said if isinstance(said, Mapping) else {}


def error_of(response: Response) -> TargetError:
    """Translate an answer that is no success."""
    status, code, words = response.status, response.code, response.message
    match status:
        case _ if response.is_strange and status not in (401, 412, 429):
            words = N_(f"Something else answers for Microsoft Graph: {phrase(status)}.")
            return Unreachable(words, response.retry_after or 10)
        case 401:
            return SignInNeeded("Microsoft does not accept the sign-in any more: sign in anew.")
        case 403 if code in _QUOTA:
            return Full(words)
        case 403:
            return Forbidden(f"Microsoft refuses this account or app: {words}")
        case 404:
            return Gone(words)
        case 409 | 412:
            return Changed(words)
        case 410:
            return CursorExpired(words)
        case 429:
            return Throttled("Microsoft asks for fewer requests.", response.retry_after or 10)
        case 503 if response.retry_after is not None:
            return Throttled("Microsoft asks for fewer requests.", response.retry_after)
        case 507:
            return Full(words)
        case _ if code in ("syncStateNotFound", "SyncStateNotFound", "resyncRequired", "ResyncRequired"):
            return CursorExpired(words)
        case _ if code in _QUOTA:
            return Full(words)
        case _ if code in ("ErrorInvalidIdMalformed", "ErrorItemNotFound"):
            return Gone(words)
        case _ if status >= 500 or status in _NOT_NOW:
            return Unreachable(f"Microsoft Graph fails: {words}", response.retry_after or 10)
        case _:
            return Rejected(words)


def refusals_of(answers: Sequence[Response]) -> list[ItemError | None]:
    """Tell what became of each part of a batch, None for what was done; raise what concerns them all.

    A part at which the service fails concerns one contact, unless it is away for all of several.
    """
    errors = [None if each.succeeded else error_of(each) for each in answers]
    if len(answers) > 1 and all(each.status in _AWAY for each in answers):
        raise errors[0] or unreadable()
    return [_of_one(each) for each in errors]


def _of_one(error: TargetError | None) -> ItemError | None:
    if error is None or isinstance(error, ItemError):
        return error
    if isinstance(error, Unreachable) and not isinstance(error, Throttled):
        return Unsure(str(error))
    raise error


def rows_of(page: Any) -> list[Mapping[str, Any]]:
    """Give the objects of a list's page; raise Unreachable where it is none."""
    rows = page.get("value") if isinstance(page, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise unreadable()
    return rows


def text_in(said: Mapping[str, Any], name: str) -> str:
    """Give a text that every such object has (``id``); raise Unreachable where this one has it not."""
    text = said.get(name)
    if not isinstance(text, str) or not text:
        raise unreadable()
    return text


def unreadable() -> Unreachable:
    """Say that an answer is not what Graph answers; what was asked may have been done."""
    return Unreachable("Microsoft Graph's answer cannot be read.")


def readable(request: Request, response: Response) -> Response:
    """Give the answer, the bytes of a picture decoded; raise Unreachable for a success that says nothing."""
    if not response.succeeded or request.method in ("DELETE", "PUT"):
        return response
    if not request.path.endswith("/$value"):
        if isinstance(response.body, Mapping):
            return response
        raise unreadable()
    return replace(response, body=_picture(response))


def _picture(response: Response) -> bytes | None:
    """Read a picture: bytes, or base64 in a batch; None where something else was answered."""
    kind = {name.casefold(): value for name, value in response.headers.items()}.get("content-type", "")
    try:
        content = b64decode(response.body, validate=True) if isinstance(response.body, str) else response.body
    except ValueError:
        return None
    is_picture = isinstance(content, bytes) and not str(kind).startswith("text/")
    return content or None if is_picture else None


def parts_of(body: Any, waiting: Sequence[int]) -> dict[int, Response]:
    """Read the answers of a batch; raise Unreachable where one is missing, for its request may have been done."""
    try:
        told = {int(each["id"]): _part(each) for each in body["responses"]}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise unreadable() from error
    if told.keys() != set(waiting):
        raise unreadable()
    return told


def _part(said: Mapping[str, Any]) -> Response:
    return Response(int(said["status"]), said.get("body"), said.get("headers") or {})


def parsed(raw: bytes, content_type: str) -> Any:
    """Read a body: JSON as it is, None for nothing or what cannot be read, else the bytes."""
    if not raw:
        return None
    if not content_type.endswith("json"):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return None
