"""A user goes to another book (BCM-48 … BCM-59): the folder with each of the three choices, and the way back."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bridge.sync.switching import Choice
from storage_plugin.database.books import Books
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import State
from storage_plugin.database.runs import Outcome
from storage_plugin.database.users import Users
from storage_plugin.model.book import Refused
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.contract.people import JPEG
from tests.mirror.office import Office, person

KEEP, DELETE, IMPORT = Choice.KEEP, Choice.DELETE, Choice.IMPORT


@pytest.fixture
def office(database: Database) -> Office:
    """Alice's book with Nick (created in the folder) and Olga (who was there before), and a friend of hers there."""
    office = Office(database)
    office.add(person("Nick Brigandi", company="Contoso"))
    office.add(person("Olga Old", company="Contoso"))
    office.make(person("Olga Old", job_title="Friend"))
    office.make("Fred Friend")
    office.sync()
    return office


@pytest.fixture
def fair(office: Office) -> Office:
    """The other book, with one contact."""
    fair = office.other(Books(office.database).create("Trade fair"))
    fair.add("Andrea Dunker")
    return fair


def stamps(office: Office) -> dict[str, bool]:
    """Whether each item carries stamp and category."""
    return {name: item.stamp is not None and item.flagged for name, item in office.items().items()}


def key_of(office: Office, name: str):
    return next(each.id for each in office.contacts.list() if each.contact.formatted_name == name)


# --- keep ---------------------------------------------------------------------------------------------------------


def test_bcm_51_kept_contacts_stay_marked_and_are_plain_contacts_of_the_new_book(office, fair):
    before = office.items()
    report = office.switch(fair.book_id, KEEP)
    assert (report.outcome, report.counts) == (Outcome.DONE, {"keep": 2})
    assert office.items() == before
    office.sync()
    assert stamps(office) == {
        "Nick Brigandi": True,
        "Olga Old": True,
        "Fred Friend": False,
        "Andrea Dunker": True,
    }
    assert fair.business() == ["Andrea Dunker"]
    inbox = sorted(each.contact.formatted_name for each in fair.contacts.inbox(office.user_id))
    assert inbox == ["Fred Friend", "Nick Brigandi", "Olga Old"]
    assert office.business() == ["Nick Brigandi", "Olga Old"] and office.trashed() == []
    assert office.sync().counts == {}


def test_bcm_51_a_kept_contact_is_in_the_new_book_once_the_user_adds_it(office, fair):
    office.switch(fair.book_id, KEEP)
    office.sync()
    nick = next(
        each for each in fair.contacts.inbox(office.user_id) if each.contact.formatted_name == "Nick Brigandi"
    )
    fair.contacts.promote(nick.id, office.by)
    office.sync()
    office.touch("Nick Brigandi", note="met at the fair")
    office.sync()
    assert fair.record(nick.id).contact.note == "met at the fair"
    assert office.record(key_of(office, "Nick Brigandi")).contact.note == ""
    assert office.in_folder() == ["Andrea Dunker", "Fred Friend", "Nick Brigandi", "Olga Old"]


def test_who_comes_back_finds_the_mirror_as_it_was(office, fair):
    office.switch(fair.book_id, KEEP)
    office.sync()
    office.touch("Nick Brigandi", note="edited meanwhile")
    office.switch(1, KEEP)
    office.sync()
    assert office.record(key_of(office, "Nick Brigandi")).contact.note == "edited meanwhile"
    assert sorted(office.names()) == ["Andrea Dunker", "Fred Friend", "Nick Brigandi", "Olga Old"]
    assert office.business() == ["Nick Brigandi", "Olga Old"]
    office.switch(fair.book_id, KEEP)
    office.sync()
    assert fair.names() == ["Andrea Dunker", "Fred Friend", "Nick Brigandi", "Olga Old"]
    office.switch(1, DELETE)
    office.switch(fair.book_id, DELETE)
    assert stamps(office) == {"Fred Friend": False, "Olga Old": False}
    assert office.items()["Olga Old"].view == person("Olga Old", job_title="Friend")


def test_a_kept_contact_that_its_owner_deleted_meanwhile_is_not_deleted_in_the_book(office, fair):
    office.switch(fair.book_id, KEEP)
    office.drop("Nick Brigandi")
    office.sync()
    office.switch(1, KEEP)
    for _ in range(3):
        office.sync()
    assert office.business() == ["Nick Brigandi", "Olga Old"] and office.trashed() == []
    assert office.in_folder().count("Nick Brigandi") == 1


# --- delete -------------------------------------------------------------------------------------------------------


def test_bcm_53_deleted_contacts_leave_the_folder_and_stay_in_the_former_book(office, fair):
    before = office.folder.held[office.items()["Fred Friend"].id]
    report = office.switch(fair.book_id, DELETE)
    assert report.outcome is Outcome.DONE
    assert office.in_folder() == ["Fred Friend", "Olga Old"]
    assert office.items()["Olga Old"].view == person("Olga Old", job_title="Friend")
    assert stamps(office) == {"Fred Friend": False, "Olga Old": False}
    assert office.folder.held[office.items()["Fred Friend"].id] == before
    assert office.names() == ["Fred Friend", "Nick Brigandi", "Olga Old"] and office.trashed() == []
    office.sync()
    assert office.in_folder() == ["Andrea Dunker", "Fred Friend", "Olga Old"]
    assert fair.business() == ["Andrea Dunker"]


def test_what_was_edited_in_the_folder_is_in_the_former_book(office, fair):
    office.touch("Nick Brigandi", note="last words")
    office.switch(fair.book_id, DELETE)
    assert office.record(key_of(office, "Nick Brigandi")).contact.note == "last words"


def test_a_folder_that_is_gone_does_not_keep_the_user_in_the_book(office, fair):
    office.folder.exists = False
    assert office.switch(fair.book_id, DELETE).outcome is Outcome.DONE
    office.folder.held.clear()
    office.sync()
    assert office.in_folder() == ["Andrea Dunker"] and office.business() == ["Nick Brigandi", "Olga Old"]


# --- import -------------------------------------------------------------------------------------------------------


def test_bcm_54_bcm_55_imported_contacts_stay_and_become_business_contacts_of_the_new_book(office, fair):
    office.photograph(key_of(office, "Nick Brigandi"), JPEG)
    office.sync()
    office.edit(key_of(office, "Nick Brigandi"), note="not sent yet")
    report = office.switch(fair.book_id, IMPORT)
    assert (report.outcome, report.counts) == (Outcome.DONE, {"hand over": 2})
    office.sync()
    assert fair.business() == ["Andrea Dunker", "Nick Brigandi", "Olga Old"]
    assert office.in_folder() == ["Andrea Dunker", "Fred Friend", "Nick Brigandi", "Olga Old"]
    nick = fair.record(key_of(fair, "Nick Brigandi"))
    assert (nick.contact.company, nick.contact.note, bool(nick.contact.photo)) == ("Contoso", "not sent yet", True)
    item = office.items()["Nick Brigandi"]
    assert (item.stamp, item.view.note) == (office.mirror.stamp(nick.id), "not sent yet")
    assert item.customer_number == nick.customer_number == "10002"
    assert fair.contacts.numbered("10002").id == nick.id  # which Olga has in the other book
    assert office.items()["Olga Old"].stamp == office.mirror.stamp(key_of(fair, "Olga Old"))
    assert office.sync().counts == {}


def test_bcm_54_later_edits_do_not_reach_the_former_book(office, fair):
    office.touch("Nick Brigandi", note="before")
    office.switch(fair.book_id, IMPORT)
    office.sync()
    office.touch("Nick Brigandi", job_title="Chief")
    office.sync()
    ours, theirs = (each.record(key_of(each, "Nick Brigandi")).contact for each in (office, fair))
    assert (ours.note, ours.job_title) == ("before", "")
    assert (theirs.note, theirs.job_title) == ("before", "Chief")


def test_bcm_59_whom_the_new_book_has_already_is_not_doubled_there(office, fair):
    fair.add(person("Nick Brigandi", company="Fabrikam", job_title="Chief"))
    plan = office.plan_of_switch(fair.book_id, IMPORT)
    assert "Nick Brigandi: stay in the folder, and be the one of that name in the other book" in plan
    office.switch(fair.book_id, IMPORT)
    office.sync()
    assert fair.business() == ["Andrea Dunker", "Nick Brigandi", "Olga Old"]
    item = office.items()["Nick Brigandi"].view
    assert (item.company, item.job_title) == ("Fabrikam", "Chief")
    assert fair.disagreements() == 1
    assert office.record(key_of(office, "Nick Brigandi")).contact.company == "Contoso"


def test_an_imported_contact_keeps_what_it_was_before_us(office, fair):
    office.switch(fair.book_id, IMPORT)
    office.sync()
    office.touch("Olga Old", note="mine")
    office.sync()
    office.stop()
    assert office.in_folder() == ["Fred Friend", "Olga Old"]
    olga = office.items()["Olga Old"]
    assert olga.view == person("Olga Old", job_title="Friend", note="mine") and olga.stamp is None


def test_own_type_and_fields_go_along_where_the_new_book_has_them(office, fair):
    from storage_plugin.database.record_types import RecordTypes
    from storage_plugin.model.record_type import Base, Field, RecordType

    both = (RecordType("Supplier", Base.CONTACT, (Field("Rating"), Field("Region"))), office)
    for type_, where in (both, (RecordType("Supplier", Base.CONTACT, (Field("Rating"),)), fair)):
        RecordTypes(office.database, where.book_id).add(type_)
    custom = {"Rating": "A", "Region": "North"}
    office.contacts.save(person("Sue Supplier"), office.by, type="Supplier", custom=custom)
    RecordTypes(office.database, 1).add(RecordType("Lead", Base.CONTACT))
    office.contacts.save(person("Leo Lead"), office.by, type="Lead")
    office.sync()
    office.switch(fair.book_id, IMPORT)
    sue, leo = (fair.record(key_of(fair, name)) for name in ("Sue Supplier", "Leo Lead"))
    assert (sue.type, dict(sue.custom)) == ("Supplier", {"Rating": "A"})
    assert leo.type == "Business Contact"


def test_nothing_is_imported_where_the_user_may_only_read(office, fair):
    with office.database.writing() as connection:
        said = {"user": office.user_id, "book": fair.book_id}
        insert = "INSERT INTO view (user_id, book_id, new_contacts, read_only) VALUES (:user, :book, 'inbox', TRUE)"
        connection.execute(text(insert), said)
    before = office.items()
    with pytest.raises(Refused, match="may only read"):
        office.switch(fair.book_id, IMPORT)
    assert (office.items(), office.mirror.state, office.mirror.book_id) == (before, State.ON, 1)
    assert fair.business() == ["Andrea Dunker"]


# --- all three ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", Choice)
def test_bcm_49_bcm_56_the_user_is_in_the_new_book_and_the_mirror_is_on(office, fair, choice):
    office.switch(fair.book_id, choice)
    (alice,) = Users(office.database).all()
    assert alice.book == "Trade fair"
    assert (office.mirror.book_id, office.mirror.state) == (fair.book_id, State.ON)


@pytest.mark.parametrize("choice", Choice)
def test_bcm_50_the_preview_is_what_is_done(office, fair, choice):
    office.touch("Nick Brigandi", note="edited")
    before = office.items()
    plan = office.plan_of_switch(fair.book_id, choice)
    assert (office.items(), office.mirror.book_id) == (before, 1)
    assert len(plan) == 2 and not any("Fred" in line for line in plan)
    report = office.switch(fair.book_id, choice)
    with office.database.reading() as connection:
        log = connection.execute(text("SELECT detail FROM run_entry WHERE run_id = (SELECT max(id) FROM run)"))
        assert sorted(log.scalars()) == sorted(plan)
    assert sum(report.counts.values()) == len(plan)


def test_the_filter_of_the_new_book_decides_there(office, fair):
    office.switch(fair.book_id, IMPORT)
    Users(office.database).set_view("alice", View(Filter((Condition("company", Operator.IS, "Contoso"),))))
    office.sync()
    assert office.in_folder() == ["Fred Friend", "Nick Brigandi", "Olga Old"]


def test_a_folder_that_cannot_be_reached_leaves_everything_as_it_was(office, fair):
    office.folder.faults.signed_out = True
    report = office.switch(fair.book_id, DELETE)
    assert report.outcome is Outcome.FAILED and "not in the other book yet" in report.reason
    assert (office.mirror.state, office.mirror.book_id) == (State.ON, 1)
    assert office.switch(fair.book_id, KEEP).outcome is Outcome.DONE


def test_one_contact_that_stands_in_the_way_is_left_to_the_next_switch(office, fair):
    office.folder.faults.rejects.add("Olga Old")
    report = office.switch(fair.book_id, DELETE)
    assert report.outcome is Outcome.PARTLY and "switch again" in report.reason
    assert (office.mirror.state, office.mirror.book_id) == (State.SWITCHING, 1)
    office.folder.faults.rejects.clear()
    assert office.switch(fair.book_id, DELETE).outcome is Outcome.DONE
    assert office.in_folder() == ["Fred Friend", "Olga Old"] and not stamps(office)["Olga Old"]
