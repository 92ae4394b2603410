"""Which contacts come over, which way and when: the options in which the three old products differ."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bridge.sync.policy import NewItems, Policy
from bridge.sync.run import Mode
from bridge.targets.base import Feed
from bridge.targets.memory import MemoryTarget
from storage_plugin.database.engine import Database
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import ItemId
from tests.mirror.office import Office, person


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_ami_3_ami_17_bc_1_what_is_on_one_side_only_is_added_to_the_other(office):
    office.policy = Policy(new_items=NewItems.ADD)
    office.add("Nick Brigandi")
    office.make("Andrea Dunker")
    office.make(Contact(formatted_name="Contoso", company="Contoso", is_company=True))
    office.sync()
    assert office.business() == ["Andrea Dunker", "Contoso", "Nick Brigandi"] == office.in_folder()
    assert all(item.stamp and item.customer_number for item in office.items().values())
    assert office.sync().counts == {}


def test_bc_16_new_contacts_of_the_mailbox_come_in_when_they_are_valid(office):
    office.policy = Policy(new_items=NewItems.ACCEPT_VALID)
    office.make("Andrea Dunker")
    office.make(Contact(formatted_name="Nobody's Address"))
    office.sync()
    assert office.business() == ["Andrea Dunker"]
    assert office.names() == ["Andrea Dunker", "Nobody's Address"]


def test_bcm_16_what_is_mirrored_keeps_what_is_linked_with_the_record(office):
    account = office.contacts.save(Contact(company="Contoso", is_company=True), office.by, type="Account")
    key = office.add(person("Nick Brigandi", company="Contoso"))
    before = office.record(key)
    office.sync()
    office.touch("Nick Brigandi", job_title="Chief")
    office.sync()
    after = office.record(key)
    assert after.contact.job_title == "Chief"
    assert (after.customer_number, after.account_id) == (before.customer_number, account.id)


def test_bc_11_bc_15_the_newest_changes_of_either_side_are_applied_at_once(office):
    first, second = office.add("Nick Brigandi"), office.add("Andrea Dunker")
    office.sync()
    office.edit(first, job_title="Buyer")
    office.edit(first, job_title="Chief")
    office.touch("Andrea Dunker", note="met in Rome")
    office.touch("Andrea Dunker", note="met in Oslo")
    assert office.sync().counts == {"update": 2}
    assert office.items()["Nick Brigandi"].view.job_title == "Chief"
    assert office.record(second).contact.note == "met in Oslo"


def test_bc_16_an_incremental_run_asks_only_for_what_changed_since(office):
    for name in ("Nick Brigandi", "Andrea Dunker", "Marcel Truempy"):
        office.add(name)
    office.sync()
    office.touch("Andrea Dunker", note="met in Rome")
    told = []

    class Overheard(MemoryTarget):
        async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
            feed = await super().changes(cursor, known)
            told.extend(item.view.formatted_name for item in feed.items)
            return feed

    office.connect = lambda: Overheard(office.folder, office.mirror.folder)
    office.sync()
    assert told == ["Andrea Dunker"]


def test_bc_18_a_full_run_looks_at_everything_whenever_it_changed(office):
    for name in ("Nick Brigandi", "Andrea Dunker"):
        office.add(name)
    office.sync()
    office.sync()
    unseen = dict(office.folder.changed)
    office.touch("Andrea Dunker", note="met in Rome")
    office.folder.changed |= unseen
    assert office.sync().counts == {}
    assert office.sync(Mode(full=True)).counts == {"update": 1}


def test_ami_13_ami_14_a_repeated_export_updates_what_is_outdated_and_doubles_nobody(office):
    office.policy = Policy(imports=False)
    first = office.add("Nick Brigandi")
    office.add("Andrea Dunker")
    office.sync()
    assert all(item.customer_number for item in office.items().values())
    assert office.sync(Mode(full=True)).counts == {}
    office.edit(first, job_title="Chief")
    office.add("Marcel Truempy")
    office.sync(Mode(full=True))
    assert office.in_folder() == ["Andrea Dunker", "Marcel Truempy", "Nick Brigandi"]
    assert office.items()["Nick Brigandi"].view.job_title == "Chief"


def test_ami_13_an_export_changes_nothing_in_the_book(office):
    office.policy = Policy(imports=False)
    key = office.add("Nick Brigandi")
    office.sync()
    before = office.record(key)
    office.touch("Nick Brigandi", note="met in Rome")
    office.make("Andrea Dunker")
    office.drop("Nick Brigandi")
    office.sync()
    assert replace(office.record(key), number=before.number) == before
    assert office.names() == ["Nick Brigandi"]
