"""The rules, asked one by one."""

from dataclasses import replace

import pytest

from bridge.sync.actions import Pair
from bridge.sync.outcome import remembered
from bridge.sync.plan import plan
from bridge.sync.policy import Entry, Limit, NewItems, Policy, is_person, may_enter, winning_side
from bridge.sync.telling import described
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Origin, Side
from tests.unit.sync.builders import ANDREA, COMPANY, EDITED, NICK, item, link, local

ACCEPT = Policy(new_items=NewItems.ACCEPT_VALID)


@pytest.mark.parametrize(
    ("contact", "person"),
    [
        (ANDREA, True),
        (COMPANY, False),
        (replace(ANDREA, is_company=True), False),
        (Contact(formatted_name="Andrea", company="Contoso"), True),
        (Contact(nickname="Andy"), True),
    ],
)
def test_bc_20_a_person_is_told_from_a_firm(contact, person):
    assert is_person(contact) is person


@pytest.mark.parametrize("lacking", [{"emails": ()}, {"formatted_name": " ", "given_name": "", "family_name": ""}])
def test_bc_19_name_and_address_are_required(lacking):
    assert may_enter(ACCEPT, item(ANDREA)) is Entry.BUSINESS
    assert may_enter(ACCEPT, item(replace(ANDREA, **lacking))) is Entry.PLAIN


def test_bc_19_what_is_required_can_be_chosen():
    policy = replace(ACCEPT, required=("company",), persons_only=False)
    assert may_enter(policy, item(COMPANY)) is Entry.BUSINESS
    assert may_enter(policy, item(ANDREA)) is Entry.PLAIN


def test_bcm_13_new_items_stay_plain_by_default():
    assert may_enter(Policy(), item(ANDREA)) is Entry.PLAIN


def test_ami_16_without_import_nothing_enters():
    assert may_enter(replace(ACCEPT, imports=False), item(ANDREA)) is Entry.STAYS_OUT


def test_bc_21_the_book_wins_by_default_and_the_source_where_one_way_is_off():
    assert winning_side(Policy(), local(), item()) is Side.OURS
    assert winning_side(Policy(exports=False), local(), item()) is Side.THEIRS


def test_the_limit_is_a_number_or_a_share_whichever_is_more():
    assert [Limit(10, 0.2).of(linked) for linked in (0, 50, 51, 1000)] == [10, 10, 10, 200]


def test_an_item_that_was_not_read_is_as_it_was_left():
    for origin in Origin:
        known = link(origin=origin)
        pair = Pair(known, local(plain=origin is Origin.FOREIGN), remembered(known, Policy()))
        assert list(plan([pair], Policy())) == []


def test_a_plan_is_told_in_a_line_for_each_contact():
    ours, theirs = replace(EDITED, note="tea"), replace(NICK, job_title="Boss", department="North")
    (action,) = plan([Pair(link(), local(ours, name="Nick\nB."), item(theirs))], Policy())
    assert described(action) == ("Nick B.: send job_title and note, receive department (conflict in job_title)")
