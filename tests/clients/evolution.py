"""Evolution without a screen: its data server, which does all that Evolution does with address books.

Debian's packages evolution-data-server, gir1.2-ebook-1.2, python3-gi and dbus; each Evolution has a D-Bus session and
a home of its own.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

AGENT = Path(__file__).with_name("evolution_agent.py")
PYTHON = "/usr/bin/python3"
SECONDS = 90


class Refused(Exception):
    """Evolution tells its user that something did not work."""


class Evolution:
    """One Evolution with one address book; ``cards`` is what its user sees, by UID."""

    def __init__(self, folder: Path, address: str, user: str, password: str) -> None:
        bindings = subprocess.run(
            [PYTHON, "-c", "import gi; gi.require_version('EBook', '1.2')"], capture_output=True
        )
        assert bindings.returncode == 0, "the tests need Evolution's data server: make system-packages (as root)"
        self.cards: dict[str, str] = {}
        place = urlsplit(address)
        runtime = folder / "run"
        runtime.mkdir(parents=True, mode=0o700)
        home = {"HOME": "", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}
        said = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("PYTHON", "DBUS", "DISPLAY"))
            },
            **{name: str(folder / where) for name, where in home.items()},
            "XDG_RUNTIME_DIR": str(runtime),
            "GSETTINGS_BACKEND": "memory",
            "PASSWORD": password,
        }
        ours, theirs = os.pipe()
        line = ["dbus-run-session", "--", PYTHON, str(AGENT), str(place.hostname), str(place.port), user, str(theirs)]
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                line, stdin=subprocess.PIPE, stdout=log, stderr=log, env=said, pass_fds=[theirs], bufsize=0
            )
        os.close(theirs)
        self._answers = os.fdopen(ours, "rb", buffering=0)
        self._answer()

    def until(self, seen: Callable[[dict[str, str]], bool]) -> None:
        """Synchronise until the user sees what is expected."""
        until = time.monotonic() + SECONDS
        while True:
            self.cards = self._ask("cards")
            if seen(self.cards):
                return
            assert time.monotonic() < until, self.cards
            time.sleep(0.2)

    def add(self, card: str) -> str:
        """Make a contact; give its UID."""
        return str(self._ask("add", card=card))

    def edit(self, uid: str, field: str, value: str) -> None:
        """Set a field as Evolution calls it: ``note``, ``mobile-phone``, ``full-name``."""
        self._ask("edit", uid=uid, field=field, value=value)

    def delete(self, uid: str) -> None:
        """Delete a contact."""
        self._ask("delete", uid=uid)

    def close(self) -> None:
        """End the session, and with it what it started."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)
        self._answers.close()

    def _ask(self, do: str, **more: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        answer = self._answer()
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["value"]

    def _answer(self) -> dict[str, Any]:
        ready, _, _ = select.select([self._answers], [], [], SECONDS)
        line = self._answers.readline() if ready else b""
        assert line, self._log.read_text("utf-8", "replace")
        found: dict[str, Any] = json.loads(line)
        return found
