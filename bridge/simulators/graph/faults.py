"""What goes wrong, on order: a plan of faults, each for some requests.

``plan.add(Lost(), "POST /me/contacts$", times=1)`` loses the answer of the next create after it was done. The pattern
is searched in the request's line (``GET /me/contacts?$top=5``); requests inside a batch are tried as well as the
batch itself. ``storm`` makes faults at random from a seed.

Lasting faults are switched on elsewhere: a full mailbox, a refused contact (``Mailbox.full``, ``refuses``), a
permission taken back (``SignIn.revoke``), a folder gone (``Mailbox.remove_folder``), cursors lost
(``Simulator.forget_cursors``); each can be timed with ``Before``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from bridge.simulators.graph.messages import GraphError


class Lined(Protocol):
    """Any request: ``line`` is what patterns are searched in."""

    @property
    def line(self) -> str:
        """Give the request in one line."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The request is done, the answer never arrives: the connection is closed. In a batch: 504 for this request."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """The connection is closed before the request is done. In a batch: 504 for this request."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The request is refused: 429 with Retry-After, 503 without, 507 ErrorQuotaExceeded, 403, …"""

    status: int
    code: str
    message: str = "Refused by the plan of faults."
    retry_after: int | None = None

    def error(self) -> GraphError:
        """Give the refusal."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return GraphError(self.status, self.code, self.message, headers)


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer takes this many seconds more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stale:
    """A read answers with the state before the last write: version and fields."""


@dataclass(frozen=True, slots=True)
class Before:
    """Something happens right before the request: somebody edits the contact, a folder goes, cursors are lost."""

    action: Callable[[], object]


@dataclass(frozen=True, slots=True)
class After:
    """Something happens right after the request was done, before its answer is read."""

    action: Callable[[], object]


Fault = Lost | Unheard | Refuse | Slow | Stale | Before | After

TOO_MANY = Refuse(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", retry_after=1)
UNAVAILABLE = Refuse(503, "serviceNotAvailable", "The service is temporarily unavailable.")
QUOTA = Refuse(507, "ErrorQuotaExceeded", "The mailbox quota has been exceeded.")
CONFLICT = Refuse(412, "ErrorIrresolvableConflict", "The change key does not match the current one of the item.")
DENIED = Refuse(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


@dataclass(slots=True)
class _Rule:
    fault: Fault
    pattern: re.Pattern[str]
    skip: int
    times: int | None


@dataclass(slots=True)
class Faults:
    """The plan. ``struck`` counts the faults that came to pass, so that a test can tell that it tested something."""

    struck: int = 0
    _rules: list[_Rule] = field(default_factory=list)
    _storm: Callable[[], Fault | None] = lambda: None

    def add(self, fault: Fault, pattern: str = "", *, skip: int = 0, times: int | None = 1) -> None:
        """Let a fault strike ``times`` requests (None: all) that match, after leaving ``skip`` of them alone."""
        self._rules.append(_Rule(fault, re.compile(pattern), skip, times))

    def storm(self, seed: int, share: float, faults: tuple[Fault, ...] = (TOO_MANY, UNAVAILABLE, Lost())) -> None:
        """Let one of ``faults`` strike at random in this share of all requests, the same for the same seed."""
        random = Random(seed)

        def choose() -> Fault | None:
            return random.choice(faults) if random.random() < share else None

        self._storm = choose

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._rules.clear()
        self._storm = lambda: None

    def strike(self, request: Lined) -> list[Fault]:
        """Give the faults of a request, and count them off."""
        found = [rule.fault for rule in self._rules if self._strikes(rule, request)]
        random = self._storm()
        if random is not None:
            found.append(random)
        self.struck += len(found)
        return found

    def _strikes(self, rule: _Rule, request: Lined) -> bool:
        if rule.times == 0 or rule.pattern.search(request.line) is None:
            return False
        if rule.skip > 0:
            rule.skip -= 1
            return False
        if rule.times is not None:
            rule.times -= 1
        return True
