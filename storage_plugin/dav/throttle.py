"""Failed log-ins: counted per user and address (IPv6: per network of 64 bits), answered at once, never slept over.

A phone that tries one wrong password all day costs a dictionary look-up. Who tries many different ones, or many
users, is told to wait, without a question to the database. A password that has been right in this worker is always
looked up (it may have been revoked), so that nobody is shut out by what another device of his or hers does.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from secrets import token_bytes
from threading import Lock
from typing import TypeAlias

WRONG_PASSWORDS = 10
"""Different ones for one user from one address."""

WRONG_LOGINS = 100
"""Different pairs of user and password from one address: more than all phones of an office get wrong in a minute."""

WINDOW_SECONDS = 60.0
_MAX_KEYS = 10_000

_Key: TypeAlias = tuple[str | None, str]
"""User and address; None for all users."""


@dataclass(slots=True)
class _Failures:
    since: float
    secrets: set[bytes] = field(default_factory=set)


class Throttle:
    """What this worker knows of failed log-ins; ``clock`` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._salt = token_bytes(16)
        self._lock = Lock()
        self._failures: OrderedDict[_Key, _Failures] = OrderedDict()
        self._right: OrderedDict[bytes, None] = OrderedDict()

    def is_known_wrong(self, user: str, address: str, secret: str) -> bool:
        """Tell whether just this was tried and refused within the window."""
        failures = self._recent(user, address)
        return failures is not None and self._digest(user, secret) in failures.secrets

    def seconds_to_wait(self, user: str, address: str, secret: str) -> int:
        """Say how long ``user`` has to wait until an unknown password from ``address`` is looked at again."""
        found = ((self._recent(user, address), WRONG_PASSWORDS), (self._recent(None, address), WRONG_LOGINS))
        full = [failures.since for failures, most in found if failures and len(failures.secrets) >= most]
        if not full or self._digest(user, secret) in self._right:
            return 0
        return max(1, int(max(full) + WINDOW_SECONDS - self._clock()))

    def failed(self, user: str, address: str, secret: str) -> None:
        """Count a wrong password."""
        with self._lock:
            digest, whence = self._digest(user, secret), _whence(address)
            self._right.pop(digest, None)
            for key in ((user, whence), (None, whence)):
                failures = self._failures.get(key)
                if failures is None or self._is_over(failures):
                    failures = self._failures[key] = _Failures(self._clock())
                failures.secrets.add(digest)
            _shorten(self._failures)

    def succeeded(self, user: str, secret: str) -> None:
        """Remember a password that was right, as a salted digest."""
        digest = self._digest(user, secret)
        if digest not in self._right:
            with self._lock:
                self._right[digest] = None
                _shorten(self._right)

    def _recent(self, user: str | None, address: str) -> _Failures | None:
        failures = self._failures.get((user, _whence(address))) if self._failures else None
        return None if failures is None or self._is_over(failures) else failures

    def _is_over(self, failures: _Failures) -> bool:
        return self._clock() - failures.since > WINDOW_SECONDS

    def _digest(self, user: str, secret: str) -> bytes:
        return blake2b(f"{user}\0{secret}".encode(), digest_size=16, key=self._salt).digest()


def _whence(address: str) -> str:
    """Give what one sender cannot change at will: of an IPv6 address the first half, which is that of the network."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    is_wide = isinstance(found, IPv6Address) and found.ipv4_mapped is None
    return f"{int(found) >> 64:x}::/64" if is_wide else address


def _shorten(mapping: OrderedDict[_Key, _Failures] | OrderedDict[bytes, None]) -> None:
    while len(mapping) > _MAX_KEYS:
        mapping.popitem(last=False)
