"""A backup of a server that phones write to, a fresh machine, a new version: as their owner would do it."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command as alembic
from alembic.config import Config

from bridge.place import Place
from bridge.setup import prepare
from storage_plugin.database import migrate
from storage_plugin.database.engine import Database
from storage_plugin.database.users import Users
from tests.cli.running import serving
from tests.clients.connection import connected
from tests.clients.iphone import IPhone
from tests.clients.server import USER, told


def installation(folder: Path, *devices: str) -> list[str]:
    """Make an installation with one user; give the passwords of the user's devices."""
    prepare(Place(folder))
    with Place(folder).opened() as database:
        Users(database).add(USER)
        return [Users(database).add_device(USER, name) for name in devices]


class Writer(threading.Thread):
    """A phone that saves one contact after the other; ``saved`` are the UIDs in the order of the server's answers."""

    def __init__(self, address: str, secret: str) -> None:
        super().__init__()
        self.phone = IPhone(address, USER, secret)
        self.saved: list[str] = []
        self.is_over = threading.Event()
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.is_over.is_set():
                number = len(self.saved)
                self.saved.append(self.phone.create(f"FN:Number {number}", f"N:{number};Number;;;"))
        except BaseException as fault:
            self.fault = fault

    def __enter__(self) -> Writer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.join(60)
        self.phone.close()


@pytest.mark.slow
def test_a_backup_of_a_server_that_phones_write_to_serves_on_a_fresh_machine(tmp_path):
    file = tmp_path / "contacts.backup"
    secrets = installation(tmp_path / "old", "one", "other")
    with serving(tmp_path / "old") as old:
        with Writer(old.address, secrets[0]) as one, Writer(old.address, secrets[1]) as other:
            before = [list(each.saved) for each in (one, other)]
            told(tmp_path / "old", "backup", str(file))
            at_the_end = [len(each.saved) for each in (one, other)]
        assert [one.fault, other.fault] == [None, None]
        assert all(end > len(known) for known, end in zip(before, at_the_end, strict=True)), "nobody wrote meanwhile"
        sent = {**one.phone.cards, **other.phone.cards}
    told(tmp_path / "new", "restore", str(file))
    with serving(tmp_path / "new", "--workers", "1") as new:
        phone = IPhone(new.address, USER, secrets[0])
        with closing(phone):
            held = {card.value("UID") for card in phone.cards.values()}
            assert {uid for known in before for uid in known} <= held
            for writer in (one, other):
                there = [uid in held for uid in writer.saved]
                assert there == sorted(there, reverse=True), "a later contact is there and an earlier one is not"
            assert {href: card.text for href, card in phone.cards.items()} == {h: sent[h].text for h in phone.cards}
            phone.create("FN:New", "N:New;;;;")


def first_release(folder: Path) -> None:
    """Make of an installation what the first release would have left: its schema, with the rows that it knows."""
    file, new = folder / "contacts.sqlite", folder / "new.sqlite"
    file.rename(new)
    database = Database.open(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", migrate.SCRIPTS)
    with database.migrating(10) as connection:
        config.attributes["connection"] = connection
        alembic.upgrade(config, "0001")
    database.close()
    with closing(sqlite3.connect(file, isolation_level=None)) as old:
        old.execute("ATTACH ? AS new", (str(new),))
        tables = [name for (name,) in old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table == "alembic_version":
                continue
            known = {row[1] for row in old.execute(f'PRAGMA new.table_info("{table}")')}
            names = ", ".join(
                f'"{row[1]}"' for row in old.execute(f'PRAGMA main.table_info("{table}")') if row[1] in known
            )
            old.execute(f'DELETE FROM main."{table}"')
            old.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM new."{table}"')
    for part in folder.glob("new.sqlite*"):
        part.unlink()


def test_a_new_version_backs_up_and_upgrades_by_itself_and_phones_notice_nothing(tmp_path):
    folder = tmp_path / "data"
    (secret,) = installation(folder, "one")
    with serving(folder, "--workers", "1") as old:
        phone = IPhone(old.address, USER, secret)
        uid = phone.create("FN:Nick Brigandi", "N:Brigandi;Nick;;;")
        phone.sync()
    first_release(folder)
    assert schema(folder / "contacts.sqlite") == "0001"
    with serving(folder, "--workers", "1") as new:
        phone.close()
        phone._connection = connected(new.address)
        known = dict(phone.cards)
        phone._ctag = ""  # so that it asks with its old token
        phone.sync()
        assert phone.cards == known
        phone.edit(uid, "NOTE:after the upgrade")
        phone.close()
    assert schema(folder / "contacts.sqlite") == migrate.head()
    (backup,) = folder.glob("contacts.sqlite.schema-0001-*")
    assert backup.stat().st_mode & 0o777 == 0o600
    assert schema(backup) == "0001"
    with closing(sqlite3.connect(backup)) as kept:
        assert kept.execute("SELECT formatted_name FROM contact").fetchall() == [("Nick Brigandi",)]


def schema(file: Path) -> str:
    with closing(sqlite3.connect(file)) as database:
        return database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
