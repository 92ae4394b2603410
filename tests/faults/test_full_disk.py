"""A full disk at any page of a write: told as such, nothing half done, reads go on, the same write works later."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import migrate, schema_of
from storage_plugin.model.book import Expect, StorageFull
from tests.faults.test_crash_points import contents
from tests.sql_writers.office import ODD, Office

LARGE = ODD.replace("X-UNKNOWN", f"X-LARGE:{'x' * 20000}\r\nX-UNKNOWN")


@pytest.fixture
def office(make_sqlite: Callable[[], str]) -> Iterator[Office]:
    url = make_sqlite()
    database = Database.open(url)
    made = Office(database, url)
    made.card()
    yield made
    made.check()
    database.close()


def pages(database: Database) -> int:
    with database.engine.connect() as connection:
        size: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return size


def limit(database: Database, size: int) -> None:
    """Let the file grow to this many pages."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {size}")


def put(office: Office) -> None:
    office.phone.book.put("large.vcf", LARGE.format(uid="large").encode(), Expect())


def change(office: Office) -> None:
    office.phone.book.put("a.vcf", LARGE.format(uid="uid-a.vcf").encode(), Expect())


@pytest.mark.parametrize("work", [put, change])
def test_a_full_disk_at_any_page_of_a_put(office: Office, work: Callable[[Office], None]) -> None:
    before, size, refused = contents(office.database), pages(office.database), 0
    for room in range(60):
        limit(office.database, size + room)
        try:
            work(office)
        except StorageFull:
            refused += 1
            assert contents(office.database) == before
            assert office.phone.text("a.vcf")
            with closing(sqlite3.connect(office.sql.target)) as check:
                assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            continue
        break
    assert refused >= 3 and room < 59
    limit(office.database, 1 << 30)


def test_a_poll_is_answered_though_a_drain_finds_no_room(office: Office) -> None:
    office.sql(f"INSERT INTO contact (given_name, note) VALUES ('Big', '{'x' * 50000}')")
    limit(office.database, pages(office.database))
    assert office.phone.book.entries()[1]
    limit(office.database, 1 << 30)
    assert len(office.phone.poll()[0]) == 1


@pytest.mark.slow
def test_a_full_disk_at_any_page_of_a_migration(tmp_path: Path) -> None:
    refused = 0
    database = Database.open(f"sqlite:///{tmp_path}/new.db")
    for room in range(2, 200, 7):
        limit(database, room)
        try:
            migrate(database)
        except StorageFull:
            refused += 1
            assert schema_of(database) is None
            continue
        break
    assert refused > 3 and schema_of(database) is not None
    database.close()
