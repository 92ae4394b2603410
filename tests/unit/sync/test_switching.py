"""What becomes of each contact when its user goes to another book, and when that is cleaned up: a line for each."""

import pytest

from bridge.sync.actions import Pair
from bridge.sync.cleaning import plan_leftovers
from bridge.sync.policy import Policy
from bridge.sync.switching import Choice, plan_switch, returning, twins_of
from bridge.sync.telling import described
from storage_plugin.model.contact import Email
from storage_plugin.model.mirror import ItemId, Origin, Stamp
from tests.unit.sync.builders import ANDREA, EDITED, NICK, item, link, local, stamp_of

KEEP, DELETE, IMPORT = Choice.KEEP, Choice.DELETE, Choice.IMPORT
REMOVED = "Nick Brigandi: remove from the folder"
KEPT = "Nick Brigandi: stay in the folder, no longer mirrored"
UNMARKED = "Nick Brigandi: leave in the folder, no longer mirrored"
IMPORTED = "Nick Brigandi: stay in the folder, and become a business contact of the other book"
TAKEN_IN = "Nick Brigandi: stay in the folder, after taking in here what was edited there,"


@pytest.mark.parametrize(
    ("choice", "pair", "expected"),
    [
        pytest.param(KEEP, Pair(link()), KEPT, id="bcm_51"),
        pytest.param(KEEP, Pair(link(origin=Origin.ADOPTED, before=NICK)), KEPT, id="bcm_51 adopted"),
        pytest.param(DELETE, Pair(link(), local(), item()), REMOVED, id="bcm_53"),
        (DELETE, Pair(link(), local(), item(EDITED)), f"{REMOVED}, after taking in what was edited there"),
        (DELETE, Pair(link(origin=Origin.ADOPTED, before=NICK), local(), item()), UNMARKED),
        pytest.param(IMPORT, Pair(link(), local(), item()), IMPORTED, id="bcm_54"),
        (IMPORT, Pair(link(origin=Origin.ADOPTED, before=NICK), local(), item()), IMPORTED),
        (IMPORT, Pair(link(), local(), item(EDITED)), f"{TAKEN_IN} and become a business contact of the other book"),
        (IMPORT, Pair(link(), local(trashed=True), item()), REMOVED),
        (IMPORT, Pair(link(), local(wanted=False), item()), REMOVED),
        (IMPORT, Pair(link(), local(), None), "Nick Brigandi: forget the link"),
    ],
)
def test_what_the_switch_does_with(choice, pair, expected):
    assert [described(action) for action in plan_switch([pair], choice, Policy(), {})] == [expected]


@pytest.mark.parametrize("choice", Choice)
def test_bcm_2_the_owners_own_contacts_are_not_concerned(choice):
    own = [
        Pair(None, None, item()),
        Pair(link(origin=Origin.FOREIGN), local(plain=True), item()),
        Pair(None, local(), None),
    ]
    assert list(plan_switch(own, choice, Policy(), {})) == []


def test_bcm_59_a_twin_is_known_by_person_and_not_by_number_or_stamp():
    pairs = [
        Pair(link(NICK, number=1), local(NICK), item(NICK, stamp=stamp_of(7), customer_number="10001")),
        Pair(link(ANDREA, number=2, id="item-2"), local(ANDREA, 2), item(ANDREA, "item-2")),
    ]
    elsewhere = ANDREA.__class__(formatted_name="Zoe", emails=(Email("zoe@contoso.example"),))
    there = [
        local(elsewhere, 7, customer_number="10001"),
        local(ANDREA, 8),
        local(NICK, 9, plain=True),
        local(NICK, 10, trashed=True),
    ]
    assert twins_of(pairs, there) == {ItemId("item-2"): there[1]}


def test_what_is_joined_again_on_the_way_back():
    links = [link(number=number, id=f"item-{number}") for number in (1, 2, 3, 4)]
    links.append(link(origin=Origin.FOREIGN, number=5, id="item-5"))
    there = {
        ItemId("item-1"): item(stamp=stamp_of(1)),
        ItemId("item-2"): item(id="item-2", stamp=None),
        ItemId("item-3"): item(id="item-3", stamp=Stamp("another", "book", 3)),
        ItemId("item-5"): item(id="item-5"),
    }
    assert returning(links, there, "office") == [1, 5]


OURS = {"stamp": stamp_of(1)}


@pytest.mark.parametrize(
    ("left", "there", "present", "expected"),
    [
        pytest.param(link(), item(**OURS), None, [REMOVED], id="bcm_52"),
        (link(origin=Origin.ADOPTED, before=NICK), item(**OURS), None, [UNMARKED]),
        (link(), item(EDITED, **OURS), None, [UNMARKED]),
        (link(), None, None, ["Nick Brigandi: forget the link"]),
        (link(), item(stamp=None), None, ["Nick Brigandi: forget the link"]),
        (link(), item(stamp=Stamp("another", "book-1", 1)), None, ["Nick Brigandi: forget the link"]),
        (link(origin=Origin.FOREIGN), item(), None, []),
        (link(), item(**OURS), Pair(link(number=9), local(number=9), item(**OURS)), []),
        (link(), item(**OURS), Pair(link(origin=Origin.FOREIGN, number=9), local(number=9), item(**OURS)), []),
        (
            link(),
            item(**OURS),
            Pair(link(origin=Origin.FOREIGN, number=9), local(number=9, plain=True), item(**OURS)),
            [
                REMOVED,
                "Nick Brigandi: no longer in the mirrored folder, move the plain contact to the deleted items",
            ],
        ),
    ],
)
def test_bcm_64_what_a_clean_up_does_with(left, there, present, expected):
    items = {left.item: there} if there else {}
    pairs = {left.item: present} if present else {}
    plan = plan_leftovers([left], items, pairs, "office", Policy())
    assert [described(action) for each in plan for action in (each.action, each.then) if action] == expected
