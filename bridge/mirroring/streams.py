"""Connections over which Exchange servers tell that a folder has changed: they wake its mirror, and nothing more.

Each has a thread of its own, and ends after half an hour at most. Its end wakes the mirror, whose run finds what was
changed meanwhile and begins anew. Where a server refuses, or breaks off, that is done later, each time later than the
last; the mirror is looked into on its schedule in any case. That of a mirror that was stopped wakes nobody, and is
not begun anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from types import TracebackType

from bridge.targets.base import Stream, Streaming, Target, TargetError, Unreachable
from bridge.targets.mapped import behind
from storage_plugin.database.mirrors import Mirror

LOG = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 10.0, 3600.0
"""Seconds after a first and after many failures in a row; the longest after a refusal."""

STEADY = 60.0
"""Seconds after which a connection has not failed at its beginning."""

A_LOGIN, A_PROCESS = 3, 50
"""Connections at a time; Exchange 2013 lets a login have three, later ones ten."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    stream: Stream
    since: float


class Streams:
    """Listens for mirrors; ``wake`` gets the id of one whose folder has changed. Ends as a context."""

    def __init__(self, wake: Callable[[int], None], first_pause: float = FIRST_PAUSE) -> None:
        self._wake = wake
        self._first_pause = first_pause
        self._is_over = False
        self._ears: dict[int, _Ear] = {}
        self._failures: dict[int, int] = {}
        self._not_before: dict[int, float] = {}

    def __enter__(self) -> Streams:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all; a thread that waits for a server that is gone does not keep the process."""
        self._is_over = True
        for ear in self._ears.values():
            ear.stream.stop()
        self._ears.clear()

    async def watch(self, mirror: Mirror, target: Target) -> None:
        """Begin to listen; to be called after each run that went well, with the target that it ran with."""
        target = behind(target)
        if self._is_over or not isinstance(target, Streaming):
            return
        loop, stream, known = asyncio.get_running_loop(), target.stream(), self._ears.get(mirror.id)
        if known is not None:
            if known.stream.place == stream.place:
                return
            known.stream.stop()
            del self._ears[mirror.id]
        if loop.time() < self._not_before.get(mirror.id, 0.0) or not self._has_room(stream):
            return
        ear = self._ears[mirror.id] = _Ear(stream, loop.time())
        Thread(target=self._listen, args=(loop, mirror, ear), daemon=True, name=f"stream {mirror.id}").start()

    def _has_room(self, stream: Stream) -> bool:
        same = sum(each.stream.login == stream.login for each in self._ears.values())
        return same < A_LOGIN and len(self._ears) < A_PROCESS

    def _listen(self, loop: asyncio.AbstractEventLoop, mirror: Mirror, ear: _Ear) -> None:
        """Be the thread."""
        told = partial(_told, loop)
        failure: TargetError | None = None
        try:
            ear.stream.listen(lambda: told(self._hear, mirror.id, ear))
        except TargetError as error:
            failure = error
        except Exception:
            LOG.exception("mirror of %s: listening broke off by a fault of the program", mirror.user)
            failure = TargetError("a fault of the program")
        told(self._ended, mirror, ear, failure)

    def _hear(self, mirror_id: int, ear: _Ear) -> None:
        if self._ears.get(mirror_id) is ear:
            self._wake(mirror_id)

    def _ended(self, mirror: Mirror, ear: _Ear, failure: TargetError | None) -> None:
        """Have the mirror run, at once or later, and begin anew."""
        if self._ears.get(mirror.id) is not ear:
            return
        del self._ears[mirror.id]
        loop = asyncio.get_running_loop()
        if failure is None or loop.time() - ear.since > STEADY:
            self._failures.pop(mirror.id, None)
        pause = 0.0
        if failure is not None:
            times = self._failures[mirror.id] = self._failures.get(mirror.id, 0) + 1
            pause = min(self._first_pause * 2 ** (times - 1), LONGEST_PAUSE)
            if not isinstance(failure, Unreachable):
                pause = LONGEST_PAUSE
            if times == 1:
                LOG.warning("mirror of %s: the server tells us nothing of changes: %s", mirror.user, failure)
        self._not_before[mirror.id] = loop.time() + pause
        loop.call_later(pause, self._wake, mirror.id)


def _told(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *about: object) -> None:
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(call, *about)
