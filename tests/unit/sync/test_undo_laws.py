"""The laws of an undo, over random lives of two sides: what a run did is taken back, and is not done again."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridge.sync.actions import Pair
from bridge.sync.taking_back import Done, Folder, Left, TakeBack, link_after, taken_back
from storage_plugin.model.contact import Email
from storage_plugin.model.mirror import Former
from tests.unit.sync.builders import stamp_of
from tests.unit.sync.lives import CHANGES, DEEDS, SWITCHED, after, beginnings, do, many, worlds
from tests.unit.sync.strategies import law
from tests.unit.sync.world import Record, World


def done_by(before: World, actions, now: World, touched: World) -> list[Done]:
    """What the log of a run that ended ``now`` would remember; ``touched`` is what people made of it since."""
    found = []
    for action in actions:
        pair, item = action.pair, action.pair.theirs
        number = pair.ours.contact if pair.ours else pair.link.contact if pair.link else None
        if type(action).__name__ == "TakeIn":
            number = next(key for key, link in now.links.items() if link.item == item.id)
        link, left = touched.links.get(number), now.links.get(number)
        id = link.item if link else pair.link.item if pair.link else item.id if item else None
        ours = touched.local(number) if number in touched.book else None
        present = Pair(link, ours, touched.folder.get(id))
        revision = now.book[number].revision if _same(now.book.get(number), touched.book.get(number)) else 0
        former, names = Former(pair.link, item), (type(action).__name__.lower(),)
        is_as_left = link == left and now.book.get(number) is not None
        found.append(Done(f"{number}", names, former, present, revision, is_as_left))
    return found


def _same(one: Record | None, other: Record | None) -> bool:
    """The book raises the revision for each of these."""
    return one is not None and other is not None and replace(one, wanted=other.wanted) == other


def take_back(world: World, before: World, action: TakeBack) -> None:
    done = action.done
    number, item = done.pair.ours.contact, done.pair.theirs
    known = done.former.link
    same = known is not None and known.photos.theirs == action.photo
    if action.folder is Folder.DELETE:
        del world.folder[item.id]
        item = None
    elif action.folder is Folder.CREATE:
        photo = action.photo if action.photo and same else ""
        id = world.add_item(action.view, stamp=stamp_of(number), flagged=action.flagged, photo=photo)
        item = world.folder[id]
    elif action.folder is Folder.UPDATE:
        photo = action.photo if action.photo == "" or (action.photo and same) else item.photo
        stamp = stamp_of(number) if action.marked else None
        world.folder[item.id] = item = replace(
            item,
            view=world.stored(action.view),
            stamp=stamp,
            flagged=action.flagged,
            photo=photo,
            version=world._version(),
        )
    record, was = world.book[number], before.book.get(number)
    same = {"wanted": record.wanted, "revision": record.revision + 1}
    world.book[number] = replace(was or replace(record, trashed=True), **same)
    base = known or done.pair.link
    link = link_after(action, world.local(number, base.ours, base.kept) if base else world.local(number), item)
    if link is None:
        world.links.pop(number, None)
    else:
        world.links[number] = link


def in_folder(world: World) -> Counter:
    return Counter((item.view, item.flagged, item.stamp) for item in world.folder.values())


def in_book(world: World) -> dict:
    return {number: replace(record, revision=0) for number, record in world.book.items() if not record.trashed}


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), policy=SWITCHED)
def test_after_an_undo_both_sides_are_as_before_the_run_and_rest(shape, stored, beginning, deeds, policy):
    world = after(beginning, deeds, policy, shape, stored)
    before = deepcopy(world)
    actions = world.run()
    decided = [taken_back(each) for each in done_by(before, actions, world, world)]
    assert not [each for each in decided if isinstance(each, Left) and "hidden" not in each.reason]
    for each in reversed(decided):
        if isinstance(each, TakeBack):
            take_back(world, before, each)
    if any(isinstance(each, Left) for each in decided):
        return  # it left the user's filter, and does not come back into the folder
    assert in_folder(world) == in_folder(before)
    assert in_book(world) == in_book(before)
    assert world.plan() == []


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), since=many(DEEDS, 3), policy=SWITCHED)
def test_nothing_that_people_did_since_is_taken_back(shape, stored, beginning, deeds, since, policy):
    world = after(beginning, deeds, policy, shape, stored)
    before = deepcopy(world)
    actions = world.run()
    now = deepcopy(world)
    do(world, since)
    touched = deepcopy(world)
    for each in reversed([taken_back(each) for each in done_by(before, actions, now, touched)]):
        if isinstance(each, TakeBack):
            take_back(world, before, each)
    for id, item in touched.folder.items():
        known = now.folder.get(id)
        if known is None or replace(item, version=known.version) != known:
            assert world.folder.get(id) == item
    for number, record in touched.book.items():
        if record != now.book.get(number):
            assert replace(world.book[number], revision=record.revision) == record


@worlds
@law
@given(beginning=beginnings(), deeds=many(DEEDS), policy=SWITCHED, who=st.integers(0, 5), change=CHANGES)
def test_a_contact_that_was_taken_back_is_mirrored_again_once_it_changes(
    shape, stored, beginning, deeds, policy, who, change
):
    world = after(beginning, deeds, policy, shape, stored)
    before = deepcopy(world)
    decided = [taken_back(each) for each in done_by(before, world.run(), world, world)]
    for each in reversed(decided):
        if isinstance(each, TakeBack):
            take_back(world, before, each)
    resting = [number for number, link in world.links.items() if link.rest and link.rest.wanted]
    if not (resting and policy.exports):
        return
    number = resting[who % len(resting)]
    world.edit_record(number, emails=(Email("anew@x"),), note="anew")
    assert [action for action in world.plan() if action.pair.ours and action.pair.ours.contact == number]
    world.run()
    assert world.plan() == []
