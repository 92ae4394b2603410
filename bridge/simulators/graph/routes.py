"""What a handler is given, and the switches of the service's behaviour."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.messages import Answer, Request


@dataclass(slots=True)
class Behaviour:
    """What differs between accounts, is not documented, or makes tests harder than an ordinary day.

    ``if_match``: the status that refuses a write at another version, or that the header is ignored. The contact pages
    document no If-Match. ``sparse_delta``: a changed contact comes with its changed fields alone ("at least the
    changed properties"). ``removed_at_first``: the first round of a delta also tells what is gone already.
    ``bin_readable``: a contact in the deleted items is still found by its id. ``subscription_minutes``: the longest
    life of a subscription. ``photo_in_delta``: a new picture is a new version too. ``latency`` in seconds, for each
    request.
    """

    if_match: Literal["412", "409", "ignored"] = "412"
    list_page: int = 10
    delta_page: int = 50
    duplicates: bool = True
    empty_pages: bool = True
    sparse_delta: bool = False
    removed_at_first: bool = True
    cursor_error: str = "SyncStateNotFound"
    bin_readable: bool = True
    photo_delete: bool = True
    photo_in_delta: bool = False
    photo_limit: int = 4 * 1024 * 1024
    subscription_minutes: int = 4230
    latency: float = 0


@dataclass(slots=True)
class Call:
    """A request to one mailbox, with the parts of its path by name."""

    request: Request
    mailbox: Mailbox
    behaviour: Behaviour
    application: str
    args: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a pattern of the path below the mailbox, and the weakest permission that will do."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    permission: str

    @classmethod
    def of(cls, line: str, handler: Handler, permission: str) -> Route:
        """Read ``GET /contacts/{contact}``; a part in braces is anything without a slash."""
        method, _, path = line.partition(" ")
        parts = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        return cls(method, re.compile(parts), handler, permission)
