"""A changed view comes back onto the whole record: stories of lists with few slots, then the laws of the lens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sync.pairing import key
from bridge.sync.putback import putback
from bridge.targets.shape import View
from storage_plugin.model.contact import LISTS, Contact, Email, Phone, PostalAddress
from tests.unit.sync.shapes import OUTLOOK, SHAPES
from tests.unit.sync.strategies import KINDS, VIEWS, few, law

NUMBERS = (
    Phone("1", "work", "desk"),
    Phone("2", "work"),
    Phone("3", "work"),
    Phone("4", "home", preferred=True),
    Phone("5", "home"),
)
ANNA = Contact(
    formatted_name="Anna Muster",
    note="a long, long note",
    emails=tuple(Email(f"{letter}@x", "work", letter) for letter in "abcd"),
    phones=NUMBERS,
)


def seen(record, before=None):
    return OUTLOOK.view(record, before)


def back(record, **changes):
    """Change what the folder shows of ``record``; give the record then, and what the folder shows of it."""
    shown = seen(record)
    view = replace(shown.view, **changes)
    after = putback(record, *shown, view)
    return after, seen(after, View(view, shown.kept)), view


def test_a_field_that_is_not_shown_is_kept():
    after, shown, _ = back(ANNA, formatted_name="Anna Meier")
    assert (after.note, shown.view.note) == ("a long, long note", "")


def test_a_fourth_address_neither_slides_into_a_freed_slot_nor_vanishes():
    after, shown, view = back(ANNA, emails=(Email("b@x"),))
    assert [email.address for email in after.emails] == ["b@x", "c@x", "d@x"]
    assert shown.view == view


def test_a_changed_address_keeps_its_kind_and_label():
    after, _, _ = back(ANNA, emails=(Email("a2@x"), Email("b@x")))
    assert after.emails[0] == Email("a2@x", "work", "a")


def test_a_new_address_stands_after_its_predecessor():
    record = replace(ANNA, emails=(Email("a@x", "home"),))
    after, _, _ = back(record, emails=(Email("a@x"), Email("n@x")))
    assert after.emails == (Email("a@x", "home"), Email("n@x"))


def test_a_third_number_keeps_its_place_when_the_second_goes():
    after, shown, view = back(ANNA, phones=(Phone("1", "work"), Phone("4", "home")))
    assert [phone.number for phone in after.phones] == ["1", "3", "4", "5"]
    assert shown.view == view


def test_a_number_in_the_slot_of_another_kind_keeps_its_own_kind():
    record = replace(ANNA, phones=(Phone("1", "main", "desk"),))
    after, _, _ = back(record, phones=(Phone("11", "work"),))
    assert after.phones == (Phone("11", "main", "desk"),)


def test_an_address_that_was_hidden_and_is_added_in_the_folder_is_not_doubled():
    after, shown, view = back(ANNA, emails=(Email("a@x"), Email("d@x")))
    assert [email.address for email in after.emails] == ["a@x", "d@x", "c@x"]
    assert shown.view == view


def test_swapped_addresses_are_swapped_and_nothing_else():
    after, _, _ = back(ANNA, emails=(Email("b@x"), Email("a@x")))
    assert [(email.address, email.label) for email in after.emails] == [
        ("b@x", "b"),
        ("a@x", "a"),
        ("c@x", "c"),
        ("d@x", "d"),
    ]


def test_a_record_keeps_its_order_where_the_folder_has_another():
    record = replace(ANNA, phones=(Phone("9", "home"), Phone("1", "work"), Phone("2", "work")))
    after, _, _ = back(record, phones=(Phone("1", "work"), Phone("22", "work"), Phone("9", "home")))
    assert [phone.number for phone in after.phones] == ["9", "1", "22"]


def test_a_new_number_stands_by_its_kind_where_the_folder_sorts_them():
    record = replace(ANNA, phones=(Phone("4", "home"), Phone("1", "work")))
    after, shown, view = back(record, phones=(Phone("9", "work"), Phone("1", "work"), Phone("4", "home")))
    assert [phone.number for phone in after.phones] == ["4", "9", "1"]
    assert shown.view == view


def test_a_number_that_changed_its_kind_stands_where_the_folder_shows_it():
    record = replace(ANNA, phones=(Phone("1", "home", "x"), Phone("2", "work")))
    after, shown, view = back(record, phones=(Phone("2", "work"), Phone("1", "work")))
    assert after.phones == (Phone("2", "work"), Phone("1", "work", "x"))
    assert shown.view == view


def test_parts_of_an_address_that_the_folder_does_not_hold_are_kept():
    record = replace(ANNA, addresses=(PostalAddress("PO 1", street="Weg 1", city="Ulm", kind="work", label="L"),))
    after, _, _ = back(record, addresses=(PostalAddress(street="Weg 2", city="Bonn", kind="work"),))
    assert after.addresses == (PostalAddress("PO 1", street="Weg 2", city="Bonn", kind="work", label="L"),)


# --- laws ------------------------------------------------------------------------------------------------------

LABELS = st.sampled_from(["", "x"])
RECORDS = st.builds(
    replace,
    VIEWS,
    note=st.sampled_from(["", "short", "a long, long note"]),
    emails=few(st.builds(Email, st.sampled_from(["a@x", "b@x", "c@x", "d@x"]), KINDS, LABELS), 5),
    phones=few(st.builds(Phone, st.sampled_from("1234"), st.sampled_from(["work", "home", "main", "x"]), LABELS), 5),
)

shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@shapes
@law
@given(record=RECORDS)
def test_get_put(shape, record):
    shown = shape.view(record)
    assert putback(record, *shown, shown.view) == record
    assert shape.view(record, shown) == shown


@shapes
@law
@given(record=RECORDS, other=RECORDS, fields=st.sets(st.sampled_from(["note", "emails", "phones", "addresses"])))
def test_put_get(shape, record, other, fields):
    shown, another = shape.view(record), shape.view(other).view
    view = replace(shown.view, **{name: getattr(another, name) for name in fields})
    after = putback(record, *shown, view)
    assert shape.view(after, View(view, shown.kept)).view == view


@shapes
@law
@given(record=RECORDS, other=RECORDS)
def test_what_is_kept_neither_slides_nor_vanishes(shape, record, other):
    shown, another = shape.view(record), shape.view(other).view
    after = putback(record, *shown, another)
    for name in LISTS:
        new = {key(each) for each in getattr(another, name)}
        for item in getattr(shown.kept, name):
            assert item in getattr(after, name) or key(item) in new
