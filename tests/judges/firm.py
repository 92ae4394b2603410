"""A firm as a person's program sees it: a folder of contacts on a simulated server, and behind it, by the mirror,
the book of business contacts and a phone that reads it over CardDAV.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.cli.running import command, environment, serving
from tests.clients.iphone import Card, IPhone

LOGIN = "CONTOSO\\anna"


class Firm(ABC):
    """Someone's ``server`` on loopback, judged by ``judge``; the ``phone`` is there once ``open_book`` was called."""

    password: str
    """Of the account LOGIN."""

    def __init__(self, server: Any, judge: Any) -> None:
        self.server = server
        self.judge = judge
        self.server.observers.append(judge)
        self.phone: IPhone
        self.folder: Path
        self._open = ExitStack()

    @property
    @abstractmethod
    def place(self) -> tuple[str, ...]:
        """Give the options of ``mirror start`` for where to mirror to."""

    def __enter__(self) -> Self:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        self._open.callback(loop.close)
        self._open.callback(thread.join)
        self._open.callback(loop.call_soon_threadsafe, loop.stop)
        asyncio.run_coroutine_threadsafe(self.server.__aenter__(), loop).result(20)
        self._open.callback(
            lambda: asyncio.run_coroutine_threadsafe(self.server.__aexit__(None, None, None), loop).result(20)
        )
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def open_book(self) -> None:
        """Make the book, serve it to a phone, and mirror it to the place."""
        self.say("init")
        self.say("user", "add", "anna")
        self.say("contact", "add", "Nick Brigandi", "--add", "emails=work:nick@wood.example")
        served = self._open.enter_context(serving(self.folder, part="dav"))
        secret = self.say("device", "add", "anna", "iPhone", "--quiet").strip()
        self.phone = IPhone(served.address, "anna", secret)
        self._open.callback(self.phone.close)
        self.say("mirror", "start", "anna", *self.place, "--secret-stdin", said=f"{self.password}\n")

    def mirror(self) -> str:
        """Run the mirror, look at the phone; give what the run told."""
        told = self.say("mirror", "run", "anna")
        self.phone.sync()
        return told

    def on_phone(self, name: str) -> Card | None:
        """Give the card of a name, which stands there once at most."""
        found = [card for card in self.phone.cards.values() if card.value("FN") == name]
        assert len(found) <= 1, f"{name} stands {len(found)} times on the phone"
        return found[0] if found else None

    def say(self, *words: str, said: str = "") -> str:
        """Run a command of contact-bridge and give what it prints."""
        done = self.run(*words, said=said)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(
        self, *words: str, said: str = "", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of contact-bridge, with ``more`` in its environment."""
        line = [*command(*words), "--data", str(self.folder)]
        env = {**environment(), **(more or {})}
        return subprocess.run(line, input=said, capture_output=True, text=True, env=env, timeout=120)
