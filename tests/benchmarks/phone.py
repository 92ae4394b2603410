"""A change on a phone, with the bridge running: how long until it is in the mailbox."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from bridge.place import Place
from storage_plugin.database.users import Users
from tests.benchmarks.cards import card, file_name, person
from tests.benchmarks.mailbox import Mailbox
from tests.benchmarks.servers import VCARD
from tests.benchmarks.wire import Connection, Endpoint

PAUSE = 1.37
"""Seconds between two changes: no multiple of the bridge's tick, so that they fall anywhere between two looks."""


def changes_on_a_phone(folder: Path, user: str, mailbox: Mailbox, times: int) -> list[float]:
    """Serve the book, change a job title with a PUT so often, and give the seconds from its answer to the mailbox."""
    with Place(folder).opened() as database:
        secret = Users(database).add_device(user, "phone")
    line = [sys.executable, "-m", "bridge", "serve", "--data", str(folder), "--port", "0"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        port = re.search(r"http://127\.0\.0\.1:(\d+)/", first)
        if port is None:
            raise RuntimeError(f"the server does not start: {first}")
        phone = Connection(Endpoint(int(port[1]), user, secret))
        _change(phone, user, mailbox, 0, "Awake")  # the bridge starts beside the workers, and may take a while
        took = []
        for number in range(times):
            time.sleep(PAUSE)
            took.append(_change(phone, user, mailbox, number, f"Title {number}"))
        phone.close()
        return took
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def _change(phone: Connection, user: str, mailbox: Mailbox, number: int, title: str) -> float:
    text = re.sub(rb"(?m)^TITLE:.*?\r$", f"TITLE:{title}\r".encode(), card(number))
    answer = phone.ask("PUT", f"/{user}/contacts/{file_name(number)}", text, VCARD)
    if answer.status not in (200, 201, 204):
        raise RuntimeError(f"the change is refused: {answer.status} {answer.body[:200]!r}")
    started = time.perf_counter()
    mailbox.await_title(person(number).emails[0], title)
    return time.perf_counter() - started
