"""People at a shell, with its default settings: sqlite3 and psql, or the plain driver where a shell is missing."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess

import psycopg
from sqlalchemy import make_url


class Refusal(Exception):
    """What the shell says when the database refuses."""


class Shell:
    """Runs SQL against a database, each call in a session of its own, in autocommit mode."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.target = str(parsed.database) if self.is_sqlite else url
        self._program = shutil.which("sqlite3" if self.is_sqlite else "psql")

    def __call__(self, *statements: str) -> str:
        """Run statements; give what they print; raise Refusal."""
        script = "".join(f"{statement};\n" for statement in statements)
        if self._program is None:
            return self._by_driver(statements)
        if self.is_sqlite:
            command = [self._program, "-batch", "-bail", self.target]
        else:
            command = [self._program, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.target]
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        if done.returncode or done.stderr.strip():
            raise Refusal(done.stderr)
        return done.stdout.strip()

    def number(self, query: str) -> int:
        """Give the one number that a query finds."""
        return int(self(query))

    def session(self) -> Session:
        """Open a session that stays open, as somebody has who went to lunch."""
        return Session(self)

    def _by_driver(self, statements: tuple[str, ...]) -> str:
        with Session(self) as session:
            return "\n".join(session.run(statement) for statement in statements)


class Session:
    """An open session with explicit transactions: ``run("BEGIN")`` begins one."""

    def __init__(self, shell: Shell) -> None:
        if shell.is_sqlite:
            self._connection = sqlite3.connect(shell.target, timeout=0, isolation_level=None, check_same_thread=False)
        else:
            self._connection = psycopg.connect(shell.target, autocommit=True)  # type: ignore[assignment]

    def run(self, statement: str) -> str:
        """Run one statement; give its rows as the shells print them."""
        try:
            cursor = self._connection.execute(statement)
        except (sqlite3.Error, psycopg.Error) as error:
            raise Refusal(str(error)) from error
        return "\n".join("|".join(map(str, row)) for row in cursor) if cursor.description else ""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
