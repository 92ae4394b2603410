"""Random lives of two sides: what people do between the runs, drawn in few words so that it happens often."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from bridge.sync.policy import NewItems, Policy, Winner
from storage_plugin.model.contact import Contact, Email, Phone
from tests.unit.sync.shapes import OUTLOOK, SHAPES
from tests.unit.sync.world import World, perfect, stubborn

_WINNERS = st.sampled_from([Winner.MASTER, Winner.REMOTE, Winner.ASK])
POLICIES = st.builds(Policy, winner=_WINNERS, new_items=st.sampled_from(list(NewItems)))
SWITCHED = st.builds(
    Policy,
    winner=_WINNERS,
    new_items=st.sampled_from(list(NewItems)),
    imports=st.booleans(),
    exports=st.booleans(),
)
worlds = pytest.mark.parametrize(
    ("shape", "stored"),
    [(SHAPES["everything"], perfect), (OUTLOOK, perfect), (OUTLOOK, stubborn)],
    ids=["perfect", "few slots", "stubborn"],
)

PEOPLE = [
    Contact(
        formatted_name=f"{given} {family}", given_name=given, family_name=family, job_title=title,
        emails=(Email(f"{given.lower()}@x"),), phones=phones,
    )
    for given, family, title, phones in [
        ("Anna", "Muster", "Buyer", (Phone("1", "work"), Phone("2", "work"), Phone("3", "work"))),
        ("Bodo", "Meier", "", (Phone("+1 1", "home"),)),
        ("Carla", "Nord", "Boss", ()),
    ]
]  # fmt: skip
OTHERS = [replace(person, job_title="Chief", note="seen", emails=(*person.emails, Email("o@x"))) for person in PEOPLE]

CHANGES = st.sampled_from(
    [
        ("job_title", "Boss"), ("job_title", "Chief"), ("job_title", ""), ("note", "tea"),
        ("note", "a long, long note"),
        ("given_name", "Zoe"), ("formatted_name", "Chef"), ("family_name", "Wolf"),
        ("emails", ()), ("emails", (Email("n@x"),)), ("emails", (Email("n@x"), Email("m@x"))),
        ("phones", ()), ("phones", (Phone("1", "work"),)), ("phones", (Phone("7", "work"), Phone("8", "home"))),
    ]
)  # fmt: skip

WHO = st.integers(0, 5)
OUR_DEEDS = st.one_of(
    st.tuples(st.just("edit record"), WHO, CHANGES),
    st.tuples(st.just("edit record"), WHO, CHANGES),
    st.tuples(st.just("delete record"), WHO, st.none()),
    st.tuples(st.just("restore record"), WHO, st.none()),
    st.tuples(st.just("filter"), WHO, st.none()),
    st.tuples(st.just("promote"), WHO, st.none()),
    st.tuples(st.just("new record"), WHO, st.none()),
    st.tuples(st.just("picture of record"), WHO, st.sampled_from(["p", "q", ""])),
)
THEIR_DEEDS = st.one_of(
    st.tuples(st.just("edit item"), WHO, CHANGES),
    st.tuples(st.just("edit item"), WHO, CHANGES),
    st.tuples(st.just("delete item"), WHO, st.none()),
    st.tuples(st.just("new item"), WHO, st.none()),
    st.tuples(st.just("copy item"), WHO, st.none()),
    st.tuples(st.just("flag of item"), WHO, st.booleans()),
    st.tuples(st.just("picture of item"), WHO, st.sampled_from(["r", "s", ""])),
)
DEEDS = OUR_DEEDS | THEIR_DEEDS


def many(deeds, most=5):
    return st.lists(deeds, max_size=most)


@st.composite
def beginnings(draw):
    """What is on both sides at first: records, and items of the owner's, some of them the same people."""
    return (
        draw(st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True)),
        draw(st.lists(st.sampled_from([*PEOPLE, *OTHERS]), max_size=3, unique=True)),
    )


def begin(world: World, beginning) -> World:
    records, items = beginning
    for record in records:
        world.add_record(record)
    for item in items:
        world.add_item(item)
    return world


def after(beginning, deeds, policy, shape, stored) -> World:
    """A world that was mirrored once, and in which people then did something."""
    world = begin(World(policy, shape, stored), beginning)
    world.run()
    do(world, deeds)
    return world


def do(world: World, deeds) -> None:
    """Let people do something; a deed for which there is nobody is none."""
    for deed, who, what in deeds:
        _do(world, deed, who, what)


def _do(world: World, deed: str, who: int, what) -> None:
    record, id = _at(world.book, who), _at(world.folder, who)
    if deed == "new record":
        world.add_record(PEOPLE[who % len(PEOPLE)])
    elif deed == "new item":
        world.add_item(OTHERS[who % len(OTHERS)])
    elif deed.endswith("record") and record is not None:
        _to_record(world, deed, record, what)
    elif deed in ("filter", "promote") and record is not None:
        of = world.book[record]
        change = {"wanted": not of.wanted} if deed == "filter" else {"plain": False}
        world.book[record] = replace(of, **change)
    elif id is not None:
        _to_item(world, deed, id, what)


def _to_record(world: World, deed: str, number, what) -> None:
    record = world.book[number]
    if deed == "delete record":
        world.book[number] = replace(record, trashed=True)
    elif deed == "restore record":
        world.book[number] = replace(record, trashed=False)
    elif deed == "picture of record":
        world.book[number] = replace(record, photo=what)
    elif not record.trashed:
        world.edit_record(number, **dict([what]))


def _to_item(world: World, deed: str, id, what) -> None:
    item = world.folder[id]
    if deed == "edit item":
        world.edit_item(id, **dict([what]))
    elif deed == "delete item":
        del world.folder[id]
    elif deed == "copy item":
        world.add_item(item.view, stamp=item.stamp, flagged=item.flagged, photo=item.photo)
    elif deed == "flag of item":
        world.folder[id] = replace(item, flagged=what, version=item.version + "f")
    elif deed == "picture of item":
        world.folder[id] = replace(item, photo=what, version=item.version + "p")


def _at(those, who):
    return list(those)[who % len(those)] if those else None
