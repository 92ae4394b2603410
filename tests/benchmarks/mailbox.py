"""A mailbox in the Graph simulator, in a process of its own, so that its work is not counted as ours.

``python -m tests.benchmarks.mailbox`` is that process: it reads orders as lines of JSON (a name and its arguments)
and answers each with a line. ``Mailbox`` starts and asks it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from bridge.simulators.graph import Simulator
from bridge.simulators.graph.properties import EMAILS, TEXTS
from bridge.simulators.graph.sign_in import Application

ADDRESS, CLIENT, SECRET, TENANT = "anna@contoso.example", "bench", "bench", "contoso.example"
SEEN_EVERY = 0.005
"""Seconds between two looks for a contact that is awaited."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service grants: ``requests`` in ``window`` seconds; ``latency`` is how long each takes, in seconds."""

    requests: int
    window: float
    latency: float


class Asked(NamedTuple):
    """A request: when it was answered, in seconds, and its method with the end of its path (``POST contacts``)."""

    at: float
    what: str


class Mailbox:
    """The mailbox, seen from the benchmark."""

    def __init__(self, limits: Limits) -> None:
        line = [sys.executable, "-m", "tests.benchmarks.mailbox", str(limits.requests), str(limits.window)]
        self._process = subprocess.Popen(
            [*line, str(limits.latency)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = str(self._read())

    def __enter__(self) -> Mailbox:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def requests(self) -> list[Asked]:
        """Give the requests that were answered, those in batches each by itself."""
        return [Asked(*each) for each in self._ask("requests")]

    def refused(self) -> int:
        """Give how many requests were refused with 429."""
        return int(self._ask("refused"))

    def edit(self, titles: dict[str, str]) -> None:
        """Change the job titles of the contacts with these e-mail addresses, as a person in Outlook does."""
        self._ask("edit", titles)

    def title(self, email: str) -> str:
        """Give the job title of the contact with an e-mail address."""
        return str(self._ask("title", email))

    def await_title(self, email: str, title: str) -> None:
        """Wait until the contact with an e-mail address has a job title."""
        self._ask("await_title", email, title)

    def _ask(self, name: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


class _Orders:
    """What can be asked for."""

    def __init__(self, graph: Simulator) -> None:
        self.graph = graph
        self.mailbox = graph.mailbox(ADDRESS)
        self.answered: list[tuple[float, str]] = []
        graph.observers.append(self._note)

    def _note(self, request: Any, answer: Any) -> None:
        if request.path != "/$batch":
            self.answered.append((time.monotonic(), f"{request.method} {request.path.rpartition('/')[2]}"))

    async def requests(self) -> list[tuple[float, str]]:
        return self.answered

    async def refused(self) -> int:
        return self.graph.throttle.refused

    async def edit(self, titles: dict[str, str]) -> None:
        for item in list(self.mailbox.items.values()):
            title = titles.get(str(item.properties.get(EMAILS[0][1])))
            if title is not None:
                self.mailbox.put(item, {TEXTS["jobTitle"]: title})

    async def title(self, email: str) -> str:
        for item in self.mailbox.items.values():
            if item.properties.get(EMAILS[0][1]) == email:
                return str(item.properties.get(TEXTS["jobTitle"], ""))
        return ""

    async def await_title(self, email: str, title: str) -> None:
        while await self.title(email) != title:
            await asyncio.sleep(SEEN_EVERY)


async def _serve(limits: Limits) -> None:
    async with Simulator() as graph:
        graph.sign_in.applications[CLIENT] = Application(CLIENT, SECRET)
        graph.throttle.requests, graph.throttle.window = limits.requests, timedelta(seconds=limits.window)
        graph.behaviour.latency = limits.latency
        orders = _Orders(graph)
        _say(graph.login)
        while line := await asyncio.to_thread(sys.stdin.readline):
            name, *arguments = json.loads(line)
            _say(await getattr(orders, name)(*arguments))


def _say(answer: Any) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Limits(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))))
