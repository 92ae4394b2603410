"""The laws of an end: what the owner's folder was without us, it is again."""

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sync.actions import Pair
from bridge.sync.leaving import plan_stop
from bridge.sync.policy import Policy
from bridge.sync.telling import described
from storage_plugin.model.mirror import Origin
from tests.unit.sync.builders import EDITED, NICK, item, link, local
from tests.unit.sync.lives import (
    DEEDS,
    OUR_DEEDS,
    POLICIES,
    SWITCHED,
    after,
    begin,
    beginnings,
    do,
    many,
    worlds,
)  # fmt: skip
from tests.unit.sync.shapes import OUTLOOK, SHAPES
from tests.unit.sync.strategies import law
from tests.unit.sync.world import Killed, World, perfect


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), more=many(DEEDS))
def test_bcm_2_foreign_items_are_never_touched(shape, stored, beginning, deeds, more):
    world = after(beginning, deeds, Policy(), shape, stored)
    world.run()
    do(world, more)
    before = dict(world.folder)
    foreign = {
        link.item for link in world.links.values() if link.origin is Origin.FOREIGN and world.book[link.contact].plain
    }
    world.run()
    world.stop()
    assert {id: world.folder.get(id) for id in foreign} == {id: before.get(id) for id in foreign}


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), more=many(DEEDS), policy=SWITCHED)
def test_bcm_10_what_we_did_not_create_is_never_deleted(shape, stored, beginning, deeds, more, policy):
    world = begin(World(policy, shape, stored), beginning)
    owned = set(world.folder)
    for step in (deeds, more):
        world.run()
        present, known = set(world.folder), len(world.folder)
        do(world, step)
        owned |= set(list(world.folder)[known:]) | (set(world.folder) - present)
        owned &= set(world.folder)
    world.run()
    world.stop()
    assert owned <= set(world.folder)


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), policy=POLICIES)
def test_bcm_38_nothing_of_ours_is_left_after_the_stop(shape, stored, beginning, deeds, policy):
    world = after(beginning, deeds, policy, shape, stored)
    world.run()
    records = [number for number, record in world.book.items() if not record.plain]
    kept = {number: world.book[number] for number in records}
    created = {each.item for each in world.links.values() if each.origin is Origin.CREATED}
    adopted = {each.item for each in world.links.values() if each.origin is Origin.ADOPTED}
    world.stop()
    assert not world.links
    assert not created & set(world.folder)
    assert all(world.folder[id].stamp is None for id in adopted)
    assert {number: world.book[number] for number in records} == kept


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), policy=POLICIES, lives=st.integers(0, 8))
def test_a_killed_stop_is_finished_by_the_next_to_the_same_end(shape, stored, beginning, deeds, policy, lives):
    world = after(beginning, deeds, policy, shape, stored)
    undisturbed = deepcopy(world)
    undisturbed.stop()
    try:
        world.stop(lives)
    except Killed:
        world.stop()
    assert (world.book, world.links) == (undisturbed.book, {})
    assert {id: shown(item) for id, item in world.folder.items()} == {
        id: shown(item) for id, item in undisturbed.folder.items()
    }


SINGLE = st.sampled_from([("job_title", "Boss"), ("job_title", ""), ("note", "tea"), ("given_name", "Zoe")])
ITEM_DEEDS = st.one_of(
    st.tuples(st.just("edit item"), st.integers(0, 5), SINGLE),
    st.tuples(st.just("edit item"), st.integers(0, 5), SINGLE),
    st.tuples(st.just("picture of item"), st.integers(0, 5), st.sampled_from(["r", "s", ""])),
    st.tuples(st.just("delete item"), st.integers(0, 5), st.none()),
    st.tuples(st.just("new item"), st.integers(0, 5), st.none()),
)


@law
@given(
    beginning=beginnings(),
    rounds=st.lists(st.tuples(many(OUR_DEEDS, 3), many(ITEM_DEEDS, 3)), max_size=3),
    policy=POLICIES,
    shape=st.sampled_from([SHAPES["everything"], OUTLOOK]),
    flagged=st.booleans(),
)
def test_bcm_36_the_folder_after_the_stop_is_the_folder_before_but_for_what_people_changed(
    beginning, rounds, policy, shape, flagged
):
    world = begin(World(policy, shape, perfect), beginning)
    if flagged and world.folder:  # its owner has a category of that name
        id = next(iter(world.folder))
        world.folder[id] = replace(world.folder[id], flagged=True, photo="r")
    alone = dict(world.folder)
    for ours, theirs in rounds:
        world.run()
        do(world, ours)
        for deed, who, what in theirs:
            _do_alone(world, alone, deed, who, what)
    world.run()
    world.stop()
    assert {id: shown(item) for id, item in world.folder.items()} == {id: shown(item) for id, item in alone.items()}


def shown(item):
    """What people see of an item, and the hidden stamp."""
    return item.view, item.photo, item.flagged, item.stamp


def _do_alone(world, alone, deed, who, what):
    """Do to the folder what people do, and to the folder as it would be without us."""
    known = list(world.folder)
    if not known and deed != "new item":
        return
    id = known[who % len(known)] if known else None
    do(world, [(deed, who, what)])
    if deed == "edit item" and id in alone:
        alone[id] = replace(alone[id], view=replace(alone[id].view, **dict([what])))
    elif deed == "picture of item" and id in alone:
        alone[id] = replace(alone[id], photo=what)
    elif deed == "delete item":
        alone.pop(id, None)
    elif deed == "new item":
        new = list(world.folder)[-1]
        alone[new] = world.folder[new]


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (Pair(link(), local(), item()), "Nick Brigandi: remove from the folder"),
        (Pair(link(), local(), None), "Nick Brigandi: forget the link"),
        (Pair(link(), local(), item(EDITED)),
         "Nick Brigandi: remove from the folder, after taking in what was edited there"),
        (Pair(link(origin=Origin.ADOPTED, before=NICK), local(), item()),
         "Nick Brigandi: leave in the folder, no longer mirrored"),
        (Pair(link(origin=Origin.FOREIGN), local(plain=True), item()),
         "Nick Brigandi: no longer in the mirrored folder, move the plain contact to the deleted items"),
        (Pair(link(origin=Origin.FOREIGN), local(EDITED, plain=True), item()), "Nick Brigandi: forget the link"),
        (Pair(link(origin=Origin.FOREIGN), local(), item()), "Nick Brigandi: forget the link"),
    ],
)  # fmt: skip
def test_bcm_10_what_the_stop_does_with(pair, expected):
    assert [described(action) for action in plan_stop([pair], Policy())] == [expected]
