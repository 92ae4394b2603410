"""The database is locked, damaged or stopped: told as such, in time, and used again as soon as it is back."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import migrate
from storage_plugin.model.book import Expect, Unavailable
from tests.sql_writers.office import ODD, Office


@pytest.mark.slow
def test_a_locked_file_stops_writers_in_time_and_no_reader(make_sqlite: Callable[[], str]) -> None:
    url = make_sqlite()
    database = Database.open(url)
    office = Office(database, url)
    office.card()
    other = sqlite3.connect(office.sql.target, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    with pytest.raises(Unavailable) as told:
        office.phone.book.put("b.vcf", ODD.format(uid="b").encode(), Expect())
    assert 4 < time.monotonic() - began < 20
    assert told.value.retry_after
    began = time.monotonic()
    assert office.phone.text("a.vcf")
    assert time.monotonic() - began < 4
    other.execute("ROLLBACK")
    other.close()
    office.phone.put("b.vcf", ODD.format(uid="b"))
    database.close()


@pytest.mark.parametrize("damage", ["directory", "no database", "header"])
def test_a_file_that_is_no_database_is_away(make_sqlite: Callable[[], str], damage: str) -> None:
    path = Path(make_sqlite().removeprefix("sqlite:///"))
    if damage == "directory":
        path.unlink()
        path.mkdir()
    elif damage == "no database":
        path.write_bytes(b"no database at all " * 1000)
    else:
        with path.open("r+b") as file:
            file.write(b"\xff" * 100)
    database = Database.open(f"sqlite:///{path}")
    for work in (database.reading, database.writing):
        with pytest.raises(Unavailable), work() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM card")
    database.close()


@pytest.mark.slow
def test_a_server_that_was_stopped_is_used_again_when_it_is_back() -> None:
    import pgserver

    folder = tempfile.mkdtemp(prefix="contact-bridge-pg-")
    server = pgserver.get_server(folder, cleanup_mode="delete")
    database = Database.open(server.get_uri())
    try:
        migrate(database)
        office = Office(database, server.get_uri())
        office.card()
        control(folder, "stop", "-m", "immediate")
        for work in (lambda: office.phone.book, lambda: office.phone.text("a.vcf")):
            with pytest.raises(Unavailable):
                work()
        control(folder, "start", "-l", f"{folder}/log", "-o", f'-h "" -k {folder}')
        assert "Anna Muster" in office.phone.text("a.vcf")
        office.phone.put("b.vcf", ODD.format(uid="b"))
        office.check()
    finally:
        database.close()
        server.cleanup()


def control(folder: str, *arguments: str) -> None:
    import pgserver

    program = Path(pgserver.__file__).parent / "pginstall" / "bin" / "pg_ctl"
    command = [str(program), "-D", folder, "-w", *arguments]
    if os.geteuid() == 0:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", user="pgserver")
    else:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
