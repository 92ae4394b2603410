"""The journeys of the old products' manuals, through a whole run of the mirror."""

from datetime import timedelta

import pytest

from bridge.sync.run import Mode
from storage_plugin.database.engine import Database
from storage_plugin.database.erasure import erase
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.runs import Outcome
from tests.mirror.office import Office, person


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_bcm_1_bcm_2_bcm_6_bcm_7_what_is_in_the_book_is_mirrored_and_flagged(office):
    office.add("Nick Brigandi")
    report = office.sync()
    assert report.counts == {"create": 1}
    item = office.items()["Nick Brigandi"]
    assert item.flagged and item.stamp and item.customer_number
    assert office.business() == ["Nick Brigandi"]


def test_a_second_run_has_nothing_to_do(office):
    office.add("Nick Brigandi")
    office.make("Andrea Dunker")
    office.sync()
    assert office.sync().counts == {}
    assert office.plan() == []


def test_bcm_8_bcm_17_edits_go_both_ways(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.edit(key, job_title="Chief")
    office.sync()
    assert office.items()["Nick Brigandi"].view.job_title == "Chief"
    office.touch("Nick Brigandi", note="met in Rome")
    office.sync()
    assert office.record(key).contact.note == "met in Rome"
    assert office.sync().counts == {}


def test_bcm_11_a_contact_deleted_remotely_goes_to_the_deleted_items(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.drop("Nick Brigandi")
    office.sync()
    assert office.names() == []
    assert office.trashed() == ["Nick Brigandi"]
    assert office.contacts.restore(key, office.by).contact.formatted_name == "Nick Brigandi"
    office.sync()
    assert office.in_folder() == ["Nick Brigandi"]


def test_bcm_12_bcm_13_a_contact_created_remotely_stays_plain(office):
    office.make("Andrea Dunker")
    office.sync()
    (inbox,) = office.contacts.inbox(office.user_id)
    assert inbox.contact.formatted_name == "Andrea Dunker" and inbox.customer_number == ""
    item = office.items()["Andrea Dunker"]
    assert item.stamp is None and not item.flagged


@pytest.mark.parametrize("is_first_run", [True, False])
def test_who_is_a_plain_contact_already_is_not_doubled_by_the_folder(office, is_first_run):
    if not is_first_run:
        office.sync()
    mine = office.contacts.save(person("Andrea Dunker", note="my neighbour"), office.by, owner_id=office.user_id)
    office.make(person("Andrea Dunker", job_title="Buyer"))
    office.sync()
    assert office.names() == ["Andrea Dunker"] == office.in_folder()
    assert office.record(mine.id).contact.job_title == "Buyer"
    assert office.record(mine.id).contact.note == "my neighbour"
    assert office.items()["Andrea Dunker"].view.note == ""
    assert office.sync().counts == {}


def test_a_mirror_that_is_started_again_does_not_double_the_plain_contacts(office):
    office.make("Andrea Dunker")
    office.sync()
    office.stop()
    Mirrors(office.database).set_state(office.mirror.id, State.ON)
    office.sync()
    assert office.names() == ["Andrea Dunker"] == office.in_folder()


def test_bcm_14_a_promoted_contact_syncs_both_ways(office):
    office.make("Andrea Dunker")
    office.sync()
    (inbox,) = office.contacts.inbox(office.user_id)
    office.contacts.promote(inbox.id, office.by)
    office.sync()
    item = office.items()["Andrea Dunker"]
    assert office.in_folder() == ["Andrea Dunker"]
    assert item.stamp and item.flagged and item.customer_number
    office.touch("Andrea Dunker", company="Contoso")
    office.sync()
    assert office.record(inbox.id).contact.company == "Contoso"
    office.edit(inbox.id, job_title="Buyer")
    office.sync()
    assert office.items()["Andrea Dunker"].view.job_title == "Buyer"


def test_a_record_that_is_deleted_here_leaves_the_folder(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.delete(key)
    office.sync()
    assert office.in_folder() == []
    assert office.sync().counts == {}


def test_bc_21_the_master_wins_and_both_versions_are_kept(office):
    key = office.add(person("Nick Brigandi", company="Contoso"))
    office.sync()
    office.edit(key, company="Fabrikam")
    office.touch("Nick Brigandi", company="Northwind")
    office.sync()
    assert office.record(key).contact.company == "Fabrikam"
    assert office.items()["Nick Brigandi"].view.company == "Fabrikam"
    assert office.sync().counts == {}


def test_edits_of_different_fields_are_merged(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.edit(key, company="Fabrikam")
    office.touch("Nick Brigandi", job_title="Chief")
    office.sync()
    for contact in (office.record(key).contact, office.items()["Nick Brigandi"].view):
        assert (contact.company, contact.job_title) == ("Fabrikam", "Chief")


def test_two_full_sides_meet_and_double_nobody(office):
    office.add("Nick Brigandi")
    office.make(person("Nick Brigandi", note="from before"))
    office.make("Friend Private")
    office.sync()
    assert office.in_folder() == ["Friend Private", "Nick Brigandi"]
    assert office.business() == ["Nick Brigandi"]
    assert office.contacts.list().__next__().contact.note == "from before"
    assert office.sync().counts == {}


def test_no_edit_is_lost_to_a_deletion(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.delete(key)
    office.touch("Nick Brigandi", note="still needed")
    office.sync()
    assert office.record(key).contact.note == "still needed"
    assert office.in_folder() == ["Nick Brigandi"]
    assert office.sync().counts == {}


@pytest.mark.parametrize("mode", [Mode(), Mode(full=True)])
def test_an_erased_person_does_not_come_back_from_the_folder(office, mode):
    key = office.add("Nick Brigandi")
    office.sync()
    erase(office.database, 1, [key], office.by)
    for _ in range(2):  # a full reading deletes nothing by itself
        office.sync(mode)
    office.sync()
    assert (office.names(), office.in_folder()) == ([], [])


def test_what_was_written_into_a_plain_contact_goes_along_when_it_is_promoted(office):
    office.make("Andrea Dunker")
    office.sync()
    (inbox,) = office.contacts.inbox(office.user_id)
    office.edit(inbox.id, note="met in Rome")
    office.touch("Andrea Dunker", company="Contoso")
    office.sync()
    assert office.items()["Andrea Dunker"].view.note == ""
    office.contacts.promote(inbox.id, office.by)
    office.sync()
    assert office.items()["Andrea Dunker"].view.note == "met in Rome"
    assert office.record(inbox.id).contact.company == "Contoso"


@pytest.mark.parametrize("is_adopted", [False, True])
def test_one_contact_that_the_folder_refuses_is_reported_by_name_and_the_others_go_on(office, is_adopted):
    key = office.add("Nick Brigandi")
    if is_adopted:
        office.make("Nick Brigandi")
    office.sync()
    office.folder.faults.rejects.add("Nick Brigandi")
    office.edit(key, company="Contoso")
    office.add("Anna Abel")
    report = office.sync()
    assert (report.outcome, report.counts["failed"]) == (Outcome.PARTLY, 1)
    assert [failure.name for failure in office.failures()] == ["Nick Brigandi"]
    assert office.in_folder() == ["Anna Abel", "Nick Brigandi"]
    office.folder.faults.rejects.clear()
    office.clock.now += timedelta(hours=1)
    office.sync()
    assert office.items()["Nick Brigandi"].view.company == "Contoso"
    assert office.failures() == [] and office.sync().counts == {}


def test_too_many_deletions_stop_the_run_and_ask(office):
    for number in range(30):
        office.add(f"Person {number}")
    office.sync()
    for number in range(20):
        office.drop(f"Person {number}")
    report = office.sync()
    assert (report.outcome, office.mirror.state) == (Outcome.ASKING, State.ASKING)
    assert len(office.business()) == 30
    office.sync(Mode(allowed=True))
    assert len(office.business()) == 10 and len(office.trashed()) == 20
    assert office.mirror.state is State.ON


@pytest.mark.parametrize(("fault", "on", "off"), [("signed_out", True, False), ("room", 0, None)])
def test_what_somebody_must_cure_is_a_state_with_a_sentence(office, fault, on, off):
    office.add("Nick Brigandi")
    setattr(office.folder.faults, fault, on)
    report = office.sync()
    assert report.outcome is Outcome.FAILED and report.reason
    assert (office.mirror.state, office.mirror.reason) == (State.FAILED, report.reason)
    setattr(office.folder.faults, fault, off)
    assert office.sync().outcome is Outcome.DONE
    assert office.in_folder() == ["Nick Brigandi"] and office.mirror.state is State.ON
