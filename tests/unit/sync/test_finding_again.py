"""Which new item is one that is gone?"""

from dataclasses import replace

import pytest

from bridge.sync.finding_again import found_again
from storage_plugin.model.mirror import NOTHING, Origin, Stamp
from tests.unit.sync.builders import ANDREA, EDITED, NICK, item, link, stamp_of

COPY = item(NICK, "copy", stamp=stamp_of(1))
BARE = item(NICK, "bare")


def found(gone, new):
    return {contact: each.item for contact, each in found_again(gone, new, stamp_of).items()}


def test_a_copy_is_known_by_its_stamp_even_if_it_was_edited():
    old = link()
    assert found_again([old], [item(EDITED, "copy", stamp=stamp_of(1))], stamp_of) == {1: replace(old, item="copy")}


def test_of_two_copies_the_first_is_it():
    assert found([link()], [item(NICK, "second", stamp=stamp_of(1)), COPY]) == {1: "copy"}


def test_a_copy_without_a_stamp_is_known_by_what_it_says_stamped_again_and_never_deleted():
    (again,) = found_again([link()], [BARE], stamp_of).values()
    assert (again.item, again.version, again.origin, again.before) == ("bare", "", Origin.ADOPTED, NICK)


def test_what_an_adopted_item_said_before_us_is_not_forgotten():
    (again,) = found_again([link(origin=Origin.ADOPTED, before=ANDREA)], [BARE], stamp_of).values()
    assert again.before == ANDREA


def test_an_item_of_the_owners_is_followed_to_its_copy_and_stays_the_owners():
    foreign = link(origin=Origin.FOREIGN)
    assert found_again([foreign], [BARE], stamp_of) == {1: replace(foreign, item="bare")}


NOBODY = {
    "nothing new": ([link()], []),
    "somebody else": ([link()], [item(ANDREA, "other")]),
    "an edited copy without a stamp": ([link()], [item(EDITED, "bare")]),
    "a copy that was made somebody else": ([link()], [item(ANDREA, "other", stamp=stamp_of(1))]),
    "another book's": ([link()], [item(NICK, "other", stamp=Stamp("office", "book-2", 1))]),
    "a copy of somebody who is there": ([link()], [item(NICK, "other", stamp=stamp_of(2))]),
    "one of two that look alike": ([link()], [BARE, item(NICK, "other")]),
    "what looks like two that are gone": ([link(), link(number=2, id="item-2")], [BARE]),
    "what says nothing": ([link(NOTHING)], [item(NOTHING, "bare")]),
    "an item with the stamp of a plain contact": ([link(origin=Origin.FOREIGN)], [COPY]),
}


@pytest.mark.parametrize(("gone", "new"), NOBODY.values(), ids=NOBODY.keys())
def test_who_is_not_found_again(gone, new):
    assert found(gone, new) == {}
