"""The laws of field maps: whatever valid map, what is put into the folder is what is seen, and the rest stays."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.targets.field_map import DATES, FIELDS, FieldMap
from bridge.targets.file.mapping import SHAPE as TABLE
from bridge.targets.outlook import SHAPE as OUTLOOK
from bridge.targets.shape import EVERYTHING, View
from storage_plugin.model.contact import LISTS, PLACE_KINDS, Contact, Phone, PostalAddress, Url
from storage_plugin.model.mirror import NOTHING
from tests.unit.sync.strategies import law
from tests.unit.vcard.strategies import NORMAL_CONTACTS

SHAPES = st.sampled_from([OUTLOOK, EVERYTHING, TABLE])


@st.composite
def one_to_one(draw, names):
    ours = draw(st.lists(st.sampled_from(names), unique=True, max_size=4))
    theirs = draw(st.lists(st.sampled_from(names), unique=True, min_size=len(ours), max_size=len(ours)))
    return dict(zip(ours, theirs, strict=True))


TEXTS = ("nickname", "office", "profession", "manager", "note")
FEW = {"phones": ("work", "home", "mobile", "other"), "addresses": PLACE_KINDS, "urls": PLACE_KINDS}
"""So few kinds that contacts and maps often speak of the same."""


@st.composite
def maps(draw):
    fields = draw(one_to_one(TEXTS)) | draw(one_to_one(DATES))
    return FieldMap(fields, {name: draw(one_to_one(kinds)) for name, kinds in FEW.items()})


def _items(make, kinds):
    one = st.builds(make, st.integers(1, 9), st.sampled_from([*kinds, ""]))
    return st.lists(one, max_size=5, unique=True).map(tuple)


CONTACTS = (
    st.builds(
        Contact,
        formatted_name=st.just("Anna"),
        **{name: st.sampled_from(["", "a", "b"]) for name in TEXTS},
        **{name: st.sampled_from(["", "1980-02-29", "1990-01-01"]) for name in DATES},
        phones=_items(lambda number, kind: Phone(str(number), kind), FEW["phones"]),
        addresses=_items(lambda number, kind: PostalAddress(city=str(number), kind=kind), PLACE_KINDS),
        urls=_items(lambda number, kind: Url(str(number), kind), PLACE_KINDS),
    )
    | NORMAL_CONTACTS
)


@law
@given(map=maps(), shape=SHAPES, contact=CONTACTS)
def test_what_is_put_is_what_is_seen(map, shape, contact):
    view = map.shape(shape).view(contact).view
    there = map.outward(view)
    assert shape.view(there, View(there, NOTHING)).view == there, "the folder has room for it"
    assert map.inward(there) == view
    assert map.shape(shape).view(view, View(view, NOTHING)).view == view


@law
@given(map=maps(), shape=SHAPES, contact=CONTACTS, item=CONTACTS)
def test_what_nothing_stands_in_is_left_as_it_is(map, shape, contact, item):
    item = shape.view(item).view
    seen = map.inward(item)
    assert map.inward(map.onto(item, seen)) == seen
    same = map.onto(item, seen)
    assert [getattr(same, name) for name in FIELDS] == [getattr(item, name) for name in FIELDS]
    for name in LISTS:
        assert Counter(getattr(same, name)) == Counter(getattr(item, name)), "what is unchanged changes nothing"
    view = map.shape(shape).view(contact).view
    now = map.onto(item, view)
    assert map.inward(now) == view
    for name in set(map.fields) - set(map.fields.values()):
        assert getattr(now, name) == getattr(item, name)
    for name, kinds in map.kinds.items():
        blind = set(kinds) - set(kinds.values())
        left = [each for each in getattr(item, name) if each.kind in blind]
        assert [each for each in getattr(now, name) if each.kind in blind] == left


@law
@given(shape=SHAPES, contact=CONTACTS)
def test_the_empty_map_changes_nothing(shape, contact):
    assert FieldMap().is_empty and FieldMap().shape(shape) == shape
    assert FieldMap().outward(contact) == FieldMap().inward(contact) == contact


@pytest.mark.parametrize("shape", [OUTLOOK, EVERYTHING], ids=["Outlook", "vCards"])
def test_ami_10_ami_12_the_private_address_can_stand_for_the_business_one(shape):
    map = FieldMap(kinds={"addresses": {"work": "home"}})
    work, home = PostalAddress(city="Köln", kind="work"), PostalAddress(city="Ulm", kind="home")
    view = map.shape(shape).view(Contact(addresses=(home, work)))
    assert (view.view.addresses, view.kept.addresses) == ((work,), (home,))
    assert map.outward(view.view).addresses == (replace(work, kind="home"),)
    private, business = PostalAddress(city="Bonn", kind="home"), PostalAddress(city="Rom", kind="work")
    item = Contact(addresses=(business, private))
    assert map.inward(item).addresses == (replace(private, kind="work"),)
    assert set(map.onto(item, view.view).addresses) == {replace(work, kind="home"), business}


def test_ami_11_without_a_map_each_address_stands_in_its_own_place():
    places = tuple(PostalAddress(city=kind, kind=kind) for kind in ("work", "home", "other"))
    assert FieldMap().inward(FieldMap().outward(Contact(addresses=places))).addresses == places


def test_ami_20_fields_and_kinds_stand_where_the_map_says():
    map = FieldMap(
        {"profession": "manager", "manager": "profession", "nickname": "office"}, {"phones": {"car": "other"}}
    )
    ours = Contact(profession="Cook", manager="Ann", nickname="Nick", office="2.1", phones=(Phone("1", "car"),))
    there = map.outward(map.shape(OUTLOOK).view(ours).view)
    assert (there.manager, there.profession, there.office, there.nickname) == ("Cook", "Ann", "Nick", "")
    assert there.phones == (Phone("1", "other"),)
    assert map.inward(replace(there, nickname="theirs")).nickname == "Nick"


@pytest.mark.parametrize(
    ("fields", "kinds", "reason"),
    [
        ({"colour": "note"}, {}, "no field 'colour'"),
        ({"note": "emails"}, {}, "no field 'emails'"),
        ({"formatted_name": "note"}, {}, "no field 'formatted_name'"),
        ({"birthday": "note"}, {}, "one is a date"),
        ({"note": "anniversary"}, {}, "one is a date"),
        ({"office": "note", "spouse": "note"}, {}, "office and spouse cannot both stand in note"),
        ({}, {"emails": {}}, "'emails' has no kinds"),
        ({}, {"phones": {"car": "boat"}}, "phones have no kind 'boat'"),
        ({}, {"phones": {"car": "other", "radio": "other"}}, "car and radio cannot both stand in other"),
    ],
)
def test_what_is_no_map_is_refused_with_a_sentence(fields, kinds, reason):
    with pytest.raises(ValueError, match=reason):
        FieldMap(fields, kinds)
