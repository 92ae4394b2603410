"""Work on mirrors in the background of a process that must not wait for it: a run, a check, an undo, a stop.

Each user has one piece of work at a time, so that a second click starts nothing twice. What it does, it does under
the mirror's lease like everybody else (``running``); what it has found stays to be read until the next piece begins.
The event loop of the work is a thread of its own. A piece that is broken off is finished by the mirror's next run.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from bridge.mirroring.setting_up import Secrets
from bridge.mirroring.settings import MirrorSettings
from bridge.sync.run import Report
from bridge.targets.base import Step, TargetError
from bridge.targets.graph.sign_in import DeviceCode
from storage_plugin.database.vault import VaultError
from storage_plugin.model.book import BookError
from storage_plugin.model.marking import N_

LOG = logging.getLogger(__name__)

KEPT = 3600.0
"""Seconds for which is kept what work has found, secrets that wait for a yes among it."""

GRACE = 4.0
"""Seconds that work under way gets to finish when the process stops."""


@dataclass(frozen=True, slots=True)
class Then:
    """What can be done after a preview: the form that does it, and what its button says."""

    action: str
    button: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Work:
    """One piece of work, as it stands: written by the work alone, read by pages.

    ``what`` is its kind. ``asked`` is what somebody filled in, to go back to. ``plan`` is what would be done, line by
    line; None where nothing was planned. ``settings`` and ``secrets`` wait for somebody's yes, to this ``key``.
    ``ended`` is by the monotonic clock.
    """

    what: str
    steps: list[Step] = field(default_factory=list)
    code: DeviceCode | None = None
    plan: Sequence[str] | None = None
    names: Sequence[str] = ()
    reports: Sequence[Report] = ()
    error: str = ""
    is_over: bool = False
    ended: float = 0.0
    asked: MirrorSettings | None = None
    settings: MirrorSettings | None = None
    secrets: Secrets | None = None
    then: Then | None = None
    key: str = field(default_factory=lambda: token_hex(8))


Do = Callable[[Work], Coroutine[Any, Any, None]]


class Background:
    """The work of one process, by the user whose mirror it is about."""

    def __init__(self) -> None:
        self._works: dict[int, Work] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def of(self, user_id: int) -> Work | None:
        """Give a user's last piece of work, over or not."""
        with self._lock:
            present = self._works.get(user_id)
            if present is not None and present.is_over and time.monotonic() - present.ended > KEPT:
                del self._works[user_id]
                return None
            return present

    def begin(self, user_id: int, work: Work, do: Do) -> bool:
        """Begin a piece of work; False, and nothing is done, while another one goes on."""
        with self._lock:
            present = self._works.get(user_id)
            if present is not None and not present.is_over:
                return False
            self._works[user_id] = work
            asyncio.run_coroutine_threadsafe(_done(work, do), self._running())
            return True

    def forget(self, user_id: int) -> None:
        """Forget what a piece of work has found, if it is over."""
        with self._lock:
            present = self._works.get(user_id)
            if present is not None and present.is_over:
                del self._works[user_id]

    def close(self) -> None:
        """Let work under way finish, break off what takes long, and end the thread."""
        with self._lock:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="mirrors", daemon=True)
            self._thread.start()
        return self._loop


async def _done(work: Work, do: Do) -> None:
    try:
        await do(work)
    except (BookError, TargetError, VaultError) as error:
        work.error = _sentence(error)
    except Exception:
        LOG.exception("%s: broke off by a fault of the program", work.what)
        work.error = N_("Something went wrong that should not: the server's log says what.")
    finally:
        work.code = None
        work.ended = time.monotonic()
        work.is_over = True


async def _end() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    if tasks:
        await asyncio.wait(tasks, timeout=GRACE)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _sentence(error: Exception) -> str:
    text = str(error) or (type(error).__doc__ or "").splitlines()[0]
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
