"""A firm as a person's mail program sees it: a mailbox in the simulator of EWS, and behind it, through the mirror,
the book of business contacts and a phone that reads it over CardDAV.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from bridge.simulators.ews import Simulator
from tests.cli.running import command, environment, serving
from tests.clients.iphone import Card, IPhone
from tests.judges.ews_schema import Judge

ADDRESS, LOGIN, PASSWORD = "anna@contoso.example", "CONTOSO\\anna", "a password"


class Clock:
    """Each look at it is a second later: DavMail's versions are seconds."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class Firm:
    """``ews`` with ``anna``'s mailbox, judged by ``judge``; the ``phone`` is there once ``open_book`` was called."""

    def __init__(self) -> None:
        self.ews = Simulator(Clock())
        self.judge = Judge()
        self.ews.observers.append(self.judge)
        self.anna = self.ews.mailbox(ADDRESS, LOGIN, PASSWORD)
        self.phone: IPhone
        self.folder: Path
        self._open = ExitStack()

    def __enter__(self) -> Firm:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        self._open.callback(loop.close)
        self._open.callback(thread.join)
        self._open.callback(loop.call_soon_threadsafe, loop.stop)
        asyncio.run_coroutine_threadsafe(self.ews.__aenter__(), loop).result(20)
        self._open.callback(
            lambda: asyncio.run_coroutine_threadsafe(self.ews.__aexit__(None, None, None), loop).result(20)
        )
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def open_book(self) -> None:
        """Make the book, serve it to a phone, and mirror it into the mailbox."""
        self.say("init")
        self.say("user", "add", "anna")
        self.say("contact", "add", "Nick Brigandi", "--add", "emails=work:nick@wood.example")
        served = self._open.enter_context(serving(self.folder, part="dav"))
        secret = self.say("device", "add", "anna", "iPhone", "--quiet").strip()
        self.phone = IPhone(served.address, "anna", secret)
        self._open.callback(self.phone.close)
        place = ("--to", "ews", "--url", self.ews.url, "--login", LOGIN, "--mailbox", ADDRESS)
        self.say("mirror", "start", "anna", *place, "--secret-stdin", said=f"{PASSWORD}\n")

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
        line = [*command(*words), "--data", str(self.folder)]
        done = subprocess.run(line, input=said, capture_output=True, text=True, env=environment(), timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
