"""A disk that gets full under the server and the command line: told so, nothing half done, and on with room."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import check_schema, schema_of
from tests.cli.conftest import CommandLine
from tests.cli.running import serving
from tests.clients.iphone import IPhone
from tests.clients.server import USER, Server, told
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.test_killed import cards

pytestmark = pytest.mark.slow
MANY = 1500


@pytest.fixture(params=["real", "substitute"])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    """A small file system; the substitute where we may not mount one, and once in any case."""
    with small_disk(tmp_path / "disk", mounts=request.param == "real") as made:
        yield made


def ask(file: Path, statement: str) -> object:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(statement).fetchone()[0]


def test_a_full_disk_under_the_server(disk: SmallDisk) -> None:
    folder = disk.folder / "data"
    told(folder, "init")
    told(folder, "user", "add", USER)
    with serving(folder, "--workers", "1") as started:
        server = Server(folder, started.address)
        with closing(IPhone(server.address, USER, server.device("iPhone"))) as phone:
            kept, gone = phone.create("FN:Kept", "N:Kept;;;;"), phone.create("FN:Gone", "N:Gone;;;;")
            phone.sync()
            before = dict(phone.cards)
            with disk.with_room_for(0, started.workers()):
                for work in (
                    lambda: phone.create("FN:Large", f"NOTE:{'x' * 100_000}"),
                    lambda: phone.edit(kept, f"NOTE:{'y' * 100_000}"),
                    lambda: phone.delete(gone),
                ):
                    with pytest.raises(AssertionError, match="status=507"):
                        work()
                phone.sync()
                assert phone.cards == before
            made = phone.create("FN:Large", f"NOTE:{'x' * 100_000}")
            phone.edit(kept, "NOTE:with room")
            phone.delete(gone)
            phone.sync()
            assert {card.value("FN") for card in phone.cards.values()} == {"Kept", "Large"}
            assert phone.find(made).value("NOTE") == "x" * 100_000
    assert ask(folder / "contacts.sqlite", "PRAGMA integrity_check") == "ok"


@pytest.fixture
def myself() -> Iterator[list[int]]:
    yield [os.getpid()]


def test_a_full_disk_in_the_middle_of_an_import(disk: SmallDisk, tmp_path: Path, myself: list[int]) -> None:
    cli = CommandLine(disk.folder / "data")
    cli("init")
    file, database = cards(tmp_path / "many.vcf", MANY), cli.folder / "contacts.sqlite"
    with disk.with_room_for(3_500_000, myself):
        refused = cli.run("import", file)
    assert refused.exit_code == 5, refused.output
    assert refused.stderr.strip().count("\n") == 0 and "room" in refused.stderr
    there = ask(database, "SELECT count(*) FROM card")
    assert isinstance(there, int) and 0 < there < MANY and there % 500 == 0
    assert f"{MANY - there} new, 0 changed, {there} unchanged" in cli("import", file)
    assert ask(database, "SELECT count(DISTINCT uid) FROM card") == MANY
    assert ask(database, "SELECT count(*) FROM contact") == MANY
    assert ask(database, "PRAGMA integrity_check") == "ok"


def test_a_full_disk_in_the_middle_of_a_migration(disk: SmallDisk, myself: list[int]) -> None:
    cli, url = CommandLine(disk.folder), f"sqlite:///{disk.folder}/new.db"
    with disk.with_room_for(60_000, myself):
        refused = cli.run("migrate", "--database", url)
    assert refused.exit_code == 5, refused.output
    assert refused.stderr.strip().count("\n") == 0 and "room" in refused.stderr
    database = Database.open(url)
    assert schema_of(database) is None
    cli("migrate", "--database", url)
    check_schema(database)
    database.close()
