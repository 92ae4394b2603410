"""SQL writers, phones and drains at the same time: nobody waits long, nobody fails, and no change is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import LOCK_SECONDS
from storage_plugin.model.book import Expect, Precondition
from tests.effort import seconds
from tests.sql_writers.between import meanwhile
from tests.sql_writers.office import ODD, Office, Phone
from tests.sql_writers.shells import Refusal, Session

SECONDS = seconds(3)

BLOCKED = 3 * LOCK_SECONDS
"""Seconds that nobody waits who is not blocked, on however slow a machine."""


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


class Crowd:
    """Threads that work until the time is up; the first failure of any is raised."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.until = time.monotonic() + seconds
        self.pool = ThreadPoolExecutor(16)
        self.running: list[object] = []
        self.slowest = 0.0

    def add(self, step: Callable[[int], object]) -> None:
        def work() -> int:
            count = 0
            while time.monotonic() < self.until:
                began = time.monotonic()
                step(count)
                self.slowest = max(self.slowest, time.monotonic() - began)
                count += 1
            return count

        self.running.append(self.pool.submit(work))

    def finish(self) -> list[int]:
        counts = [future.result() for future in self.running]  # type: ignore[attr-defined]
        self.pool.shutdown()
        return counts


def patiently(session: Session, statement: str) -> None:
    """Run a statement as somebody does whom SQLite tells that it is locked: again."""
    while True:
        try:
            session.run(statement)
            return
        except Refusal as refusal:
            if "locked" not in str(refusal):
                raise
            time.sleep(0.002)


def test_no_change_is_lost_while_all_write(office: Office) -> None:
    """Phones count in one field of a card, SQL writers in others, of the same contacts; all counts are there."""
    keys = [office.card(f"{at}.vcf") for at in range(3)]
    for key in keys:
        office.sql(f"UPDATE contact SET nickname = '0', manager = '0', department = '0' WHERE id = {key}")
    office.phone.poll()
    sessions = [office.sql.session() for _ in range(3)]
    crowd = Crowd()
    crowd.add(counting(sessions[0], "UPDATE contact SET nickname = '{count}' WHERE id = {key}", keys))
    crowd.add(counting(sessions[1], "UPDATE contact SET department = '{count}' WHERE id = {key}", keys))
    crowd.add(counting(sessions[2], "INSERT INTO category (contact_id, name) VALUES ({key}, 'C{count}')", keys))
    for at in range(3):
        crowd.add(lambda count, href=f"{at}.vcf": count_by_phone(office, href, count + 1))
    for _ in range(2):
        crowd.add(lambda _: office.phone.book.changes_since(office.phone.number))
    nick, department, children, *phones = crowd.finish()
    assert crowd.slowest < BLOCKED
    office.phone.poll()
    for at, key in enumerate(keys):
        text = office.phone.text(f"{at}.vcf")
        assert f"NICKNAME:{nick}\r\n" in text
        assert f"ORG:Example GmbH;{department}\r\n" in text
        assert f"X-UNKNOWN:{phones[at]}\r\n" in text
        assert office.sql.number(f"SELECT count(*) FROM category WHERE contact_id = {key}") == children + 1
    for session in sessions:
        session.__exit__()


def counting(session: Session, statement: str, keys: list[int]) -> Callable[[int], None]:
    """Give a step of somebody at a shell, who writes the next number into each of these contacts."""

    def step(count: int) -> None:
        for key in keys:
            patiently(session, statement.format(count=count + 1, key=key))

    return step


def count_by_phone(office: Office, href: str, count: int) -> None:
    """Write a number into a card as a phone does that reads it again when it was changed meanwhile."""
    while True:
        book = office.phone.book
        card = book.cards([href])[href]
        old = next(line for line in card.text.split("\r\n") if line.startswith("X-UNKNOWN"))
        text = card.text.replace(old, f"X-UNKNOWN:{count}")
        try:
            book.put(href, text.encode(), Expect(match=(card.etag,)))
            return
        except Precondition:
            continue


def test_drains_at_once_settle_each_contact_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage_plugin.database.drain.PATIENCE", float("inf"))  # what is carried on nobody counts
    office.sql(*(f"INSERT INTO contact (given_name) VALUES ('N{at}')" for at in range(300)))
    others = [Database.open(office.url) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        settled = sum(pool.map(drain, [office.database, *others])) + drain(office.database)
    for other in others:
        other.close()
    assert settled == 300
    changed, _ = office.phone.poll()
    assert len(changed) == 300
    assert office.sql.number("SELECT count(*) FROM version") == 0


def test_a_poll_sees_what_was_committed_before_it_while_others_drain(office: Office) -> None:
    key = office.card()
    phones = [Phone(office.database, "anna", f"phone {at}") for at in range(4)]
    for count in range(8):
        office.sql(f"UPDATE contact SET job_title = 'T{count}' WHERE id = {key}")
        with ThreadPoolExecutor(4) as pool:
            polled = list(pool.map(lambda phone: phone.poll(), phones))
        assert polled == [({"a.vcf"}, set())] * 4


def test_an_open_transaction_blocks_no_poll_and_no_other_put(office: Office) -> None:
    for at in range(3):
        office.card(f"{at}.vcf")
    office.sql(*("INSERT INTO contact (given_name) VALUES ('N')" for _ in range(50)))
    office.phone.poll()
    own = office.card("own.vcf")
    with office.sql.session() as session:
        session.run("BEGIN")
        session.run(f"UPDATE contact SET job_title = 'Later' WHERE id <> {own}")
        session.run("DELETE FROM contact WHERE given_name = 'N' AND id % 2 = 0")
        session.run("INSERT INTO contact (given_name, customer_number) VALUES ('x', '10056')")
        assert timed(lambda: office.phone.poll()) < 4
        if not office.sql.is_sqlite:  # SQLite has one writer: its PUTs wait for the other, or are told to come again
            other = office.sql.session()
            other.run("INSERT INTO contact (given_name) VALUES ('Meanwhile')")
            other.__exit__()
            text = office.phone.text("own.vcf").replace("TITLE:Assistant", "TITLE:Now")
            assert timed(lambda: office.phone.put("own.vcf", text)) < 4
            assert timed(lambda: office.phone.put("new.vcf", ODD.format(uid="new"))) < 4
            assert timed(office.phone.poll) < 4
        session.run("COMMIT")
    changed, gone = office.phone.poll()
    assert gone and {"0.vcf", "1.vcf", "2.vcf"} <= changed
    assert office.sql.number("SELECT count(*) FROM contact WHERE job_title = 'Later'") >= 3


@pytest.mark.slow
def test_a_put_and_people_at_psql_meet_no_deadlock_in_any_order(both: Office) -> None:
    """A transaction at psql locks child and contact in either order while a phone replaces the children."""
    key = both.card()
    one, two = both.sql.session(), both.sql.session()
    crowd = Crowd()

    def child_first(count: int) -> None:
        one.run("BEGIN")
        one.run(f"UPDATE phone SET label = 'L{count}' WHERE contact_id = {key}")
        one.run(f"UPDATE contact SET job_title = 'T{count}' WHERE id = {key}")
        one.run(f"INSERT INTO phone (contact_id, number) VALUES ({key}, '+49 1 {count}')")
        one.run("COMMIT")

    def contact_first(count: int) -> None:
        two.run("BEGIN")
        two.run("UPDATE contact SET department = 'D' WHERE given_name = 'Somebody else'")
        two.run(f"UPDATE email SET address = 'a{count}@example.com' WHERE contact_id = {key}")
        two.run("COMMIT")

    def by_phone(count: int) -> None:
        book = both.phone.book
        text = book.cards(["a.vcf"])["a.vcf"].text
        lines = [line for line in text.split("\r\n") if not line.startswith("TEL")]
        lines.insert(4, f"TEL;TYPE=HOME:+49 2 {count}")
        book.put("a.vcf", "\r\n".join(lines).encode(), Expect())

    crowd.add(child_first)
    crowd.add(contact_first)
    crowd.add(by_phone)
    crowd.add(lambda _: both.phone.book)
    assert all(crowd.finish())
    assert crowd.slowest < BLOCKED
    one.__exit__()
    two.__exit__()


def test_a_contact_deleted_while_a_child_changes_keeps_the_last_value(both: Office) -> None:
    """One deletes a contact whose child another is changing: he waits, and the trash has what was committed."""
    key = both.card()
    one, two = both.sql.session(), both.sql.session()
    two.run("BEGIN")
    two.run(f"UPDATE phone SET label = 'x' WHERE contact_id = {key}")
    with ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(one.run, f"DELETE FROM contact WHERE id = {key}")
        time.sleep(0.3)
        two.run("COMMIT")
        deleting.result()
    both.phone.poll()
    assert '"label": "x"' in both.sql(f"SELECT columns FROM trash WHERE contact_id = {key}")
    one.__exit__()
    two.__exit__()


def test_a_put_waits_for_an_uncommitted_child_and_takes_it_in(both: Office) -> None:
    key = both.card()
    book, etag = both.phone.book, both.phone.members["a.vcf"]
    text = both.phone.text("a.vcf")
    with both.sql.session() as session, ThreadPoolExecutor(1) as pool:
        session.run("BEGIN")
        session.run(f"UPDATE phone SET number = '+49 30 777' WHERE contact_id = {key}")
        putting = pool.submit(book.put, "a.vcf", text.replace("1234", "4321").encode(), Expect(match=(etag,)))
        time.sleep(0.3)
        assert not putting.done()
        session.run("COMMIT")
        error = putting.exception(timeout=5)
    assert type(error).__name__ == "Precondition", "the phone had not seen what was committed meanwhile"
    both.phone.poll()
    assert "+49 30 777" in both.phone.text("a.vcf")


def test_what_is_committed_while_a_drain_works_is_left_for_the_next(both: Office) -> None:
    key = both.card()
    both.sql(f"UPDATE contact SET job_title = 'First' WHERE id = {key}")
    with meanwhile(
        both.database, "UPDATE book", lambda: both.sql(f"UPDATE contact SET office = '2' WHERE id = {key}")
    ):
        drain(both.database)
    assert both.phone.poll() == ({"a.vcf"}, set())
    assert "TITLE:First" in both.phone.text("a.vcf") and "X-OFFICE-LOCATION:2" in both.phone.text("a.vcf").upper()


def test_a_drain_passes_by_what_somebody_deletes_and_settles_the_rest(both: Office) -> None:
    one, two = both.card("1.vcf"), both.card("2.vcf")
    both.sql(f"UPDATE contact SET job_title = 'Committed' WHERE id IN ({one}, {two})")
    with both.sql.session() as session:
        session.run("BEGIN")
        session.run(f"DELETE FROM contact WHERE id = {one}")
        assert both.phone.poll() == ({"2.vcf"}, set())
        session.run("COMMIT")
    assert both.phone.poll() == (set(), {"1.vcf"})
    assert "TITLE:Committed" in both.sql(f"SELECT text FROM trash WHERE contact_id = {one}")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_thousand_rows_at_once(office: Office) -> None:
    own = office.card("own.vcf")
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)"
    office.sql(
        f"INSERT INTO contact (given_name, family_name) {rows} SELECT 'N' || i, 'M' FROM n",
        "INSERT INTO phone (contact_id, number) SELECT id, '+49 30 ' || id FROM contact",
    )
    for statement in (
        "SELECT 1",
        f"UPDATE contact SET job_title = 'Boss' WHERE id <> {own}",
        f"UPDATE phone SET number = number || '0' WHERE contact_id <> {own}",
        f"DELETE FROM phone WHERE contact_id <> {own}",
        f"DELETE FROM contact WHERE id <> {own}",
    ):
        office.sql(statement)
        written, told = settle_all(office)
        assert told == 8000, statement
        assert written > 2, "PUTs of another card waited for the drain"


def settle_all(office: Office) -> tuple[int, int]:
    """Poll until nothing is left while another phone goes on writing; give its number of PUTs and what polls told."""
    other, stop, told = Phone.__new__(Phone), threading.Event(), set[str]()
    other.users, other.database = office.phone.users, office.database
    other.user, other.secret, other.members = "anna", office.phone.secret, {}
    book = office.phone.book

    def write() -> int:
        count = 0
        while not stop.is_set():
            text = book.cards(["own.vcf"])["own.vcf"].text
            old = next(line for line in text.split("\r\n") if line.startswith("X-UNKNOWN"))
            count += 1
            body = text.replace(old, f"X-UNKNOWN:{count}").encode()
            book.put("own.vcf", body, Expect())
            time.sleep(0.05)
        return count

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        number = office.phone.number
        while True:
            changes = office.phone.book.changes_since(number)
            number = changes.number
            told |= {entry.href for entry in changes.changed} | set(changes.removed)
            if office.sql.number("SELECT count(*) FROM touched") == 0:
                break
        stop.set()
        written = writing.result()
    changed, gone = office.phone.poll()
    told |= changed | gone
    return written, len(told - {"own.vcf"})
