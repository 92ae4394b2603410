"""The table ``contact``: rows made, changed, thrown away, replaced and brought back by somebody at a shell."""

from __future__ import annotations

import json

import pytest

from storage_plugin.database import drain
from storage_plugin.model.book import Expect, Precondition
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.cli.running import wait_until
from tests.sql_writers.office import ODD, Office, Phone
from tests.sql_writers.shells import Refusal, Session


def test_a_new_contact_gets_number_uid_name_and_card(office: Office) -> None:
    office.sql("INSERT INTO contact (given_name, family_name) VALUES ('Zoë', 'Nový')")
    changed, _ = office.phone.poll()
    (href,) = changed
    text = office.phone.text(href)
    assert "FN:Zoë Nový" in text and f"UID:{href.removesuffix('.vcf')}" in text
    assert office.sql("SELECT customer_number FROM contact") == "10001"


def test_an_update_changes_only_the_lines_of_its_fields(office: Office) -> None:
    key, before = office.card(), office.phone.text("a.vcf")
    office.sql(f"UPDATE contact SET job_title = 'Director' WHERE id = {key}")
    assert office.phone.poll() == ({"a.vcf"}, set())
    assert office.phone.text("a.vcf") == before.replace("TITLE:Assistant", "TITLE:Director")


def test_an_update_that_changes_nothing_wakes_no_phone(office: Office) -> None:
    key = office.card()
    office.sql(f"UPDATE contact SET job_title = job_title WHERE id = {key}")
    assert office.phone.poll() == (set(), set())


def test_two_updates_before_a_poll_are_one_change(office: Office) -> None:
    key = office.card()
    office.sql(
        f"UPDATE contact SET job_title = 'One' WHERE id = {key}",
        f"UPDATE contact SET job_title = 'Two' WHERE id = {key}",
    )
    assert office.phone.poll() == ({"a.vcf"}, set())
    assert office.sql.number(f"SELECT count(*) FROM version WHERE contact_id = {key}") == 1


def test_a_deleted_contact_goes_to_the_trash_with_its_children(office: Office) -> None:
    key, before = office.card(), office.phone.text("a.vcf")
    office.sql("DELETE FROM contact")
    assert office.phone.poll() == (set(), {"a.vcf"})
    kept = office.sql(f"SELECT text FROM trash WHERE contact_id = {key}")
    assert kept.replace("\r", "").split() == before.replace("\r", "").split()


def test_the_last_words_of_a_deleted_contact_are_in_the_trash(office: Office) -> None:
    key = office.card()
    office.sql(
        f"UPDATE contact SET job_title = 'Retired', customer_number = 'K-7' WHERE id = {key}",
        f"UPDATE phone SET number = '+49 40 777' WHERE contact_id = {key}",
        f"INSERT INTO number_alias (contact_id, customer_number, source) VALUES ({key}, 'OLD-1', 'ERP')",
        f"DELETE FROM contact WHERE id = {key}",
    )
    assert office.phone.poll() == (set(), {"a.vcf"})
    kept = office.sql(f"SELECT text FROM trash WHERE contact_id = {key}")
    assert "TITLE:Retired" in kept and "+49 40 777" in kept and "X-UNKNOWN;a=1:kept  to the byte" in kept
    assert "TITLE:Assistant" in office.sql(f"SELECT text FROM version WHERE contact_id = {key}")
    assert "K-7" in office.sql(f"SELECT record FROM trash WHERE contact_id = {key}")
    columns = json.loads(office.sql(f"SELECT columns FROM trash WHERE contact_id = {key}"))
    assert columns["number_aliases"] == [{"customer_number": "OLD-1", "source": "ERP"}]


def test_a_contact_made_and_deleted_before_anybody_read_is_told_to_nobody(office: Office) -> None:
    office.sql("INSERT INTO contact (id, given_name) VALUES (77, 'Brief')", "DELETE FROM contact WHERE id = 77")
    assert office.phone.poll() == (set(), set())
    assert "Brief" in office.sql("SELECT text FROM trash WHERE contact_id = 77")


def test_a_deleted_contact_comes_back_when_it_is_inserted_under_its_id(office: Office) -> None:
    key, before = office.card(), office.phone.text("a.vcf")
    office.sql(f"DELETE FROM contact WHERE id = {key}")
    assert office.phone.poll() == (set(), {"a.vcf"})
    office.sql(f"INSERT INTO contact (id, given_name, family_name) VALUES ({key}, 'Anna', 'Neu')")
    assert office.phone.poll() == ({"a.vcf"}, set())
    text = office.phone.text("a.vcf")
    assert "N:Neu;Anna;;;" in text and "X-UNKNOWN;a=1:kept  to the byte " in text and "EMAIL" not in text
    assert before.splitlines()[3] == text.splitlines()[3]


def test_delete_and_insert_of_one_id_before_a_poll_is_a_change(office: Office) -> None:
    key = office.card()
    office.sql(
        f"DELETE FROM contact WHERE id = {key}",
        f"INSERT INTO contact (id, given_name, family_name) VALUES ({key}, 'Anna', 'Neu')",
    )
    assert office.phone.poll() == ({"a.vcf"}, set())
    assert "X-UNKNOWN;a=1:kept  to the byte " in office.phone.text("a.vcf")


def test_id_and_book_of_a_contact_cannot_be_changed(office: Office) -> None:
    key = office.card()
    office.sql("INSERT INTO book (id, name, \"key\", created_at) VALUES (2, 'Second', 'k', '2026')")
    for change in ("id = 99", "book_id = 2"):
        with pytest.raises(Refusal, match="a contact keeps its id and its book"):
            office.sql(f"UPDATE contact SET {change} WHERE id = {key}")


def test_links_of_a_contact_to_nothing_are_refused(office: Office) -> None:
    key = office.card()
    for column in ("account_id", "owner_id", "record_type_id"):
        with pytest.raises(Refusal, match=column):
            office.sql(f"UPDATE contact SET {column} = 999 WHERE id = {key}")
        with pytest.raises(Refusal, match=column):
            office.sql(f"INSERT INTO contact (given_name, {column}) VALUES ('x', 999)")
    with pytest.raises(Refusal, match="book_id"):
        office.sql("INSERT INTO contact (given_name, book_id) VALUES ('x', 999)")


def test_a_deleted_account_leaves_its_contacts_without_one(office: Office) -> None:
    office.sql("INSERT INTO contact (id, company, is_company, record_type_id) VALUES (50, 'Firm', TRUE, 2)")
    office.sql("INSERT INTO contact (id, given_name, account_id) VALUES (51, 'Bea', 50)")
    office.phone.poll()
    office.sql("DELETE FROM contact WHERE id = 50")
    office.phone.poll()
    assert office.sql("SELECT account_id FROM contact WHERE id = 51") == ""


def test_a_contact_becomes_an_account_and_leaves_the_phones(office: Office) -> None:
    key = office.card()
    office.sql(f"UPDATE contact SET record_type_id = 2 WHERE id = {key}")
    assert office.phone.poll() == (set(), {"a.vcf"})
    office.sql(f"UPDATE contact SET record_type_id = 1 WHERE id = {key}")
    assert office.phone.poll() == ({"a.vcf"}, set())


def test_a_contact_given_to_a_user_is_seen_by_him_whatever_his_filter(office: Office) -> None:
    key = office.card()
    users = office.phone.users
    berta = users.add("berta")
    users.set_view("berta", View(Filter((Condition("company", Operator.IS, "Nobody Ltd"),))))
    phone = Phone(office.database, "berta", "Pixel")
    assert phone.members == {}
    office.sql(f"UPDATE contact SET owner_id = {berta} WHERE id = {key}")
    assert phone.poll() == ({"a.vcf"}, set())
    assert office.phone.poll() == (set(), {"a.vcf"})


def test_sql_moves_a_contact_through_a_filter(office: Office) -> None:
    key = office.card()
    users = office.phone.users
    users.add("berta")
    users.set_view("berta", View(Filter((Condition("company", Operator.IS, "Example GmbH"),))))
    phone = Phone(office.database, "berta", "Pixel")
    assert set(phone.members) == {"a.vcf"}
    office.sql(f"UPDATE contact SET company = 'Other' WHERE id = {key}")
    assert phone.poll() == (set(), {"a.vcf"})
    office.sql(f"UPDATE contact SET company = 'Example GmbH' WHERE id = {key}")
    assert phone.poll() == ({"a.vcf"}, set())


def test_an_upsert_by_id_or_number_is_a_change(office: Office) -> None:
    key = office.card()
    number = office.sql(f"SELECT customer_number FROM contact WHERE id = {key}")
    office.sql(
        f"INSERT INTO contact (id, job_title) VALUES ({key}, 'x') ON CONFLICT (id) DO UPDATE SET job_title = 'By id'"
    )
    assert office.phone.poll() == ({"a.vcf"}, set())
    office.sql(
        f"INSERT INTO contact (customer_number, job_title) VALUES ('{number}', 'By number')"
        " ON CONFLICT (book_id, customer_number) DO UPDATE SET job_title = excluded.job_title"
    )
    assert office.phone.poll() == ({"a.vcf"}, set())
    assert "TITLE:By number" in office.phone.text("a.vcf")
    office.sql(
        f"INSERT INTO contact (customer_number, job_title) VALUES ('{number}', 'Never')"
        " ON CONFLICT (book_id, customer_number) DO NOTHING"
    )
    assert office.phone.poll() == (set(), set())
    assert office.sql.number("SELECT count(*) FROM trash") == 0


def test_numbers_that_people_give_are_stepped_over(office: Office) -> None:
    office.sql("INSERT INTO contact (given_name, customer_number) VALUES ('Own', '10001'), ('Far', '10005')")
    office.phone.poll()
    office.sql("INSERT INTO contact (given_name) VALUES ('Next')")
    office.phone.poll()
    assert office.sql("SELECT customer_number FROM contact WHERE given_name = 'Next'") == "10006"
    office.sql("DELETE FROM contact WHERE given_name = 'Next'", "INSERT INTO contact (given_name) VALUES ('Last')")
    office.phone.poll()
    assert office.sql("SELECT customer_number FROM contact WHERE given_name = 'Last'") == "10007"


def test_ids_that_people_give_are_in_nobodys_way(office: Office) -> None:
    office.sql(*(f"INSERT INTO contact (id, given_name) VALUES ({key}, 'N')" for key in range(1, 30)))
    office.phone.poll()
    office.phone.put("new.vcf", ODD.format(uid="new"))
    assert office.phone.poll() == ({"new.vcf"}, set())


def test_truncate_is_refused_or_is_a_delete(office: Office) -> None:
    office.card()
    if office.sql.is_sqlite:
        office.sql("DELETE FROM contact")
        assert office.phone.poll() == (set(), {"a.vcf"})
        return
    for table in ("contact CASCADE", "phone", "custom_value"):
        with pytest.raises(Refusal, match="use DELETE"):
            office.sql(f"TRUNCATE {table}")


def test_an_update_that_changes_nothing_costs_nothing(office: Office) -> None:
    key = office.card()
    for table, column in (("contact", "job_title"), ("phone", "number"), ("category", "name")):
        where = "id" if table == "contact" else "contact_id"
        office.sql(f"UPDATE {table} SET {column} = {column} WHERE {where} = {key}")
        assert office.sql.number("SELECT count(*) FROM touched") == 0
        office.sql(f"UPDATE {table} SET {column} = NULLIF('x', 'y') WHERE {where} = {key}")
        assert office.sql.number("SELECT count(*) FROM touched") > 0
        assert office.phone.poll() == ({"a.vcf"}, set())


def test_what_one_poll_leaves_undone_is_done_before_the_next(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
    office.sql(f"INSERT INTO contact (given_name) {rows} SELECT 'N' || i FROM n")
    monkeypatch.setattr(drain, "PATIENCE", 0)
    assert drain.drain(office.database) < 200
    wait_until(lambda: office.sql.number("SELECT count(*) FROM touched") == 0)
    assert len(office.phone.poll()[0]) == 200


def test_what_is_rolled_back_was_never_there(office: Office) -> None:
    key = office.card()
    with office.sql.session() as session:
        session.run("BEGIN")
        session.run(f"UPDATE contact SET job_title = 'Never' WHERE id = {key}")
        session.run("INSERT INTO contact (given_name) VALUES ('Never')")
        session.run("ROLLBACK")
    assert office.phone.poll() == (set(), set())


def test_a_phone_that_edits_what_was_just_touched_merges(office: Office) -> None:
    key = office.card()
    before = office.phone.text("a.vcf")
    book = office.phone.book
    book.presented(office.phone.number)
    office.sql(f"UPDATE contact SET job_title = 'Director' WHERE id = {key}")
    edited = before.replace("+49 30 1234", "+49 30 4321")
    book.put("a.vcf", edited.encode(), Expect())
    office.phone.poll()
    wanted = before.replace("+49 30 1234", "+49 30 4321").replace("TITLE:Assistant", "TITLE:Director")
    assert office.phone.text("a.vcf") == wanted, "each side's edit, and not a byte more"
    assert office.sql.number("SELECT count(*) FROM conflict") == 0


def test_where_a_phone_and_sql_edit_one_field_the_phone_wins_and_both_are_kept(office: Office) -> None:
    key = office.card()
    before = office.phone.text("a.vcf")
    book = office.phone.book
    book.presented(office.phone.number)
    office.sql(f"UPDATE contact SET job_title = 'By SQL', office = '2' WHERE id = {key}")
    book.put("a.vcf", before.replace("TITLE:Assistant", "TITLE:By phone").encode(), Expect())
    office.phone.poll()
    text = office.phone.text("a.vcf")
    assert "TITLE:By phone\r\n" in text and "X-OFFICE-LOCATION:2\r\n" in text
    assert office.sql(f"SELECT job_title FROM contact WHERE id = {key}") == "By phone"
    assert "TITLE:By SQL\r\n" in office.versions(key)[-1]
    assert office.sql.number(f"SELECT count(*) FROM conflict WHERE contact_id = {key}") > 0


def test_a_stale_if_match_of_a_phone_is_refused_after_a_change_by_sql(office: Office) -> None:
    key = office.card()
    book, etag = office.phone.book, office.phone.members["a.vcf"]
    office.sql(f"UPDATE contact SET job_title = 'Director' WHERE id = {key}")
    with pytest.raises(Precondition):
        book.put("a.vcf", ODD.format(uid="uid-a.vcf").encode(), Expect(match=(etag,)))


def test_a_card_put_again_after_a_delete_by_sql_is_revived(office: Office) -> None:
    key = office.card()
    book = office.phone.book
    office.sql(f"DELETE FROM contact WHERE id = {key}")
    book.put("a.vcf", ODD.format(uid="uid-a.vcf").encode(), Expect())
    office.phone.poll()
    assert office.id_of("a.vcf") == key


def test_moving_or_deleting_what_was_just_touched_keeps_what_sql_said(office: Office) -> None:
    key = office.card()
    book = office.phone.book
    office.sql(f"UPDATE contact SET job_title = 'Director' WHERE id = {key}")
    book.move("a.vcf", "b.vcf", Expect(), overwrite=False)
    assert office.phone.poll() == ({"b.vcf"}, {"a.vcf"})
    assert "TITLE:Director" in office.phone.text("b.vcf")
    book = office.phone.book
    office.sql(f"UPDATE contact SET job_title = 'Retired' WHERE id = {key}")
    book.delete("b.vcf", Expect())
    office.phone.poll()
    assert "TITLE:Retired" in office.sql(f"SELECT text FROM trash WHERE contact_id = {key}")


def test_text_that_is_no_card_text_does_not_hold_up_the_others(office: Office) -> None:
    office.card()
    if office.sql.is_sqlite:
        office.sql("INSERT INTO contact (given_name) VALUES (CAST(X'4AFC7267656E' AS TEXT))")
        office.sql("INSERT INTO contact (given_name, note) VALUES ('Nul', 'a' || char(0, 31, 10) || 'b')")
    else:
        office.sql("INSERT INTO contact (given_name, note) VALUES ('Nul', E'a\\x1f\\nb')")
    office.sql("INSERT INTO contact (given_name, birthday) VALUES ('Odd', 'when it rains')")
    office.sql("INSERT INTO contact DEFAULT VALUES")
    office.sql("INSERT INTO phone (contact_id) SELECT id FROM contact WHERE given_name = 'Odd'")
    changed, _ = office.phone.poll()
    texts = [office.phone.text(href) for href in changed]
    assert len(texts) == (4 if office.sql.is_sqlite else 3)
    assert not any("\0" in text or "\x1f" in text for text in texts)
    assert not office.sql.is_sqlite or any("N:;Jürgen;;;" in text for text in texts)


def test_a_session_of_python_with_foreign_keys_on_is_as_good(office: Office) -> None:
    key = office.card()
    if office.sql.is_sqlite:
        with Session(office.sql) as session:
            session.run("PRAGMA foreign_keys = ON")
            session.run("PRAGMA recursive_triggers = ON")
            session.run(f"INSERT OR REPLACE INTO contact (id, given_name) VALUES ({key}, 'Replaced')")
            assert office.phone.poll() == ({"a.vcf"}, set())
            session.run("DELETE FROM contact")
            assert office.phone.poll() == (set(), {"a.vcf"})
