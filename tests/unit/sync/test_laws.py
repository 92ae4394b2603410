"""The laws of the mirror, over random lives of two sides (style: "The sync core as a pure function")."""

from copy import deepcopy
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridge.sync.actions import Adopt
from bridge.sync.policy import NewItems, Policy, Winner, belongs_in_folder
from storage_plugin.model.contact import Email
from storage_plugin.model.mirror import Origin
from tests.unit.sync.builders import NICK
from tests.unit.sync.lives import (
    CHANGES,
    DEEDS,
    OUR_DEEDS,
    POLICIES,
    SWITCHED,
    THEIR_DEEDS,
    after,
    beginnings,
    do,
    many,
    worlds,
)  # fmt: skip
from tests.unit.sync.shapes import OUTLOOK
from tests.unit.sync.strategies import law
from tests.unit.sync.world import Killed, World, perfect

DECIDED = st.builds(
    Policy, winner=st.sampled_from([Winner.MASTER, Winner.REMOTE]), new_items=st.sampled_from(list(NewItems))
)


def linked(world):
    for number, link in world.links.items():
        if number in world.book and link.item in world.folder:
            yield link, world.local(number), world.folder[link.item]


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), policy=SWITCHED)
def test_a_second_run_has_nothing_to_do(shape, stored, beginning, deeds, policy):
    world = after(beginning, deeds, policy, shape, stored)
    world.run()
    assert world.plan() == []


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), policy=POLICIES)
def test_both_sides_and_what_is_remembered_agree_afterwards(shape, stored, beginning, deeds, policy):
    world = after(beginning, deeds, policy, shape, stored)
    world.run()
    for link, local, item in linked(world):
        if link.origin is not Origin.FOREIGN:
            assert (link.ours, link.theirs) == (local.view, item.view)
            assert world.fit(item.view, item.view) == item.view
            if stored is perfect and policy.winner is not Winner.ASK:
                assert local.view == item.view
    wanted = [number for number in world.book if belongs_in_folder(world.local(number))]
    assert all(number in world.links for number in wanted)
    mirrored = {link.contact for link in world.links.values() if link.origin is not Origin.FOREIGN}
    assert mirrored <= set(wanted)


def outcome_of(world):
    """What a world is, apart from the ids that the folder gave."""
    folder = [(repr(each.view), str(each.stamp), each.flagged, each.photo) for each in world.folder.values()]
    links = {number: (link.origin, link.before, link.ours, link.theirs) for number, link in world.links.items()}
    return {n: replace(each, revision=0) for n, each in world.book.items()}, sorted(folder), links


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), policy=DECIDED, lives=st.integers(0, 12))
def test_a_killed_run_is_finished_by_the_next_to_the_same_end(shape, stored, beginning, deeds, policy, lives):
    world = after(beginning, deeds, policy, shape, stored)
    undisturbed = deepcopy(world)
    undisturbed.run()
    try:
        world.run(lives)
    except Killed:
        world.run()
    assert world.plan() == []
    assert outcome_of(world) == outcome_of(undisturbed)
    for each in (world, undisturbed):
        each.stop()
    assert outcome_of(world) == outcome_of(undisturbed)


@worlds
@law
@given(beginning=beginnings(), deeds=many(OUR_DEEDS), policy=POLICIES)
def test_a_folder_that_nobody_touched_is_never_the_source(shape, stored, beginning, deeds, policy):
    world = after(beginning, [], policy, shape, stored)
    do(world, deeds)
    people_made = deepcopy(world.book)
    met = {action.pair.ours.contact for action in world.run() if isinstance(action, Adopt)}
    for number, record in people_made.items():
        if number not in met:  # for whom it is the first meeting
            assert world.book[number] == record


@worlds
@law
@given(beginning=beginnings(), deeds=many(THEIR_DEEDS), policy=POLICIES)
def test_a_book_that_nobody_touched_is_never_the_source(shape, stored, beginning, deeds, policy):
    world = after(beginning, deeds, policy, shape, stored)
    people_made = deepcopy(world.folder)
    world.run()
    for id, item in people_made.items():
        assert world.folder[id].view == item.view
        assert world.folder[id].photo == item.photo
    assert world.folder.keys() == people_made.keys()


@worlds
@law
@given(beginning=beginnings(), edit=CHANGES, gone=st.sampled_from(["ours", "theirs"]), who=st.integers(0, 2))
def test_no_edit_is_lost_to_a_deletion(shape, stored, beginning, edit, gone, who):
    world = after(beginning, [], Policy(), shape, stored)
    mirrored = [each for each in world.links.values() if each.origin is not Origin.FOREIGN]
    if not mirrored:
        return
    of = mirrored[who % len(mirrored)]
    name, value = edit
    if gone == "ours":
        world.edit_item(of.item, **{name: value})
        edited = world.folder[of.item].view
        world.book[of.contact] = replace(world.book[of.contact], trashed=True)
        if edited in (of.theirs, of.before):  # as it was before us: it is given back so, and nothing is lost
            return
        world.run()
        assert getattr(world.local(of.contact).view, name) == getattr(edited, name)
    else:
        world.edit_record(of.contact, **{name: value})
        if world.local(of.contact).view == of.ours:
            return
        del world.folder[of.item]
        world.run()
    assert not world.book[of.contact].trashed
    assert world.links[of.contact].item in world.folder


def test_each_side_adds_an_address_where_the_folder_has_room_for_one():
    world = World(shape=OUTLOOK)
    number = world.add_record(replace(NICK, emails=(Email("a@x"),)))
    world.run()
    world.edit_record(number, emails=(Email("b@x"), Email("a@x")))
    (id,) = world.folder
    world.edit_item(id, emails=(Email("a@x"), Email("c@x")))
    world.run()
    assert [each.address for each in world.folder[id].view.emails] == ["a@x", "c@x"]
    assert {each.address for each in world.book[number].contact.emails} == {"a@x", "b@x", "c@x"}
    assert world.plan() == []
