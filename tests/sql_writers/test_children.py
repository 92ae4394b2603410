"""Every child table, with every way of writing it: the phone sees it, and only the lines concerned change."""

from __future__ import annotations

import pytest

from tests.sql_writers.office import Office
from tests.sql_writers.shells import Refusal

CHILDREN = {
    # table: columns, values, an UPDATE of what the odd card has, what its new line says
    "email": ("address, kind", "'new@example.com', 'home'", "address = 'boss@example.com'", "boss@example.com"),
    "phone": ("number, kind", "'+1 555 0100', 'work'", "number = '+49 30 9999'", "+49 30 9999"),
    "address": ("street, city, kind", "'Broadway 5', 'New York', 'home'", "city = 'Hamburg'", "Hamburg"),
    "url": ("address, kind", "'https://example.org/', 'home'", "address = 'https://example.net/'", "example.net"),
    "important_date": ("value, label", "'2020-01-02', 'First order'", "value = '2001-02-04'", "2001-02-04"),
    "messenger": ("handle, service", "'anna@jabber.example', 'xmpp'", "handle = 'anna.n'", "anna.n"),
    "category": ("name", "'Customers'", "name = 'Partners'", "Partners"),
}
ODD_LINE = {"email": "EMAIL", "phone": "TEL", "address": "ADR", "url": "URL", "important_date": "DATE"}
ODD_LINE |= {"messenger": "IMPP", "category": "CATEGORIES"}


def others(text: str, table: str) -> list[str]:
    """The lines of a card that have nothing to do with a child table."""
    return [line for line in text.split("\r\n") if ODD_LINE[table] not in line and "X-ABLabel" not in line]


@pytest.fixture
def cards(office: Office) -> dict[str, int]:
    """A card for each child table, so that one database serves them all: name in the address book → contact."""
    keys = {f"{table}.vcf": office.card(f"{table}.vcf") for table in CHILDREN}
    key = keys["important_date.vcf"]
    office.sql(f"INSERT INTO important_date (contact_id, value, label) VALUES ({key}, '2001-02-03', 'Since')")
    office.phone.poll()
    return keys


def test_an_inserted_row_reaches_the_card(office: Office, cards: dict[str, int]) -> None:
    for table, (columns, values, _, _) in CHILDREN.items():
        href, before = f"{table}.vcf", office.phone.text(f"{table}.vcf")
        office.sql(f"INSERT INTO {table} (contact_id, {columns}) VALUES ({cards[href]}, {values})")
        assert office.phone.poll() == ({href}, set())
        after, said = office.phone.text(href), values.split("'")[1]
        assert said in after
        assert others(after, table) == others(before, table)


def test_an_updated_row_reaches_the_card_and_the_old_text_is_kept(office: Office, cards: dict[str, int]) -> None:
    for table, (_, _, update, said) in CHILDREN.items():
        href, before = f"{table}.vcf", office.phone.text(f"{table}.vcf")
        office.sql(f"UPDATE {table} SET {update} WHERE contact_id = {cards[href]}")
        assert office.phone.poll() == ({href}, set())
        after = office.phone.text(href)
        assert said in after
        assert others(after, table) == others(before, table)
        assert office.versions(cards[href])[-1] == before


def test_a_deleted_row_leaves_the_card(office: Office, cards: dict[str, int]) -> None:
    for table in CHILDREN:
        href, before = f"{table}.vcf", office.phone.text(f"{table}.vcf")
        office.sql(f"DELETE FROM {table} WHERE contact_id = {cards[href]}")
        assert office.phone.poll() == ({href}, set())
        after = office.phone.text(href)
        assert len(after) < len(before)
        assert others(after, table) == others(before, table)


def test_a_row_moved_to_another_contact_changes_both_cards(office: Office, cards: dict[str, int]) -> None:
    other = office.card("other.vcf")
    office.sql(f"DELETE FROM category WHERE contact_id = {other}")
    office.phone.poll()
    for table in CHILDREN:
        href = f"{table}.vcf"
        row = office.sql.number(f"SELECT max(id) FROM {table} WHERE contact_id = {cards[href]}")
        office.sql(f"UPDATE {table} SET contact_id = {other} WHERE id = {row}")
        assert office.phone.poll() == ({href, "other.vcf"}, set())


def test_a_row_of_no_contact_is_refused(office: Office, cards: dict[str, int]) -> None:
    for table, (columns, values, _, _) in CHILDREN.items():
        with pytest.raises(Refusal, match=r"contact_id|foreign key"):
            office.sql(f"INSERT INTO {table} (contact_id, {columns}) VALUES (999, {values})")
        with pytest.raises(Refusal, match=r"contact_id|foreign key"):
            office.sql(f"UPDATE {table} SET contact_id = 999")


def test_an_upserted_row_with_an_id_of_its_own_reaches_the_card(office: Office, cards: dict[str, int]) -> None:
    for table, (columns, values, _, _) in CHILDREN.items():
        href, column = f"{table}.vcf", columns.split(",")[0]
        row = f"INSERT INTO {table} (id, contact_id, {columns}) VALUES (4711, {cards[href]}, {values})"
        office.sql(row)
        assert office.phone.poll() == ({href}, set())
        office.sql(f"{row} ON CONFLICT (id) DO UPDATE SET {column} = '1999-09-09'")
        assert office.phone.poll() == ({href}, set())
    office.card("late.vcf")  # takes ids behind those that people chose


def test_custom_values_count_for_filters_without_a_new_text(office: Office) -> None:
    key, before = office.card(), office.phone.text("a.vcf")
    office.sql("INSERT INTO record_field (id, record_type_id, name) VALUES (7, 1, 'Region')")
    office.sql(f"INSERT INTO custom_value (contact_id, field_id, value) VALUES ({key}, 7, 'North')")
    assert office.phone.poll() == ({"a.vcf"}, set())
    assert "North" in office.sql(f"SELECT record FROM card WHERE contact_id = {key}")
    office.sql("UPDATE custom_value SET value = 'South'")
    assert office.phone.poll() == ({"a.vcf"}, set())
    assert "South" in office.sql(f"SELECT record FROM card WHERE contact_id = {key}")
    office.sql("DELETE FROM custom_value")
    assert office.phone.poll() == ({"a.vcf"}, set())
    assert office.phone.text("a.vcf") == before
    with pytest.raises(Refusal, match=r"field_id|foreign key"):
        office.sql(f"INSERT INTO custom_value (contact_id, field_id, value) VALUES ({key}, 999, 'x')")
    with pytest.raises(Refusal, match=r"contact_id|foreign key"):
        office.sql("INSERT INTO custom_value (contact_id, field_id, value) VALUES (999, 7, 'x')")
