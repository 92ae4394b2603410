"""Bodies that are being waited for, and what becomes of those that do not come.

granian reads a body in the thread that answers, and cannot be told to stop waiting; a worker has few threads, since
more of them make it slower (100 polling clients: 3,700 answers a second with 16 threads, 2,200 with 64). So every
wait is noted here, and a watch looks at them:

- A wait is *long* after LONG seconds without a piece. A device may have a quarter of the threads in long waits, all
  devices together half of them; beyond that connections are hung up, first those of the device that has most.
- Whoever has a quarter already is refused further bodies at once, as is everybody when three quarters are taken.
- After SILENCE seconds without an octet a connection is hung up in any case.

A slow body is not a silent one: ``hang_up`` lets alone what the kernel has seen octets of.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread

LONG = 1.0
SILENCE = 30.0
TICK = 0.25
"""Seconds between two looks of the watch."""

TRIES = 8
"""Looks after which a wait that goes on is counted among those that cannot be ended."""

log = logging.getLogger("contact_bridge.dav")


@dataclass(slots=True, eq=False)
class Wait:
    """One body: whose, from which address, to which port of ours, and when its last piece came (monotonic)."""

    whose: object
    address: str
    port: int
    since: float
    tries: int = 0
    """How often the watch has looked for its connection."""

    def goes_on(self) -> None:
        """Note that a piece has come."""
        self.since = time.monotonic()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which waits to end, and whom to refuse further ones."""

    ended: Sequence[Wait]
    refused: Collection[object]
    all_refused: bool


def verdict(waits: Sequence[Wait], now: float, threads: int) -> Verdict:
    """Judge all waits of a worker with so many threads."""
    each, together, most = max(threads // 4, 1), max(threads // 2, 1), max(threads * 3 // 4, 1)
    held = sorted((wait for wait in waits if now - wait.since >= LONG), key=lambda wait: wait.since)
    has = Counter(wait.whose for wait in held)
    ended: list[Wait] = []
    for wait in held:
        is_crowd = len(held) - len(ended) > together and has[wait.whose] == max(has.values())
        if now - wait.since >= SILENCE or has[wait.whose] > each or is_crowd:
            ended.append(wait)
            has[wait.whose] -= 1
    stubborn = sum(1 for wait in ended if wait.tries > TRIES)
    refused = {whose for whose, count in has.items() if count >= each}
    return Verdict(ended, refused, len(held) - len(ended) + stubborn >= most)


class Waiting:
    """The waits of this worker. ``hang_up`` ends the connections of waits; the watch begins with the first wait."""

    def __init__(self, threads: int, hang_up: Callable[[Sequence[Wait], float], None]) -> None:
        self._threads = threads
        self._hang_up = hang_up
        self._waits: dict[int, Wait] = {}
        self._verdict = Verdict((), (), False)
        self._starting = Lock()
        self._is_watched = False

    def refuses(self, whose: object) -> bool:
        """Tell whether no further body of ``whose`` should be waited for now."""
        return self._verdict.all_refused or whose in self._verdict.refused

    @contextmanager
    def for_body(self, whose: object, address: str, port: int) -> Iterator[Wait]:
        """Note a wait until the block ends."""
        if not self._is_watched:
            self._watch()
        wait = Wait(whose, address, port, time.monotonic())
        self._waits[id(wait)] = wait
        try:
            yield wait
        finally:
            del self._waits[id(wait)]

    def look(self) -> None:
        """Judge the waits, and act."""
        now = time.monotonic()
        self._verdict = found = verdict(list(self._waits.values()), now, self._threads)
        if found.ended:
            log.info("%d connections did not send the body that they announced", len(found.ended))
            for wait in found.ended:
                wait.tries += 1
            self._hang_up(found.ended, now)

    def _watch(self) -> None:
        with self._starting:
            if not self._is_watched:
                self._is_watched = True
                Thread(target=self._keep_looking, name="bodies", daemon=True).start()

    def _keep_looking(self) -> None:
        while True:
            time.sleep(TICK)
            if not self._waits and not self._verdict.refused:
                continue
            try:
                self.look()
            except Exception:
                log.exception("the watch over unread bodies goes on")
