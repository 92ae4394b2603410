"""Choose what happens between two statements of a writer, instead of hoping to meet it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from storage_plugin.database.engine import Database
from tests.sql_writers.office import Office


@contextmanager
def meanwhile(database: Database, statement: str, happens: Callable[[], object]) -> Iterator[None]:
    """Do something else just before our writer sends its first statement that begins so."""
    waiting = [happens]

    def look(connection, cursor, text, *_):
        if text.startswith(statement) and waiting:
            waiting.pop()()

    event.listen(database.engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", look)
    assert not waiting


def until_it_waits_or_ends(office: Office, work: Future[Any]) -> None:
    """Go on when the only other writer, on PostgreSQL, waits for a lock, or has done what it wanted."""
    with office.sql.session() as session:
        until = time.monotonic() + 30
        while not work.done() and session.run("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0":
            assert time.monotonic() < until, "it neither waits nor ends"
            time.sleep(0.005)
