"""REPLACE at the sqlite3 shell: SQLite deletes the row that gives way without firing a trigger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage_plugin.database.engine import Database
from tests.conftest import MakeUrl
from tests.sql_writers.office import Office
from tests.sql_writers.shells import Refusal


@pytest.fixture
def office(make_sqlite: MakeUrl) -> Iterator[Office]:
    url = make_sqlite()
    database = Database.open(url)
    made = Office(database, url)
    yield made
    made.check()
    database.close()


@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE"])
def test_replacing_a_contact_by_its_id_is_a_change_and_keeps_children(office: Office, verb: str) -> None:
    key = office.card()
    office.sql(f"{verb} INTO contact (id, given_name) VALUES ({key}, 'Replaced')")
    assert office.phone.poll() == ({"a.vcf"}, set())
    text = office.phone.text("a.vcf")
    assert "N:;Replaced;;;" in text and "TITLE" not in text and "+49 30 1234" in text


def test_replacing_a_contact_by_its_number_throws_the_old_one_away(office: Office) -> None:
    key = office.card()
    number = office.sql(f"SELECT customer_number FROM contact WHERE id = {key}")
    office.sql(f"UPDATE contact SET job_title = 'Last' WHERE id = {key}")
    office.sql(f"REPLACE INTO contact (customer_number, given_name) VALUES ('{number}', 'Other')")
    changed, gone = office.phone.poll()
    assert gone == {"a.vcf"} and len(changed) == 1
    assert office.sql(f"SELECT count(*) FROM phone WHERE contact_id = {key}") == "0"
    assert "TITLE:Last" in office.sql(f"SELECT text FROM trash WHERE contact_id = {key}")


def test_updating_or_replacing_a_number_throws_the_other_away(office: Office) -> None:
    one, two = office.card("a.vcf"), office.card("b.vcf")
    number = office.sql(f"SELECT customer_number FROM contact WHERE id = {one}")
    office.sql(f"UPDATE OR REPLACE contact SET customer_number = '{number}' WHERE id = {two}")
    changed, gone = office.phone.poll()
    assert (changed, gone) == ({"b.vcf"}, {"a.vcf"})


def test_insert_or_ignore_leaves_the_old_one_alone(office: Office) -> None:
    key = office.card()
    number = office.sql(f"SELECT customer_number FROM contact WHERE id = {key}")
    office.sql(f"INSERT OR IGNORE INTO contact (customer_number, given_name) VALUES ('{number}', 'Other')")
    assert office.phone.poll() == (set(), set())
    assert office.sql("SELECT count(*) FROM trash") == "0"
    office.sql(f"DELETE FROM contact WHERE id = {key}", "INSERT INTO contact (given_name) VALUES ('New')")
    changed, gone = office.phone.poll()
    assert len(changed) == 1 and gone == {"a.vcf"}


def test_replacing_into_another_book_is_refused(office: Office) -> None:
    key = office.card()
    office.sql("INSERT INTO book (id, name, key, created_at) VALUES (2, 'Second', 'k', '2026')")
    with pytest.raises(Refusal, match="a contact keeps its id and its book"):
        office.sql(f"REPLACE INTO contact (id, book_id, given_name) VALUES ({key}, 2, 'x')")


@pytest.mark.parametrize("table", ["phone", "email", "category"])
def test_replacing_a_child_row_for_another_contact_changes_both(office: Office, table: str) -> None:
    one, two = office.card("a.vcf"), office.card("b.vcf")
    row = office.sql.number(f"SELECT id FROM {table} WHERE contact_id = {one}")
    column = {"phone": "number", "email": "address", "category": "name"}[table]
    office.sql(f"REPLACE INTO {table} (id, contact_id, {column}) VALUES ({row}, {two}, 'x@example.com')")
    assert office.phone.poll() == ({"a.vcf", "b.vcf"}, set())


def test_a_child_row_that_takes_the_id_of_another_changes_both(office: Office) -> None:
    one, two = office.card("a.vcf"), office.card("b.vcf")
    row = office.sql.number(f"SELECT id FROM phone WHERE contact_id = {one}")
    office.sql(f"UPDATE OR REPLACE phone SET id = {row} WHERE contact_id = {two}")
    assert office.phone.poll()[0] >= {"a.vcf"}
    assert "TEL" not in office.phone.text("a.vcf")
