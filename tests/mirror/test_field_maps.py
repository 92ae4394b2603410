"""A field map, as it is written in YAML, in whole runs with Exchange Online and Exchange Server (AMI-10 … AMI-20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.mirroring.map_file import read_map
from bridge.mirroring.settings import MapSettings
from bridge.targets.mapped import MappedTarget
from storage_plugin.database.engine import Database
from storage_plugin.model.contact import Contact, Phone, PostalAddress
from tests.mirror.crashing import Death
from tests.mirror.office import Office, person
from tests.mirror.owner import Owner
from tests.mirror.places import PLACES, Place

BUSINESS = PostalAddress(street="Ring 1", city="Köln", kind="work")
PRIVATE = PostalAddress(street="Weg 2", city="Ulm", kind="home")
OTHER = PostalAddress(street="Kai 3", city="Bonn", kind="other")

Mapped = Callable[[str], tuple[Office, Owner]]


@pytest.fixture(params=["graph", "ews"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with PLACES[request.param](tmp_path) as place:
        yield place


@pytest.fixture
def mapped(place: Place, make_sqlite: Any) -> Iterator[Mapped]:
    """A mirror behind a map; the owner sees the mailbox as it is."""
    database = Database.open(make_sqlite())

    def made(text: str) -> tuple[Office, Owner]:
        office = Office(database)
        field_map = MapSettings(**read_map(text)["map"]).map
        office.run = place.run
        office.connect = lambda: MappedTarget(place.connect(office.mirror.folder, Death()), field_map)
        return office, Owner(place)

    yield made
    database.close()


def only(owner: Owner) -> Contact:
    (item,) = owner.items()
    return item.view


def test_ami_10_ami_11_business_private_and_other_address_stand_each_in_its_place(mapped):
    office, owner = mapped("address: business")
    key = office.add(person("Nick Brigandi", addresses=(BUSINESS, PRIVATE, OTHER)))
    office.sync()
    assert set(only(owner).addresses) == {BUSINESS, PRIVATE, OTHER}
    moved = PostalAddress(street="Ring 9", city="Köln", kind="work")
    owner.touch("Nick Brigandi", addresses=(moved, PRIVATE, OTHER))
    office.sync()
    assert office.record(key).contact.addresses == (moved, PRIVATE, OTHER)
    assert office.sync().counts == {}


@pytest.mark.parametrize(("word", "kind"), [("private", "home"), ("other", "other")])
def test_ami_12_the_business_address_stands_where_the_map_says(mapped, word, kind):
    office, owner = mapped(f"address: {word}")
    key = office.add(person("Nick Brigandi", addresses=(BUSINESS,)))
    office.sync()
    there = PostalAddress(street="Ring 1", city="Köln", kind=kind)
    assert only(owner).addresses == (there,)
    theirs = PostalAddress(street="Via 4", city="Rom", kind="work")
    owner.touch("Nick Brigandi", addresses=(theirs, PostalAddress(street="Ring 9", city="Köln", kind=kind)))
    office.sync()
    (ours,) = office.record(key).contact.addresses
    assert (ours.street, ours.kind) == ("Ring 9", "work")
    office.edit(key, addresses=(BUSINESS,))
    office.sync()
    assert set(only(owner).addresses) == {theirs, there}
    assert office.sync().counts == {}


def test_ami_20_fields_and_kinds_change_places_freely_and_go_both_ways(mapped):
    office, owner = mapped("fields: {profession: manager, manager: profession}\nphones: {car: other, other: car}")
    key = office.add(person("Nick Brigandi", profession="Cook", manager="Ann", phones=(Phone("+49 171 1", "car"),)))
    office.sync()
    view = only(owner)
    assert (view.profession, view.manager, view.phones) == ("Ann", "Cook", (Phone("+49 171 1", "other"),))
    owner.touch("Nick Brigandi", manager="Chef", phones=(Phone("+49 171 2", "other"),))
    office.sync()
    record = office.record(key).contact
    assert (record.profession, record.manager, record.phones) == ("Chef", "Ann", (Phone("+49 171 2", "car"),))
    assert office.sync().counts == {}


def test_what_the_map_hides_of_an_item_comes_back_untouched_when_the_mirror_ends(mapped):
    office, owner = mapped("fields: {profession: manager}\naddress: private")
    owner.make(person("Nick Brigandi", profession="their own", addresses=(BUSINESS,)))
    office.add(person("Nick Brigandi", profession="Cook", addresses=(PRIVATE,)))
    before = only(owner)
    office.sync()
    assert (only(owner).manager, only(owner).profession) == ("Cook", "their own")
    office.stop()
    assert only(owner) == before
