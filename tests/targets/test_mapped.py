"""A target behind a field map keeps the contract, and its people see the map."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bridge.targets.base import Target
from bridge.targets.field_map import FieldMap
from bridge.targets.mapped import MappedTarget
from bridge.targets.memory import MemoryTarget
from bridge.targets.memory_folder import MemoryFolder
from bridge.targets.outlook import SHAPE
from storage_plugin.database.engine import Database
from storage_plugin.model.contact import Phone, PostalAddress
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder
from tests.contract.targets import TargetContract
from tests.mirror.office import Office, person
from tests.unit.vcard.strategies import NORMAL_CONTACTS

MAP = FieldMap(
    {"profession": "manager", "manager": "profession", "office": "nickname"},
    {"phones": {"mobile": "work", "work": "mobile"}, "addresses": {"work": "home"}},
)


class TestMapped(TargetContract):
    PEOPLE = NORMAL_CONTACTS
    MANY = 300

    @pytest.fixture
    def connect(self) -> Iterator[Callable[[], Target]]:
        at = MemoryFolder(SHAPE)
        at.faults.rejects.add("Refused")
        yield lambda: MappedTarget(MemoryTarget(at), MAP)

    def copy(self, folder: Folder, item: Item) -> None:
        folder.target.target.at.copy(item.id)  # type: ignore[attr-defined]


@pytest.fixture
def office(database: Database) -> Office:
    office = Office(database, MemoryFolder(SHAPE))
    office.connect = lambda: MappedTarget(MemoryTarget(office.folder, office.mirror.folder), MAP)
    return office


def test_ami_12_ami_20_what_the_map_says_goes_both_ways_and_the_rest_stays(office):
    work, home = PostalAddress(city="Köln", kind="work"), PostalAddress(city="Ulm", kind="home")
    key = office.add(
        person("Nick Brigandi", profession="Cook", addresses=(work, home), nickname="Nick", office="2.1")
    )
    office.sync()
    item = office.items()["Nick Brigandi"].view
    assert (item.manager, item.profession, item.nickname, item.office) == ("Cook", "", "2.1", "")
    assert item.addresses == (replace(work, kind="home"),)
    business = PostalAddress(city="Rom", kind="work")
    office.touch(
        "Nick Brigandi",
        profession="Ann",
        office="their own",
        addresses=(business, *item.addresses),
        phones=(Phone("1", "work"),),
    )
    office.sync()
    record = office.record(key).contact
    assert (record.manager, record.office, record.nickname) == ("Ann", "2.1", "Nick")
    assert (record.phones, record.addresses) == ((Phone("1", "mobile"),), (work, home))
    office.edit(key, addresses=(replace(work, city="Bonn"), home), office="3.1")
    office.sync()
    item = office.items()["Nick Brigandi"].view
    assert set(item.addresses) == {PostalAddress(city="Bonn", kind="home"), business}
    assert (item.nickname, item.office) == ("3.1", "their own")
    assert office.sync().counts == {}


def test_an_adopted_item_is_given_back_with_what_the_map_hid(office):
    office.add(person("Nick Brigandi", profession="Cook"))
    office.make(person("Nick Brigandi", office="their own", addresses=(PostalAddress(city="Rom", kind="work"),)))
    before = office.items()["Nick Brigandi"].view
    office.sync()
    assert office.items()["Nick Brigandi"].view.manager == "Cook"
    office.stop()
    assert office.items()["Nick Brigandi"].view == before
