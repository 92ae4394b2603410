"""Backup and restore, within and across kinds of database."""

from __future__ import annotations

import threading
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.backup import Damaged, backup
from storage_plugin.database.engine import Database
from storage_plugin.database.restore import restore
from storage_plugin.database.schema import book, metadata
from storage_plugin.model.book import Expect, Refused, SchemaMismatch, StorageFull
from tests.sql_writers.office import ODD, Office

MakeUrl = Callable[[], str]
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Callable[[str], str]:
    def of_kind(kind: str) -> str:
        url: str = request.getfixturevalue(f"make_{kind}")()
        return url

    return of_kind


@pytest.fixture
def opened() -> Iterator[Callable[[str], Database]]:
    """A function that opens databases, which are closed in the end."""
    made: list[Database] = []

    def open_(url: str) -> Database:
        made.append(Database.open(url))
        return made[-1]

    yield open_
    for database in made:
        database.close()


Opened = Callable[[str], Database]


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but for the keys of books."""
    with database.reading() as connection:
        found = {}
        for table in metadata.sorted_tables:
            columns = [column for column in table.c if column is not book.c.key]
            rows = connection.execute(table.select().with_only_columns(*columns).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in rows]
        return found


def filled(url: str, opened: Opened) -> Office:
    """An office with history, trash, links and what SQL touched last."""
    office = Office(opened(url), url)
    key = office.card()
    office.card("b.vcf")
    office.sql(f"UPDATE contact SET job_title = 'Director' WHERE id = {key}")
    office.phone.poll()
    office.sql("INSERT INTO contact (id, company, is_company, record_type_id) VALUES (60, 'Firm', TRUE, 2)")
    office.sql(f"UPDATE contact SET account_id = 60 WHERE id = {key}")
    office.sql("INSERT INTO contact (given_name, note) VALUES ('Ünï 漢字', 'a\"b')")
    office.phone.poll()
    office.phone.book.put("last.vcf", ODD.format(uid="last").encode(), Expect())
    office.phone.book.delete("last.vcf", Expect())
    office.sql("INSERT INTO record_field (id, record_type_id, name) VALUES (7, 1, 'Region')")
    office.sql(f"INSERT INTO custom_value (contact_id, field_id, value) VALUES ({key}, 7, 'North')")
    office.phone.poll()
    return office


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_a_restored_database_equals_the_old_one(
    opened: Opened, make: Callable[[str], str], source: str, target: str, tmp_path: Path
) -> None:
    office = filled(make(source), opened)
    counts = backup(office.database, tmp_path / "b.zip")
    assert counts["card"] == 4 and counts["trash"] == 1
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    url = make(target)
    database = opened(url)
    assert restore(database, tmp_path / "b.zip") == counts
    assert contents(database) == contents(office.database)
    old, moved = office.phone.users.viewer("anna"), Office.__new__(Office)
    moved.database, moved.url, moved.phone = database, url, office.phone
    office.phone.database, office.phone.users = database, type(office.phone.users)(database)
    viewer = office.phone.users.viewer("anna")
    assert old is not None and viewer is not None and viewer.book_key != old.book_key
    last = max(row[0] for row in contents(database)["trash"])
    SqlAddressBook(database, viewer).put("new.vcf", ODD.format(uid="new").encode(), Expect())
    new = {row[3]: row[0] for row in contents(database)["card"]}
    assert max(new.values()) > last, "the id of a record in the trash is given again"
    moved.check()


def test_a_backup_goes_into_an_empty_database_only(database: Database, database_url: str, tmp_path: Path) -> None:
    office = Office(database, database_url)
    office.card()
    backup(database, tmp_path / "b.zip")
    before = contents(database)
    with pytest.raises(Refused, match="empty database"):
        restore(database, tmp_path / "b.zip")
    assert contents(database) == before


@pytest.mark.slow
def test_a_damaged_backup_changes_nothing(opened: Opened, make_sqlite: MakeUrl, tmp_path: Path) -> None:
    office = filled(make_sqlite(), opened)
    file = tmp_path / "b.zip"
    backup(office.database, file)
    whole = file.read_bytes()
    database = opened(make_sqlite())
    before = contents(database)
    damages = [whole[: len(whole) // 2], b"", b"no zip", whole[:-30]]
    directory = whole.rindex(b"PK\x01\x02")
    damages += [whole[: directory + 6] + bytes([108]) + whole[directory + 7 :]]  # written by a zip of version 10.8
    damages += [whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :] for at in range(40, len(whole), 997)]
    refused = 0
    for damage in damages:
        file.write_bytes(damage)
        try:
            restore(database, file)
        except (Damaged, SchemaMismatch) as error:
            assert "\n" not in str(error)
            refused += 1
            assert contents(database) == before
        else:
            # A byte that no part depends on, such as a time stamp: what was restored is whole.
            assert contents(database) == contents(office.database)
            database = opened(make_sqlite())
    assert refused >= len(damages) / 2


def test_a_backup_that_lacks_a_row_is_damaged(opened: Opened, make_sqlite: MakeUrl, tmp_path: Path) -> None:
    office = filled(make_sqlite(), opened)
    backup(office.database, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as old, zipfile.ZipFile(tmp_path / "c.zip", "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, b"".join(text.splitlines(True)[1:]) if name == "tables/phone.jsonl" else text)
    with pytest.raises(Damaged, match="phone"):
        restore(opened(make_sqlite()), tmp_path / "c.zip")


@pytest.mark.slow
def test_a_backup_is_one_state_while_phones_write(database: Database, database_url: str, tmp_path: Path) -> None:
    office, stop = Office(database, database_url), threading.Event()

    def write() -> None:
        at = 0
        while not stop.is_set():
            at += 1
            office.phone.book.put(f"{at}.vcf", ODD.format(uid=f"u{at}").encode(), Expect())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = []
        for _ in range(4):
            counts.append(backup(database, tmp_path / "b.zip"))
            time.sleep(0.05)
    finally:
        stop.set()
        writer.join()
    assert all(said["contact"] == said["card"] == said["search"] == said["phone"] for said in counts)
    assert counts[0]["card"] < counts[-1]["card"]


def test_no_room_for_a_backup_is_told(opened: Opened, make_sqlite: MakeUrl) -> None:
    office = Office(opened(url := make_sqlite()), url)
    full = Path("/dev/full")
    assert full.exists(), "this test needs /dev/full, as every Linux has it"
    link = Path(office.sql.target).with_name("b.zip.part")
    link.symlink_to(full)
    with pytest.raises((StorageFull, OSError)):
        backup(office.database, link.with_name("b.zip"))


@pytest.mark.slow
def test_memory_stays_flat_with_many_cards(opened: Opened, make_sqlite: MakeUrl, tmp_path: Path) -> None:
    office = Office(opened(url := make_sqlite()), url)
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    office.sql(f"INSERT INTO contact (given_name, note) {rows} SELECT 'N' || i, hex(randomblob(500)) FROM n")
    while office.sql.number("SELECT count(*) FROM touched"):
        office.phone.poll()
    tracemalloc.start()
    backup(office.database, tmp_path / "b.zip")
    restore(opened(make_sqlite()), tmp_path / "b.zip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000
