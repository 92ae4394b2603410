"""A failure at any step of a write leaves everything as it was, and the next attempt succeeds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from storage_plugin.database import drain as draining
from storage_plugin.database.engine import Database
from storage_plugin.database.schema import metadata
from storage_plugin.model.book import Expect
from tests.sql_writers.office import ODD, Office

EDITED = ODD.format(uid="uid-a.vcf").replace("Assistant", "Director").replace("+49 30 1234", "+49 30 4321")


TABLES = [table.name for table in metadata.sorted_tables]


class PowerCut(Exception):
    pass


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Read all rows; the driver is asked itself, for this is done a thousand times."""
    with database.reading() as connection:
        cursor: Any = connection.connection.cursor()
        return {name: sorted(cursor.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in TABLES}


@contextmanager
def failing_at(database: Database, step: int) -> Iterator[None]:
    """Raise PowerCut at this step of the writer: a statement, on SQLite also what it does to a table."""
    steps = count(1)
    if not database.is_sqlite:

        def cut(connection, cursor, text, *_):
            if next(steps) == step:
                raise PowerCut(text)

        event.listen(database.engine, "before_cursor_execute", cut)
        try:
            yield
        finally:
            event.remove(database.engine, "before_cursor_execute", cut)
        return

    def deny(action: int, *_: object) -> int:
        is_step = action not in (sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)
        return sqlite3.SQLITE_DENY if is_step and next(steps) == step else sqlite3.SQLITE_OK

    with database.engine.connect() as only:
        driver: Any = only.connection.driver_connection
    driver.set_authorizer(deny)
    try:
        yield
    except (sqlite3.DatabaseError, DBAPIError) as error:
        raise PowerCut from error
    finally:
        driver.set_authorizer(None)


def put_new(office: Office) -> None:
    office.phone.book.put("new.vcf", ODD.format(uid="new").encode(), Expect(none_match=("*",)))


def put_changed(office: Office) -> None:
    office.phone.book.put("a.vcf", EDITED.encode(), Expect())


def delete(office: Office) -> None:
    office.phone.book.delete("a.vcf", Expect())


def move(office: Office) -> None:
    office.phone.book.move("a.vcf", "b.vcf", Expect(), overwrite=True)


def settle(office: Office) -> None:
    draining.drain(office.database)


def touch(office: Office) -> None:
    office.sql("UPDATE contact SET job_title = 'SQL'", "INSERT INTO contact (given_name) VALUES ('New')")
    office.sql("INSERT INTO contact (id, given_name) VALUES (90, 'Dead')", "DELETE FROM contact WHERE id = 90")


SLOW = [pytest.param(work, marks=pytest.mark.slow) for work in (put_new, delete, settle)]


@pytest.mark.parametrize("work", [put_changed, move, *SLOW])
def test_a_failure_at_any_step_changes_nothing(office: Office, work: Callable[[Office], None]) -> None:
    office.card()
    if work is settle:
        touch(office)
    before, at = contents(office.database), 0
    while True:
        at += 1
        try:
            with failing_at(office.database, at):
                work(office)
        except PowerCut:
            assert contents(office.database) == before, f"step {at} left something behind"
        else:
            break
    assert at > 5
    assert contents(office.database) != before, "the attempt after the failures did its work"
    office.check()
