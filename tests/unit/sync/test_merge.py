"""Two edits of one contact, brought together: stories of single fields, then the laws."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sync.merge import FieldConflict, merge, merge_photos
from bridge.sync.pairing import key
from bridge.sync.policy import Ways
from storage_plugin.model.contact import FIELDS, LISTS, Contact, Email, Phone
from storage_plugin.model.mirror import Photos, Side
from tests.unit.sync.strategies import VIEWS, law, triples

OURS, THEIRS = Side.OURS, Side.THEIRS
WINNERS = st.sampled_from([OURS, THEIRS, None])
SIDES = st.sampled_from([OURS, THEIRS])

ANNA = Contact(formatted_name="Anna Muster", given_name="Anna", family_name="Muster", job_title="Buyer")


def emails(*addresses):
    return replace(ANNA, emails=tuple(Email(address, "work") for address in addresses))


def phones(*numbers):
    return replace(ANNA, phones=tuple(Phone(number, kind) for number, kind in numbers))


def merged(base, ours, theirs, winner=OURS):
    """Merge after both sides were the same."""
    return merge(base, ours, base, theirs, winner)


# --- single fields ---------------------------------------------------------------------------------------------


def test_ami_18_different_fields_are_brought_to_the_same_state_on_both_sides():
    found = merged(ANNA, replace(ANNA, job_title="Boss"), replace(ANNA, note="Likes tea"))
    both = replace(ANNA, job_title="Boss", note="Likes tea")
    assert (found.ours, found.theirs, found.conflicts) == (both, both, ())


@pytest.mark.parametrize(
    ("winner", "ours", "theirs"), [(OURS, "Boss", "Boss"), (THEIRS, "Chief", "Chief"), (None, "Boss", "Chief")]
)
def test_bc_21_the_winner_decides_about_a_field_that_both_changed(winner, ours, theirs):
    found = merged(ANNA, replace(ANNA, job_title="Boss"), replace(ANNA, job_title="Chief"), winner)
    assert (found.ours.job_title, found.theirs.job_title) == (ours, theirs)
    assert found.conflicts == (FieldConflict("job_title", "Boss", "Chief", winner),)


def test_what_the_server_writes_otherwise_stays_so():
    shouting = replace(ANNA, job_title="BUYER")
    found = merge(ANNA, replace(ANNA, note="x"), shouting, shouting, THEIRS)
    assert found.ours.job_title == "Buyer"
    assert found.theirs == replace(shouting, note="x")


def test_a_field_that_may_not_be_written_waits():
    found = merge(ANNA, replace(ANNA, note="x"), ANNA, ANNA, OURS, lambda name: Ways(True, name != "note"))
    assert (found.theirs, found.waiting) == (ANNA, {"note"})


# --- lists -----------------------------------------------------------------------------------------------------


def test_each_side_added_an_address():
    found = merged(emails("a@x"), emails("a@x", "b@x"), emails("a@x", "c@x"))
    assert found.ours == found.theirs == emails("a@x", "b@x", "c@x")


def test_an_address_replaced_on_one_side_is_replaced_on_the_other():
    assert merged(emails("a@x"), emails("a@x"), emails("a2@x")).ours == emails("a2@x")


def test_both_replaced_one_address_differently():
    found = merged(emails("a@x", "z@x"), emails("a1@x", "z@x"), emails("a2@x", "z@x"))
    assert found.ours == found.theirs == emails("a1@x", "z@x")
    assert found.conflicts == (FieldConflict("emails", Email("a1@x", "work"), Email("a2@x", "work"), OURS),)


def test_one_replaced_an_address_by_one_that_the_other_added():
    found = merged(emails("a@x"), emails("c@x"), emails("a@x", "c@x"))
    assert found.ours == found.theirs == emails("c@x")


def test_a_number_removed_here_and_another_changed_there():
    base = phones(("1", "work"), ("2", "home"))
    found = merged(base, phones(("2", "home")), phones(("1", "work"), ("22", "home")))
    assert found.ours == found.theirs == phones(("22", "home"))


def test_a_number_is_known_by_its_digits_however_it_is_written():
    base, theirs = phones(("+49 89 1", "work")), phones(("+49891", "work"))
    found = merge(base, phones(("+49 89 1", "work"), ("2", "home")), theirs, theirs, OURS)
    assert found.theirs == phones(("+49891", "work"), ("2", "home"))
    assert found.ours == phones(("+49 89 1", "work"), ("2", "home"))


def test_the_same_address_added_on_both_sides_is_one():
    found = merged(ANNA, emails("a@x"), emails("A@X"))
    assert found.ours == found.theirs == emails("a@x")


def test_the_order_of_a_server_is_its_own():
    ours, theirs = emails("a@x", "b@x"), emails("b@x", "a@x")
    found = merge(ours, ours, theirs, emails("b@x", "a@x", "c@x"), OURS)
    assert found.ours == emails("a@x", "b@x", "c@x")


def test_a_new_order_is_carried_over():
    assert merged(emails("a@x", "b@x"), emails("b@x", "a@x"), emails("a@x", "b@x")).theirs == emails("b@x", "a@x")


def test_one_wrote_a_category_otherwise_as_the_other_had_it_too():
    theirs = replace(ANNA, categories=("Kunde",))
    found = merged(replace(ANNA, categories=("kunde",)), replace(ANNA, categories=("Kunde", "kunde")), theirs)
    assert found.ours == found.theirs == theirs


def test_categories_do_not_take_each_others_place():
    base = replace(ANNA, categories=("VIP",))
    found = merged(base, replace(ANNA, categories=("Kunde",)), replace(ANNA, categories=("Presse",)))
    assert set(found.ours.categories) == {"Kunde", "Presse"}
    assert not found.conflicts


# --- the written-out name --------------------------------------------------------------------------------------


def named(given, family, written=None, **more):
    return replace(ANNA, given_name=given, family_name=family, formatted_name=written or f"{given} {family}", **more)


def test_a_name_follows_parts_from_both_sides():
    found = merged(ANNA, named("Anne", "Muster"), named("Anna", "Meier"))
    assert found.ours == found.theirs == named("Anne", "Meier")
    assert not found.conflicts


def test_a_name_written_freely_is_a_field_like_any_other():
    found = merged(ANNA, named("Anne", "Muster", "Die Anne"), named("Anna", "Meier"))
    assert found.ours == named("Anne", "Meier", "Die Anne")
    assert [conflict.field for conflict in found.conflicts] == ["formatted_name"]


def test_a_server_that_writes_names_without_titles_does_not_take_the_title():
    ours = named("Anna", "Muster", "Dr. Anna Muster", prefix="Dr.")
    theirs = named("Anna", "Muster", prefix="Dr.")
    found = merge(ours, ours, theirs, named("Anna", "Meier", prefix="Dr."), OURS)
    assert found.ours.formatted_name == "Dr. Anna Meier"
    assert found.theirs.formatted_name == "Anna Meier"


# --- pictures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "to"),
    [
        ("a", "A", None),
        ("b", "A", THEIRS),
        ("", "A", THEIRS),
        ("a", "B", OURS),
        ("a", "", OURS),
        ("b", None, THEIRS),
        ("a", None, None),
        ("", "", None),
        ("b", "B", THEIRS),
    ],
)
def test_pictures_go_where_they_have_not_changed(ours, theirs, to):
    assert merge_photos(Photos("a", "A"), ours, theirs, OURS).to is to


def test_two_new_pictures_are_a_conflict():
    found = merge_photos(Photos("a", "A"), "b", "B", None)
    assert (found.to, found.conflict) == (None, FieldConflict("photo", "b", "B", None))


def test_a_picture_waits_where_it_may_not_go():
    assert merge_photos(Photos(), "a", "", OURS, Ways(True, False)).waiting


# --- laws ------------------------------------------------------------------------------------------------------


@law
@given(VIEWS, VIEWS, WINNERS)
def test_a_one_sided_edit_is_taken_whole(base, edited, winner):
    for found in (merged(base, edited, base, winner), merged(base, base, edited, winner)):
        assert (found.ours, found.theirs, found.conflicts) == (edited, edited, ())


@law
@given(VIEWS, VIEWS, WINNERS)
def test_equal_edits_need_no_winner(base, edited, winner):
    found = merged(base, edited, edited, winner)
    assert (found.ours, found.theirs, found.conflicts) == (edited, edited, ())


@law
@given(VIEWS, VIEWS, WINNERS)
def test_what_nobody_changed_stays_as_each_side_has_it(ours, theirs, winner):
    found = merge(ours, replace(ours, nickname="x"), theirs, theirs, winner)
    both = replace(ours, nickname="x"), replace(theirs, nickname="x")
    assert (found.ours, found.theirs, found.conflicts) == (*both, ())


@law
@given(triples(), WINNERS)
def test_swapping_the_sides_swaps_the_result(triple, winner):
    base, ours, theirs = triple
    one, other = merged(base, ours, theirs, winner), merged(base, theirs, ours, winner and winner.other)
    assert (one.ours, one.theirs) == (other.theirs, other.ours)
    assert {(each.field, each.ours, each.theirs) for each in one.conflicts} == {
        (each.field, each.theirs, each.ours) for each in other.conflicts
    }


@law
@given(triples(), SIDES)
def test_both_sides_are_equal_afterwards(triple, winner):
    found = merged(*triple, winner)
    assert found.ours == found.theirs


@law
@given(triples(), WINNERS)
def test_merging_what_was_merged_changes_nothing(triple, winner):
    base = triple[0]
    found = merged(*triple, winner)
    again = merge(base, found.ours, base, found.theirs, winner)
    if winner is not None:
        assert (again.ours, again.theirs, again.conflicts) == (found.ours, found.theirs, ())
    later = merge(found.ours, found.ours, found.theirs, found.theirs, winner)
    assert (later.ours, later.theirs, later.conflicts) == (found.ours, found.theirs, ())


@law
@given(triples(), WINNERS)
def test_nothing_is_invented(triple, winner):
    found = merged(*triple, winner)
    for name in FIELDS:
        if name != "formatted_name":
            values = {getattr(each, name) for each in triple}
            assert {getattr(found.ours, name), getattr(found.theirs, name)} <= values
    for name in LISTS:
        items = {item for each in triple for item in getattr(each, name)}
        for side in (found.ours, found.theirs):
            assert set(getattr(side, name)) <= items


@law
@given(triples(), WINNERS)
def test_nothing_is_lost_but_into_the_conflicts(triple, winner):
    base, ours, theirs = triple
    found = merged(base, ours, theirs, winner)
    lost = {(each.field, value) for each in found.conflicts for value in (each.ours, each.theirs)}
    for name in LISTS:
        for side in (ours, theirs):
            for item in set(getattr(side, name)) - set(getattr(base, name)):
                assert item in getattr(found.ours, name) + getattr(found.theirs, name) or (name, item) in lost


@law
@given(triples(), SIDES)
def test_nothing_is_doubled(triple, winner):
    base, ours, theirs = triple
    found = merged(base, ours, theirs, winner).ours
    for name in LISTS:
        now, *before = (Counter(map(key, getattr(each, name))) for each in (found, ours, theirs))
        assert now <= before[0] | before[1]
