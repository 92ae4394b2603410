"""What a file changes of a record: laws over any two contacts, and the cases that people meet."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from storage_plugin.model.contact import FIELDS, LISTS, Contact, Email, Phone, PostalAddress
from storage_plugin.model.updating import updated
from tests.unit.vcard.strategies import contacts


@given(contacts(), contacts(), st.booleans())
def test_a_second_time_changes_nothing(old, said, is_row):
    once = updated(old, said, is_row=is_row)
    assert updated(once, said, is_row=is_row) == once


@given(contacts(), contacts(), st.booleans())
def test_nothing_is_erased(old, said, is_row):
    new = updated(old, said, is_row=is_row)
    for name in FIELDS:
        assert getattr(new, name) or not getattr(old, name)
    for name in LISTS:
        assert len(getattr(new, name)) >= len(getattr(old, name))


@given(contacts(), contacts())
def test_what_a_card_fills_wins(old, said):
    new = updated(old, said, is_row=False)
    for name in set(FIELDS) - {"photo"}:
        assert getattr(new, name) == (getattr(said, name) or getattr(old, name))


@given(contacts())
def test_an_empty_row_and_ones_own_words_change_nothing(old):
    assert updated(old, Contact(), is_row=True) == old
    assert updated(old, old, is_row=False) == old


def test_a_number_replaces_one_of_its_kind_that_the_file_does_not_name():
    old = Contact(phones=(Phone("1", "work"), Phone("2", "work"), Phone("3", "mobile")))
    said = Contact(phones=(Phone("2", "work"), Phone("9", "work"), Phone("4", "home")))
    assert [each.number for each in updated(old, said, is_row=True).phones] == ["9", "2", "3", "4"]


def test_an_address_without_a_kind_keeps_that_of_the_one_it_replaces():
    old = Contact(emails=(Email("a@x.example", "work", preferred=True), Email("b@x.example", "home")))
    new = updated(old, Contact(emails=(Email("c@x.example"), Email("B@X.example"))), is_row=True)
    assert new.emails == (Email("c@x.example", "work", preferred=True), Email("b@x.example", "home"))


def test_a_postal_address_is_filled_and_not_doubled():
    home = PostalAddress(street="Ring 1", city="Köln", country="DE", kind="home", extended="c/o B")
    old = Contact(addresses=(home,))
    assert updated(old, Contact(addresses=(PostalAddress(city="Köln"),)), is_row=True) == old
    said = Contact(addresses=(PostalAddress(street="Ring 2", kind="home"), PostalAddress(city="Bonn", kind="work")))
    new = updated(old, said, is_row=True).addresses
    assert new == (replace(home, street="Ring 2"), PostalAddress(city="Bonn", kind="work"))


def test_a_row_says_what_a_person_is_called_only_with_a_name():
    old = Contact(formatted_name="Dr. Anna Alt", given_name="Anna", family_name="Alt")
    row = Contact(formatted_name="Anna Alt", given_name="Anna", family_name="Alt")
    assert updated(old, row, is_row=True) == old
    assert (
        updated(old, Contact(formatted_name="1", phones=(Phone("1"),)), is_row=True).formatted_name == "Dr. Anna Alt"
    )
    assert updated(old, replace(row, family_name="Neu"), is_row=True).formatted_name == "Anna Neu"
    firm = Contact(formatted_name="Contoso", company="Contoso", is_company=True)
    row = Contact(formatted_name="Contoso AG", company="Contoso AG", is_company=True)
    assert updated(firm, row, is_row=True) == row
