"""The supervisor of ``serve``: starts the parts as child processes, and keeps them running.

A child that dies is started again: at once after a useful life, after a growing pause when it could not start or
died within ``SHORT_LIFE`` seconds; after ``STRIKES`` such deaths in a row of a *vital* part the supervisor stops
everything and says why. A part may wait until it is needed. Children run in process groups of their own, so that
Ctrl-C reaches the supervisor alone, which then stops them in order. Each child holds the far end of a *lifeline* (see
``bridge.worker``): when the supervisor dies, even by kill -9, its children notice and leave.
"""

from __future__ import annotations

import os
import signal
import site
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

STRIKES = 5
SHORT_LIFE = 2.0
LONGEST_PAUSE = 300.0
LOOK_AGAIN = 5.0
"""Seconds between two looks whether a part that waits is needed by now, unless the part says otherwise."""

STOP_WITHIN = 8.0
"""Seconds after which a child that does not stop is killed."""


class GaveUp(Exception):
    """A part died too often; the text says which."""


@dataclass(frozen=True, slots=True)
class Part:
    """A child to keep running: ``command`` gets ``--lifeline FD`` appended; ``descriptors`` stay open in it.

    It is started as soon as it ``is_needed``, which is asked every ``look_again`` seconds; of one that is not
    ``is_vital`` the others do not wait to be ready, and they go on without it.
    """

    name: str
    command: Sequence[str]
    descriptors: tuple[int, ...] = ()
    is_needed: Callable[[], bool] = lambda: True
    is_vital: bool = True
    look_again: float = LOOK_AGAIN


@dataclass(slots=True)
class _Child:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    lifeline: socket.socket | None = None
    ready_at: float | None = None
    strikes: int = 0
    due_at: float | None = 0.0


@dataclass(frozen=True, slots=True)
class _Ready:
    child: _Child


@dataclass(frozen=True, slots=True)
class _Ended:
    child: _Child
    status: int


@dataclass(frozen=True, slots=True)
class _Stop:
    pass


@dataclass(slots=True)
class Supervisor:
    """Keeps ``parts`` running until SIGTERM or SIGINT; ``say`` takes one line for the operator."""

    parts: Sequence[Part]
    environment: dict[str, str]
    say: Callable[[str], None]
    on_ready: Callable[[], None] = lambda: None
    _events: SimpleQueue[_Ready | _Ended | _Stop] = field(default_factory=SimpleQueue)

    def run(self) -> None:
        """Start all parts and return after a clean stop; raise GaveUp when a part cannot be kept running."""
        children = [_Child(part) for part in self.parts]
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._watch(children)
        finally:
            self._stop(children)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, *_: object) -> None:
        self._events.put(_Stop())

    def _watch(self, children: list[_Child]) -> None:
        announced = False
        while True:
            self._start_due(children)
            match self._next_event(children):
                case _Stop():
                    return
                case _Ready(child):
                    child.ready_at = time.monotonic()
                case _Ended(child, status):
                    self._plan_restart(child, status)
            if not announced and all(child.ready_at or not child.part.is_vital for child in children):
                announced = True
                self.on_ready()

    def _next_event(self, children: list[_Child]) -> _Ready | _Ended | _Stop | None:
        due = min((child.due_at for child in children if child.due_at is not None), default=None)
        timeout = None if due is None else max(0.0, due - time.monotonic())
        with suppress(Empty):  # a child is due
            return self._events.get(timeout=timeout)
        return None

    def _start_due(self, children: list[_Child]) -> None:
        for child in children:
            if child.due_at is None or child.due_at > time.monotonic():
                continue
            if child.part.is_needed():
                self._start(child)
            else:
                child.due_at = time.monotonic() + child.part.look_again

    def _start(self, child: _Child) -> None:
        ours, theirs = socket.socketpair()
        child.lifeline, child.ready_at, child.due_at = ours, None, None
        with theirs:
            child.process = subprocess.Popen(
                [*child.part.command, "--lifeline", str(theirs.fileno())],
                pass_fds=(*child.part.descriptors, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                env=self.environment,
                process_group=0,
            )
        threading.Thread(target=self._follow, args=(child, child.process, ours), daemon=True).start()

    def _follow(self, child: _Child, process: subprocess.Popen[bytes], lifeline: socket.socket) -> None:
        with suppress(OSError):  # closed by _plan_restart, or reset: wait() says how the child ended
            if lifeline.recv(1):
                self._events.put(_Ready(child))
        self._events.put(_Ended(child, process.wait()))

    def _plan_restart(self, child: _Child, status: int) -> None:
        assert child.lifeline is not None
        child.lifeline.close()
        now = time.monotonic()
        lived_well = child.ready_at is not None and now - child.ready_at >= SHORT_LIFE
        child.strikes = 0 if lived_well else child.strikes + 1
        if child.strikes >= STRIKES and child.part.is_vital:
            raise GaveUp(f"{child.part.name} died {STRIKES} times in a row, at last with {_spoken(status)}")
        pause = 0.0 if child.strikes <= 1 else min(2.0 ** (child.strikes - 2), LONGEST_PAUSE)
        child.process, child.due_at = None, now + pause
        self.say(f"{child.part.name} ended with {_spoken(status)}; it is started again{_after(pause)}.")

    def _stop(self, children: list[_Child]) -> None:
        running = [child.process for child in children if child.process is not None]
        for process in running:
            with suppress(ProcessLookupError):  # it has ended by itself
                process.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in children:
            if child.lifeline is not None:
                child.lifeline.close()


def python_module(name: str, *arguments: str) -> list[str]:
    """Give the command that runs a module of ours with this Python, whatever the current folder holds."""
    return [sys.executable, "-P", "-m", name, *arguments]


_MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(2 << 20),
}
"""mallopt(3), as glibc reads it from the environment, in octets."""


def child_environment(**more: str) -> dict[str, str]:
    """Give children our environment, so that they import the code that we run (a checkout, say), and little malloc.

    Two malloc arenas instead of eight per core: 62 and 65 MB (PSS) a worker instead of 71 and 77, measured with 200
    contacts after 40 whole books at once, and 32 devices polling while two write. Blocks of 1 MiB and more go back to
    the system at once: 76 and 91 MB instead of 132 with 100,000 contacts, after eight lists and 400 multigets.
    """
    environment = {**_MALLOC, **os.environ, **more}
    root = str(Path(__file__).resolve().parents[1])
    if root not in (*site.getsitepackages(), site.getusersitepackages()):
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return environment


def _spoken(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"


def _after(pause: float) -> str:
    return f" in {pause:.0f} s" if pause else ""
