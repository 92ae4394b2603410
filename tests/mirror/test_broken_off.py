"""What a request that was broken off, or came too late, must not spoil; every point of death is in test_crashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bridge.sync.policy import NewItems, Policy
from bridge.targets.base import Answer, Operation
from bridge.targets.memory import MemoryTarget
from bridge.targets.memory_folder import Faults
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import State
from tests.mirror.office import Office, person
from tests.mirror.test_recovery import OnlyOf, lose_answer


@pytest.fixture
def office(make_sqlite: Any) -> Iterator[Office]:
    office = Office(Database.open(make_sqlite()))
    yield office
    office.database.close()


class Busy(MemoryTarget):
    """Its owner edits Nick's item right before each of the next ``times`` writes."""

    def __init__(self, office: Office, times: int) -> None:
        super().__init__(office.folder, office.mirror.folder)
        self.office = office
        self.times = times

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        if self.times > 0:
            self.times -= 1
            (id,) = self.at.held
            self.at.edit(id, person("Nick Brigandi", note="edited meanwhile"))
        return await super().apply(operations)


def edited_meanwhile(office: Office, times: int) -> None:
    """Run while the owner edits."""
    connect = office.connect
    office.connect = lambda: Busy(office, times)
    office.sync()
    office.connect = connect


def test_of_two_items_with_one_stamp_the_first_is_the_one_that_was_created(office):
    key = office.add("Nick Brigandi")
    lose_answer(office, "create")
    (original,) = office.folder.held
    copy = office.folder.copy(original)
    office.sync()
    (plain,) = office.contacts.inbox(office.user_id)
    assert {contact: link.item for contact, link in office.links().items()} == {key: original, plain.id: copy}
    assert office.business() == ["Nick Brigandi"] and office.sync().counts == {}


@pytest.mark.parametrize("is_made", [True, False])
def test_whoever_had_the_number_before_is_not_what_was_to_be_created(office, is_made):
    """An older database gave the number anew; nobody takes in what is in the folder."""
    office.policy = Policy(new_items=NewItems.IGNORE)
    key = office.add("Nick Brigandi")
    alice = office.folder.add(person("Alice Young"), stamp=str(office.mirror.stamp(key)))
    setattr(office.folder.faults, "after" if is_made else "before", OnlyOf(office, "create"))
    office.sync()
    office.folder.faults = Faults()
    assert len(office.folder.held) == 1 + is_made
    office.sync()
    assert office.in_folder() == ["Alice Young", "Nick Brigandi"] and office.sync().counts == {}
    assert office.links()[key].item != alice


def test_who_is_edited_again_and_again_is_left_to_the_next_run_and_named(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.edit(key, job_title="Chief")
    edited_meanwhile(office, times=9)
    (failure,) = office.failures()
    assert (failure.contact, failure.error) == (key, "It was being changed during the run.")
    office.sync()
    assert office.failures() == [] and office.items()["Nick Brigandi"].view.job_title == "Chief"
    assert office.record(key).contact.note == "edited meanwhile"


def test_an_edit_that_came_before_ours_is_still_there_when_the_item_is_given_back(office):
    key = office.add("Nick Brigandi")
    office.make("Nick Brigandi")
    office.sync()
    office.edit(key, job_title="Chief")
    edited_meanwhile(office, times=1)
    assert office.items()["Nick Brigandi"].view.job_title == "Chief"
    office.stop()
    item = office.items()["Nick Brigandi"].view
    assert (item.note, item.job_title) == ("edited meanwhile", "")


def test_what_we_wrote_is_not_given_back_though_we_never_heard_of_it(office):
    key = office.add("Nick Brigandi")
    office.make("Nick Brigandi")
    before = office.items()["Nick Brigandi"].view
    office.sync()
    office.edit(key, job_title="Chief")
    lose_answer(office, "update")
    assert office.stop().counts["unmark"] == 1
    assert office.items()["Nick Brigandi"].view == before


def test_a_business_contact_of_the_mailbox_is_stamped_even_where_nothing_is_flagged(office):
    office.policy = Policy(new_items=NewItems.ADD, flag=None)
    office.make("Andrea Dunker")
    office.sync()
    item = office.items()["Andrea Dunker"]
    assert item.stamp is not None and item.customer_number and office.sync().counts == {}


@pytest.mark.parametrize(("was_there", "request_"), [(True, "update"), (False, "delete")])
def test_a_conflict_of_what_leaves_the_folder_is_noted_once(office, was_there, request_):
    key = office.add("Nick Brigandi")
    if was_there:
        office.make("Nick Brigandi")
    office.sync()
    office.edit(key, company="Contoso")
    office.touch("Nick Brigandi", company="Fabrikam")
    office.folder.faults.before = OnlyOf(office, request_)
    office.stop()
    assert office.mirror.state is State.STOPPING and office.disagreements() == 1
    office.folder.faults.before = {}
    office.stop()
    assert office.mirror.state is State.STOPPED and office.disagreements() == 1


def test_what_was_created_last_is_taken_out_at_the_end_though_we_never_heard_of_it(office):
    office.add("Nick Brigandi")
    lose_answer(office, "create")
    assert office.in_folder() == ["Nick Brigandi"]
    office.stop()
    assert office.in_folder() == [] and office.business() == ["Nick Brigandi"]


def test_what_was_taken_in_before_an_end_that_failed_is_not_taken_in_again(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.touch("Nick Brigandi", note="edited there")
    office.folder.faults.before = OnlyOf(office, "delete")
    office.stop()
    assert office.record(key).contact.note == "edited there"
    office.edit(key, note="edited here since")
    office.folder.faults.before = {}
    office.stop()
    assert office.record(key).contact.note == "edited here since" and office.disagreements() == 0
