"""The end of a mirror: the folder is as it was before the first run, but for what people changed themselves."""

from dataclasses import replace

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import State
from storage_plugin.database.runs import Outcome
from tests.contract.people import JPEG, PNG
from tests.mirror.office import Office, person

OTHER = JPEG + b"\0"
"""A picture that differs from JPEG."""


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_bcm_10_bcm_38_what_was_mirrored_leaves_the_folder_and_stays_in_the_book(office):
    office.add("Nick Brigandi")
    office.make("Old Friend")
    office.sync()
    report = office.stop()
    assert (report.outcome, office.mirror.state) == (Outcome.DONE, State.STOPPED)
    assert office.in_folder() == ["Old Friend"]
    assert office.business() == ["Nick Brigandi"]
    assert office.links() == {}


def test_an_item_that_was_there_before_is_given_back_as_it_was(office):
    office.add(person("Nick Brigandi", company="Contoso", note="ours"))
    office.make(person("Nick Brigandi", job_title="Friend"))
    before = office.items()["Nick Brigandi"].view
    office.sync()
    assert office.items()["Nick Brigandi"].view.company == "Contoso"
    office.stop()
    item = office.items()["Nick Brigandi"]
    assert item.view == before
    assert (item.stamp, item.customer_number, item.flagged) == (None, "", False)


@pytest.mark.parametrize("had_one", [False, True])
def test_the_picture_that_an_item_had_before_is_given_back(office, had_one):
    key = office.add("Nick Brigandi")
    if had_one:
        office.photograph(key, PNG)
    office.folder.add(person("Nick Brigandi"), photo=JPEG)
    office.sync()
    assert picture(office) == JPEG
    for ours in (OTHER, PNG):
        office.photograph(key, ours)
        office.sync()
        assert picture(office) == ours
    assert office.disagreements() == had_one, "kept with the conflicts, where the book never had it"
    office.stop()
    assert picture(office) == JPEG


def test_a_picture_that_the_owner_changed_meanwhile_is_given_back(office):
    key = office.add("Nick Brigandi")
    office.folder.add(person("Nick Brigandi"), photo=JPEG)
    office.sync()
    id = office.items()["Nick Brigandi"].id
    office.folder.put(id, replace(office.folder.held[id], photo=PNG))
    office.sync()
    office.photograph(key, OTHER)
    office.sync()
    office.stop()
    assert picture(office) == PNG


def picture(office: Office) -> bytes:
    return office.folder.held[office.items()["Nick Brigandi"].id].photo


def test_what_people_changed_in_an_adopted_item_stays_and_is_taken_in(office):
    key = office.add("Nick Brigandi")
    office.make(person("Nick Brigandi"))
    office.sync()
    office.touch("Nick Brigandi", note="mine")
    office.stop()
    assert office.items()["Nick Brigandi"].view.note == "mine"
    assert office.record(key).contact.note == "mine"


def test_what_people_changed_in_a_created_item_is_taken_in_before_it_goes(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.touch("Nick Brigandi", note="last words")
    office.stop()
    assert office.in_folder() == []
    assert office.record(key).contact.note == "last words"


def test_a_mirror_can_be_started_again_after_its_end(office):
    office.add("Nick Brigandi")
    office.sync()
    office.stop()
    office.sync()
    assert office.in_folder() == ["Nick Brigandi"]
    assert office.sync().counts == {}


def test_a_folder_that_is_gone_ends_the_mirror_too(office):
    office.add("Nick Brigandi")
    office.sync()
    office.folder.exists = False
    assert office.stop().outcome is Outcome.DONE
    assert office.mirror.state is State.STOPPED


def test_an_end_that_the_folder_refuses_is_no_end(office):
    office.add("Nick Brigandi")
    office.sync()
    office.folder.faults.signed_out = True
    report = office.stop()
    assert report.outcome is Outcome.FAILED
    assert office.mirror.state is State.STOPPING and report.reason in office.mirror.reason
    office.folder.faults.signed_out = False
    office.stop()
    assert office.in_folder() == []


def test_a_deleted_record_whose_item_was_edited_comes_back_at_the_end(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.delete(key)
    office.touch("Nick Brigandi", note="still needed")
    office.stop()
    assert office.in_folder() == []
    assert office.record(key).contact.note == "still needed"
