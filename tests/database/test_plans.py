"""What a device asks for is found by an index: no request on one card reads the whole book (SQLite's query plans)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.browsing import Wanted
from storage_plugin.database.duplicates import duplicates
from storage_plugin.database.engine import Database
from storage_plugin.database.erasure import traces
from storage_plugin.database.users import Users
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import Expect, Needle
from storage_plugin.model.view import Condition, Filter, Operator, View

CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u{0}\r\nFN:Ada {0}\r\nORG:Acme {0}\r\n"
    "CATEGORIES:Business Contact\r\nEND:VCARD\r\n"
)
TABLES = "card|contact|search|change|version|trash|group_card"
WHOLE = re.compile(rf"SCAN ({TABLES})\b|({TABLES}) USING .*\(book_id=\?\)$")
READING = ("SELECT", "UPDATE", "DELETE")


def _plans(database: Database, path: Path, act: Callable[[], object]) -> dict[str, list[str]]:
    asked: list[str] = []
    with database.engine.connect() as only:
        writer: Any = only.connection.driver_connection
    writer.set_trace_callback(asked.append)
    act()
    writer.set_trace_callback(None)
    return _explained(path, (sql for sql in asked if sql.startswith(READING)))


def _explained(path: Path, statements: Iterable[str]) -> dict[str, list[str]]:
    with sqlite3.connect(path) as connection:
        return {sql: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")] for sql in statements}


def _traced(database: Database) -> list[str]:
    """Give the list into which every statement of the readers goes from now on."""
    asked: list[str] = []
    database.close()

    @event.listens_for(database._readers, "connect")
    def trace(connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(asked.append)

    return asked


def _phone(path: Path, template: Path) -> SqlAddressBook:
    """Make a book of three cards, as a phone sees it."""
    path.write_bytes(template.read_bytes())
    database = Database.open(f"sqlite:///{path}")
    users = Users(database)
    users.add("anna")
    viewer = users.sign_in("anna", users.add_device("anna", "phone"))
    assert viewer is not None
    phone = SqlAddressBook(database, viewer)
    for number in range(3):
        phone.put(f"{number}.vcf", CARD.format(number).encode(), Expect())
    return phone


def test_no_write_of_a_card_reads_the_whole_book(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "book.db"
    phone = _phone(path, sqlite_template)
    database = phone.database
    acts: dict[str, Callable[[], object]] = {
        "new": lambda: phone.put("9.vcf", CARD.format(9).encode(), Expect()),
        "changed": lambda: phone.put(
            "1.vcf", CARD.format(1).replace("FN:A", "FN:E").replace("ORG:A", "ORG:E").encode(), Expect()
        ),
        "moved": lambda: phone.move("1.vcf", "8.vcf", Expect(), overwrite=False),
        "deleted": lambda: phone.delete("2.vcf", Expect()),
        "back": lambda: phone.put("2.vcf", CARD.format(2).encode(), Expect()),
    }
    found = {name: _plans(database, path, act) for name, act in acts.items()}
    database.close()

    whole = [
        (name, sql) for name, plans in found.items() for sql, plan in plans.items() if any(map(WHOLE.search, plan))
    ]
    assert whole == []
    assert all(found.values()), "the statements were not seen: this test would prove nothing"


def test_no_read_of_some_cards_walks_through_the_whole_book(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "book.db"
    phone = _phone(path, sqlite_template)
    database, viewer = phone.database, phone.viewer
    renamed = SqlAddressBook(database, replace(viewer, has_aliases=True))
    filtered = SqlAddressBook(database, replace(viewer, view=View(Filter((Condition("city", Operator.IS, "Bonn"),)))))
    asked = _traced(database)
    for book in (phone, renamed, filtered):
        assert set(book.cards(["1.vcf", "2.vcf"])) == {"1.vcf", "2.vcf"}
        assert [card.href for card in book.candidates([Needle("ada 1", "FN")])] == ["1.vcf"]
        assert book.changes_since(viewer.number).changed.hrefs
    database.close()

    plans = _explained(path, (sql for sql in asked if sql.startswith("SELECT")))
    assert len(plans) >= 9
    whole = [(sql, step) for sql, plan in plans.items() for step in plan if WHOLE.search(step)]
    assert [step for _, step in whole if not step.startswith("SCAN search USING COVERING INDEX")] == []


def test_what_the_page_finds_leads_to_its_card(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "book.db"
    phone = _phone(path, sqlite_template)
    database, viewer = phone.database, phone.viewer
    asked = _traced(database)
    page = Viewing(database, viewer)
    for words in ("ada", "1", "山"):
        page.lines(Wanted(words=words))
    ids = [line.id for line in page.lines(Wanted(words="ada")).lines]
    assert page.seen(ids) == set(ids) and len(ids) == 3
    assert len(traces(database, 1, "ada")) == 3
    SqlAddressBook(database, viewer).put("9.vcf", CARD.format(1).replace("UID:u", "UID:v").encode(), Expect())
    assert [group.said for group in duplicates(page)] == ["acme 1"]
    database.close()

    joins = ("FROM search CROSS JOIN card", "FROM card JOIN search")
    plans = _explained(path, (sql for sql in asked if sql.startswith("SELECT") and any(map(sql.count, joins))))
    assert len(plans) == 5, "the statements were not seen: this test would prove nothing"
    for sql, plan in plans.items():
        assert "SEARCH card USING INTEGER PRIMARY KEY (rowid=?)" in plan, sql
        assert (plan[0] == "SCAN search") == ("CROSS JOIN" in sql), sql
