"""Writers of one process share a commit on SQLite: each is undone alone, and none is answered too early."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, text

from storage_plugin.database import engine
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import Retry
from storage_plugin.model.book import Refused, StorageFull, Unavailable
from tests.conftest import MakeUrl

Work = Callable[[Connection], object]


@pytest.fixture
def database(make_sqlite: MakeUrl) -> Iterator[Database]:
    opened = Database.open(make_sqlite())
    yield opened
    opened.close()


def setting(name: str, value: str = "x") -> Work:
    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO setting VALUES (:name, :value)"), {"name": name, "value": value})
        return name

    return work


def failing(name: str, error: Exception) -> Work:
    def work(connection: Connection) -> None:
        setting(name)(connection)
        raise error

    return work


def names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.execute(text("SELECT name FROM setting WHERE name != 'first'")).scalars())


def commits(database: Database) -> list[str]:
    """The list of all commits from now on."""
    said: list[str] = []
    with database.engine.connect() as only:
        writer: Any = only.connection.driver_connection
    writer.set_trace_callback(lambda sql: said.append(sql) if sql == "COMMIT" else None)
    return said


def all_at_once(database: Database, *works: Work) -> list[Future[object]]:
    """Start ``works`` while somebody writes, so that they are done by one leader in this order."""
    writes, goes_on = Event(), Event()

    def first(connection: Connection) -> None:
        setting("first")(connection)
        writes.set()
        assert goes_on.wait(10)

    with ThreadPoolExecutor(len(works) + 1) as threads:
        leader = threads.submit(database.write, first)
        assert writes.wait(10)
        waiting: Any = database._together._waiting
        futures = []
        for at, work in enumerate(works, 1):
            futures.append(threads.submit(database.write, work))
            while len(waiting) < at:
                assert not futures[-1].done()
        assert not any(future.done() for future in futures)
        goes_on.set()
        leader.result()
    return futures


def test_those_who_wait_are_written_with_one_commit(database: Database) -> None:
    said = commits(database)
    futures = all_at_once(database, *(setting(name) for name in "abcde"))
    assert [future.result() for future in futures] == list("abcde")
    assert (names(database), len(said)) == (set("abcde"), 2)


def test_who_fails_is_undone_alone(database: Database) -> None:
    futures = all_at_once(database, setting("a"), failing("b", Refused("no")), setting("a"), setting("c"))
    assert futures[0].result() == "a"
    with pytest.raises(Refused, match="no"):
        futures[1].result()
    with pytest.raises(Retry):
        futures[2].result()
    assert futures[3].result() == "c"
    assert names(database) == {"a", "c"}


def test_when_the_commit_fails_nobody_has_written(database: Database) -> None:
    def orphan(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("INSERT INTO device_sync VALUES (777, 777, 1)")

    futures = all_at_once(database, setting("a"), orphan, failing("b", Refused("by what is undone now")))
    assert [type(future.exception()) for future in futures] == [Retry, Retry, Retry]
    assert names(database) == set()
    assert database.write(setting("a")) == "a"


def test_who_does_not_find_room_takes_nobody_down_for_good(database: Database) -> None:
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    futures = all_at_once(database, setting("a"), setting("b", "x" * 1_000_000), setting("c"))
    assert isinstance(futures[1].exception(), StorageFull)
    assert {type(future.exception()) for future in (futures[0], futures[2])} <= {type(None), Retry}
    assert names(database) == {name for name, future in zip("abc", futures, strict=True) if not future.exception()}
    assert [database.write(setting(name)) for name in "de"] == ["d", "e"]


@pytest.mark.slow
def test_when_another_program_holds_the_database_all_are_told_and_later_ones_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0.1)
    database.write(setting("a"))
    holder = sqlite3.connect(str(database.file), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(3) as threads:
        futures = [threads.submit(database.write, setting(name)) for name in "bcd"]
        assert [type(future.exception()) for future in futures] == [Unavailable] * 3
    holder.execute("ROLLBACK")
    holder.close()
    assert database.write(setting("b")) == "b"
    assert names(database) == {"a", "b"}


def test_who_is_answered_finds_it_committed(database: Database) -> None:
    def write(number: int) -> bool:
        database.write(setting(str(number)))
        with sqlite3.connect(str(database.file)) as other:
            return other.execute("SELECT 1 FROM setting WHERE name = ?", (str(number),)).fetchone() == (1,)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(write, range(200)))
