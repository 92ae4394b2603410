"""The three clean-ups (BCM-52, BCM-60, BCM-64): each does what its preview says, and nothing to anybody else's."""

from __future__ import annotations

import asyncio

import pytest

from bridge.sync.clean_up import clean_leftovers
from bridge.sync.switching import Choice
from bridge.targets.memory_folder import Held
from storage_plugin.database.books import Books
from storage_plugin.database.clean_ups import deleted_there, discard_imported, imported_records
from storage_plugin.database.engine import Database
from storage_plugin.database.erasure import erase
from storage_plugin.database.leases import release_lease
from storage_plugin.database.runs import Outcome
from tests.mirror.crashing import Death, Killed, MortalDatabase, MortalTarget, afresh
from tests.mirror.office import Office, person
from tests.mirror.test_switch import key_of, stamps


def filled(office: Office, choice: Choice) -> Office:
    """A mirror that was switched: Olga was in the folder before, Fred is a friend, the others we made there."""
    for name in ("Nick Brigandi", "Carl Created", "Eve Edited"):
        office.add(person(name, company="Contoso"))
    office.add(person("Olga Old", company="Contoso"))
    office.make(person("Olga Old", job_title="Friend"))
    office.make("Fred Friend")
    office.sync()
    fair = office.other(Books(office.database).create("Trade fair"))
    fair.add("Andrea Dunker")
    office.switch(fair.book_id, choice)
    office.sync()
    return fair


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def plain(fair: Office) -> list[str]:
    return sorted(each.contact.formatted_name for each in fair.contacts.inbox(fair.user_id))


# --- leftovers ----------------------------------------------------------------------------------------------------


def test_bcm_52_bcm_64_kept_contacts_are_taken_out_of_the_folder(office):
    fair = filled(office, Choice.KEEP)
    office.touch("Eve Edited", note="still of use")
    before = office.items()["Fred Friend"]
    plan = office.plan_of_clean_up()
    assert plan == [
        "Nick Brigandi: remove from the folder",
        "Nick Brigandi: no longer in the mirrored folder, move the plain contact to the deleted items",
        "Carl Created: remove from the folder",
        "Carl Created: no longer in the mirrored folder, move the plain contact to the deleted items",
        "Eve Edited: leave in the folder, no longer mirrored",
        "Olga Old: leave in the folder, no longer mirrored",
    ]
    assert office.plan_of_clean_up() == plan
    report = office.clean_up()
    assert report.outcome is Outcome.DONE and report.counts == {"remove": 2, "unmark": 2, "drop": 2}
    assert stamps(office) == {"Andrea Dunker": True, "Eve Edited": False, "Fred Friend": False, "Olga Old": False}
    items = office.items()
    assert items["Fred Friend"] == before
    assert items["Olga Old"].view == person("Olga Old", job_title="Friend")
    assert items["Eve Edited"].view.note == "still of use"
    office.sync()
    assert (fair.business(), plain(fair)) == (["Andrea Dunker"], ["Eve Edited", "Fred Friend", "Olga Old"])
    assert fair.trashed() == ["Carl Created", "Nick Brigandi"]
    assert office.business() == ["Carl Created", "Eve Edited", "Nick Brigandi", "Olga Old"]
    assert office.trashed() == [] and office.sync().counts == {}
    assert office.plan_of_clean_up() == []


def test_what_the_user_added_to_the_new_book_stays(office):
    fair = filled(office, Choice.KEEP)
    for name in ("Nick Brigandi", "Carl Created"):
        fair.contacts.promote(key_of(fair, name), office.by)
        if name == "Nick Brigandi":
            office.sync()
    office.clean_up()
    office.sync()
    assert fair.business() == ["Andrea Dunker", "Carl Created", "Nick Brigandi"]
    assert set(office.in_folder()) >= {"Carl Created", "Nick Brigandi"} and office.sync().counts == {}


def test_items_of_others_are_never_touched(office):
    filled(office, Choice.KEEP)
    items = office.items()
    foreign = person("Of Another Firm")
    others = [
        office.folder.copy(items["Nick Brigandi"].id),
        office.folder.add(foreign, stamp="elsewhere:book:7"),
        office.folder.put(items["Carl Created"].id, Held(foreign, 0, "elsewhere:book:8")),
        office.folder.put(items["Eve Edited"].id, Held(foreign, 0)),
        items["Fred Friend"].id,
    ]
    held = {id: office.folder.held[id] for id in others}
    office.clean_up()
    assert {id: office.folder.held.get(id) for id in held} == held
    assert items["Nick Brigandi"].id not in office.folder.held


def test_a_plain_contact_that_was_edited_outlives_its_item(office):
    fair = filled(office, Choice.KEEP)
    fair.edit(key_of(fair, "Nick Brigandi"), note="mine")
    office.clean_up()
    assert "Nick Brigandi" in plain(fair) and "Nick Brigandi" not in office.in_folder()


def test_an_erased_person_is_taken_out_of_the_folder_too(office):
    filled(office, Choice.KEEP)
    erase(office.database, 1, [key_of(office, "Nick Brigandi")], office.by)
    office.clean_up()
    assert "Nick Brigandi" not in office.in_folder()


def test_who_comes_back_after_the_clean_up_has_the_contacts_anew(office):
    filled(office, Choice.KEEP)
    office.clean_up()
    office.switch(1, Choice.DELETE)
    office.sync()
    assert office.business() == ["Carl Created", "Eve Edited", "Nick Brigandi", "Olga Old"]
    assert sorted(office.in_folder()) == ["Carl Created", "Eve Edited", "Fred Friend", "Nick Brigandi", "Olga Old"]


def test_what_stands_in_the_way_is_cleaned_up_by_the_next(office):
    filled(office, Choice.KEEP)
    office.folder.faults.rejects.add("Olga Old")
    report = office.clean_up()
    assert (report.outcome, report.reason) == (Outcome.PARTLY, "Not cleaned up yet: Olga Old.")
    office.folder.faults.signed_out = True
    assert office.clean_up().outcome is Outcome.FAILED
    office.folder.faults.signed_out = False
    office.folder.faults.rejects.clear()
    assert office.clean_up().counts == {"unmark": 1}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_clean_up_killed_at_any_step_is_finished_by_the_next(make_sqlite, capsys):
    original = make_sqlite()
    first = Office(Database.open(original))
    fair = filled(first, Choice.KEEP).book_id
    first.touch("Eve Edited", note="still of use")
    fresh = afresh(first, original, make_sqlite)

    def cleaned(office: Office, at: int | None) -> Death:
        death, lease = Death(at), office.lease()
        target, database = MortalTarget(office.connect(), death), MortalDatabase(office.database, death)
        try:
            asyncio.run(
                clean_leftovers(database, office.mirror, target, office.policy, lease, office.clock)  # type: ignore[arg-type]
            )
        except Killed:
            pass
        finally:
            release_lease(office.database, lease)
        return death

    def everything(office: Office):
        books = [(each.names(), each.trashed()) for each in (office, office.other(fair))]
        return books, sorted(repr((item.view, item.flagged, item.stamp)) for item in office.folder_items())

    undisturbed = fresh()
    steps = cleaned(undisturbed, None).steps
    undisturbed.sync()
    wanted = everything(undisturbed)
    for at in range(steps):
        office = fresh()
        cleaned(office, at)
        office.clean_up()
        office.sync()
        assert everything(office) == wanted, f"killed at step {at}"
        assert (office.plan_of_clean_up(), office.sync().counts) == ([], {}), f"killed at step {at}"
        office.database.close()
    with capsys.disabled():
        print(f" {steps} points of death ", end="")


# --- imported -----------------------------------------------------------------------------------------------------


def test_bcm_59_bcm_64_imported_contacts_are_removed_from_the_book_unless_they_were_edited(office):
    fair = filled(office, Choice.IMPORT)
    fair.edit(key_of(fair, "Eve Edited"), note="worked on")
    found = imported_records(office.database, fair.book_id)
    assert [(each.name, each.is_edited) for each in found] == [
        ("Nick Brigandi", False),
        ("Carl Created", False),
        ("Eve Edited", True),
        ("Olga Old", False),
    ]
    assert imported_records(office.database, 1) == []
    assert [discard_imported(office.database, fair.book_id, each.id, office.by) for each in found] == [
        True,
        True,
        False,
        True,
    ]
    assert fair.business() == ["Andrea Dunker", "Eve Edited"]
    assert fair.trashed() == ["Carl Created", "Nick Brigandi", "Olga Old"]
    assert office.business() == ["Carl Created", "Eve Edited", "Nick Brigandi", "Olga Old"]
    office.sync()
    assert stamps(office) == {"Andrea Dunker": True, "Eve Edited": True, "Fred Friend": False, "Olga Old": False}


def test_an_imported_contact_that_was_brought_back_is_no_imported_one(office):
    fair = filled(office, Choice.IMPORT)
    key = key_of(fair, "Nick Brigandi")
    assert discard_imported(office.database, fair.book_id, key, office.by)
    fair.contacts.restore(key, office.by)
    assert key not in {each.id for each in imported_records(office.database, fair.book_id)}
    assert not discard_imported(office.database, fair.book_id, key, office.by)


# --- remote-deleted -----------------------------------------------------------------------------------------------


def test_bcm_60_bcm_64_what_people_deleted_in_the_folder_is_told_from_other_deleted_items(office):
    keys = {name: office.add(name) for name in ("Nick Brigandi", "Here Deleted", "Both Deleted")}
    office.make("Fred Friend")
    office.sync()
    office.delete(keys["Here Deleted"])
    for name in ("Nick Brigandi", "Both Deleted"):
        office.drop(name)
    office.sync()
    office.contacts.restore(keys["Both Deleted"], office.by)
    office.delete(keys["Both Deleted"])
    office.stop()
    assert office.trashed() == ["Both Deleted", "Fred Friend", "Here Deleted", "Nick Brigandi"]
    found = deleted_there(office.database, 1)
    assert [each.contact.formatted_name for each in found] == ["Nick Brigandi"]
