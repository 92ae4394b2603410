"""The real server in a fresh data folder, started and led as its owner would: through the command line."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.cli.running import command, environment, serving

USER = "anna"


class Server:
    """An installation with one user, and its running ``serve``."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.book = f"{address}{USER}/contacts/"

    def device(self, name: str) -> str:
        """Add a device and give its password."""
        return told(self.folder, "device", "add", USER, name, "--quiet").strip()

    def import_cards(self, file: Path) -> None:
        """Take a file of vCards in while serving."""
        told(self.folder, "import", str(file), seconds=150)

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with closing(sqlite3.connect(self.folder / "contacts.sqlite", timeout=10)) as database:
            return database.execute(statement, parameters).fetchall()


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Make an installation with one user, and serve it on a free port of this machine."""
    told(folder, "init")
    told(folder, "user", "add", USER)
    with serving(folder) as started:
        yield Server(folder, started.address)


def told(folder: Path, noun: str, *words: str, seconds: float = 60) -> str:
    """Run a command of contact-bridge and give what it prints."""
    line = [*command(noun, *words), "--data", str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, env=environment(), timeout=seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    """Give a port of this machine that nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
