"""``mirror undo``: what a run did is taken back on both sides, unless somebody has touched it since."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from bridge.sync.undoing import plan_of_undo, undo
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import Lease, release_lease
from storage_plugin.database.mirrors import State
from storage_plugin.database.runs import Outcome, Runs
from storage_plugin.model.book import Refused
from tests.contract.people import JPEG, PNG
from tests.mirror.crashing import Death, Killed, MortalDatabase, MortalTarget, afresh
from tests.mirror.office import Office, person
from tests.mirror.owner import Owner
from tests.mirror.places import InMemory
from tests.mirror.test_crashes import filled, state


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def owner_of(office: Office) -> Owner:
    place = InMemory(asyncio.run)
    place.folder = office.folder
    return Owner(place)


def last_run(office: Office) -> int:
    runs = Runs(office.database).of_user(office.user_id)
    return next(run.id for run in runs if run.kind in ("incremental", "full"))


@contextmanager
def leased(office: Office) -> Iterator[Lease]:
    lease = office.lease()
    try:
        yield lease
    finally:
        release_lease(office.database, lease)


def take_back(office: Office, run: int | None = None):
    with leased(office) as lease:
        about = (office.mirror, office.connect(), office.policy, lease, office.clock, run or last_run(office))
        planned = list(office.run(plan_of_undo(office.database, *about)).plan)
        report = office.run(undo(office.database, *about))
    if report.outcome is not Outcome.FAILED:
        assert sorted(report.plan) == sorted(planned), "the dry run is what the undo does"
    return report


def everything(office: Office):
    """What people see of both sides, pictures by what they are."""
    pictures = {name: held.photo for name, held in sorted(office.folder.held.items())}
    return state(office, owner_of(office)), sorted(pictures.values())


def test_what_a_run_created_is_removed_and_not_made_again(office):
    key = office.add("Nick Brigandi")
    office.make("Old Friend")
    office.sync()
    report = take_back(office)
    assert (report.outcome, report.counts) == (Outcome.DONE, {"taken back": 2})
    assert office.in_folder() == ["Old Friend"] and office.business() == ["Nick Brigandi"]
    assert office.names() == ["Nick Brigandi"] and office.trashed() == ["Old Friend"]
    assert office.plan() == [] and office.sync().counts == {}
    office.edit(key, note="changed since")
    office.sync()
    assert office.in_folder() == ["Nick Brigandi", "Old Friend"]


def test_what_a_run_sent_and_received_is_as_before_on_both_sides(office):
    nick, bert = office.add(person("Nick Brigandi", note="n", job_title="t")), office.add("Bert Bell")
    office.sync()
    office.edit(nick, job_title="from the book")
    office.touch("Nick Brigandi", note="from the folder")
    office.touch("Bert Bell", company="Contoso")
    office.sync()
    assert office.sync().counts == {}
    run = Runs(office.database).of_user(office.user_id)[1].id
    assert take_back(office, run).outcome is Outcome.DONE
    item = office.items()["Nick Brigandi"]
    assert (item.view.job_title, item.view.note) == ("t", "from the folder")
    record = office.record(nick).contact
    assert (record.job_title, record.note) == ("from the book", "n")
    assert office.record(bert).contact.company == "" and office.items()["Bert Bell"].view.company == "Contoso"
    assert office.plan() == [] and office.sync().counts == {}
    office.touch("Bert Bell", note="anew")
    office.sync()
    assert (office.record(bert).contact.note, office.record(bert).contact.company) == ("anew", "")


def test_a_deletion_that_a_run_brought_over_is_taken_back(office):
    office.add("Nick Brigandi")
    bert = office.add("Bert Bell")
    office.sync()
    office.drop("Nick Brigandi")
    office.delete(bert)
    office.sync()
    assert (office.trashed(), office.in_folder()) == (["Bert Bell", "Nick Brigandi"], [])
    take_back(office)
    assert (office.trashed(), office.in_folder()) == (["Bert Bell"], ["Bert Bell"])
    assert office.business() == ["Nick Brigandi"]
    assert office.plan() == [] and office.sync().counts == {}
    office.stop()
    assert office.in_folder() == []


def test_an_adopted_item_is_its_owners_again(office):
    office.add(person("Nick Brigandi", company="Contoso"))
    office.make(person("Nick Brigandi", job_title="Friend"))
    before = office.items()["Nick Brigandi"]
    office.sync()
    take_back(office)
    item = office.items()["Nick Brigandi"]
    assert (item.view, item.stamp, item.customer_number, item.flagged) == (before.view, None, "", False)
    assert office.sync().counts == {}
    office.drop("Nick Brigandi")
    office.sync()
    assert office.business() == ["Nick Brigandi"], "the item was not ours to tell of"


def test_a_picture_comes_back(office):
    key = office.add("Nick Brigandi")
    office.photograph(key, JPEG)
    office.sync()
    office.photograph(key, PNG)
    office.sync()
    (held,) = office.folder.held.values()
    assert held.photo == PNG
    take_back(office)
    (held,) = office.folder.held.values()
    assert held.photo == JPEG
    assert office.sync().counts == {}


def test_what_was_touched_since_is_named_and_left(office):
    keys = {name: office.add(name) for name in ("Anna A", "Bert B", "Carl C", "Dora D", "Emil E")}
    office.sync()
    for key in keys.values():
        office.edit(key, note="sent")
    office.sync()
    run = last_run(office)
    office.edit(keys["Anna A"], company="since")
    office.touch("Bert B", company="since")
    office.drop("Carl C")
    office.edit(keys["Dora D"], job_title="synchronised since")
    before = everything(office)
    report = take_back(office, run)
    assert report.outcome is Outcome.PARTLY
    left = {line.split(":")[0]: line.split(": ", 2)[2] for line in report.plan if "left as it is" in line}
    assert left == {
        "Anna A": "it was changed in the book since.",
        "Bert B": "it was changed in the folder since.",
        "Carl C": "it was deleted from the folder since.",
        "Dora D": "it was changed in the book since.",
    }
    assert office.items()["Emil E"].view.note == ""
    office.edit(keys["Emil E"], note="sent")
    assert everything(office)[0][0] == before[0][0]


def test_what_a_later_run_did_again_is_left_even_if_it_looks_alike(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.edit(key, company="first")
    office.sync()
    run = last_run(office)
    office.edit(key, company="second")
    office.sync()
    report = take_back(office, run)
    assert report.plan == ["Nick Brigandi: left as it is: a later run has synchronised it again."]
    assert office.items()["Nick Brigandi"].view.company == "second"


def test_a_contact_that_the_filter_hides_now_is_not_put_into_the_folder_again(office):
    from storage_plugin.database.users import Users
    from storage_plugin.model.view import Condition, Filter, Operator, View

    office.add(person("Nick Brigandi", company="Contoso"))
    office.sync()
    only = Filter((Condition("company", Operator.IS, "Fabrikam"),))
    Users(office.database).set_view("alice", View(filter=only))
    office.sync()
    assert office.in_folder() == []
    assert "hidden" in take_back(office).plan[0]
    assert office.in_folder() == []


def test_only_runs_of_this_folder_can_be_taken_back(office):
    office.add("Nick Brigandi")
    office.sync()
    run = last_run(office)
    office.stop()
    office.sync()
    with pytest.raises(Refused, match="left its folder"):
        take_back(office, run)
    take_back(office)
    with pytest.raises(Refused, match="no synchronisation"):
        take_back(office, Runs(office.database).of_user(office.user_id)[0].id)


def test_an_undo_that_fails_is_finished_by_the_next_call(office):
    keys = [office.add(f"Person {at}") for at in range(3)]
    office.sync()
    run = last_run(office)
    before = len(office.folder.requests)
    office.folder.faults.signed_out = True
    report = take_back_failing(office, run)
    assert (report.outcome, office.mirror.state) == (Outcome.FAILED, State.UNDOING)
    assert f"mirror undo alice {run}" in report.reason and len(office.folder.requests) == before + 1
    office.folder.faults.signed_out = False
    assert take_back(office, run).outcome is Outcome.DONE
    assert (office.in_folder(), office.mirror.state, len(office.business())) == ([], State.ON, len(keys))


def take_back_failing(office: Office, run: int):
    with leased(office) as lease:
        about = (office.mirror, office.connect(), office.policy, lease, office.clock, run)
        return office.run(undo(office.database, *about))


def _killed(office: Office, run: int, at: int | None) -> int:
    """Take a run back, with death at a step."""
    death = Death(at)

    async def mortal(lease) -> None:
        database, target = MortalDatabase(office.database, death), MortalTarget(office.connect(), death)
        await undo(database, office.mirror, target, office.policy, lease, office.clock, run)

    with leased(office) as lease, suppress(Killed):
        asyncio.run(mortal(lease))
    return death.steps


def with_everything(url: str) -> tuple[Office, int]:
    """A mirror whose last run did something of every kind."""
    office = Office(Database.open(url))
    filled(office, owner_of(office))
    ida = office.add("Ida I")
    office.photograph(ida, JPEG)
    office.sync()
    return office, last_run(office)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_undo_killed_at_any_step_is_finished_by_the_next(make_sqlite, capsys):
    original = make_sqlite()
    first, run = with_everything(original)
    fresh = afresh(first, original, make_sqlite)
    undisturbed = fresh()
    steps = _killed(undisturbed, run, None)
    wanted = everything(undisturbed)
    assert undisturbed.plan() == []
    for at in range(steps):
        office = fresh()
        _killed(office, run, at)
        assert take_back(office, run).outcome is Outcome.DONE, f"killed at step {at}"
        assert everything(office) == wanted, f"killed at step {at}"
        assert office.sync().counts == {}, f"killed at step {at}"
        office.database.close()
    with capsys.disabled():
        print(f" {steps} points of death ", end="")


def test_a_run_of_every_kind_is_taken_back(make_sqlite):
    """The folder is as before the run; so is the book, but for what people did in it."""
    office, run = with_everything(make_sqlite())
    report = take_back(office, run)
    assert report.outcome is Outcome.DONE, report.plan
    assert office.plan() == [] and office.sync().counts == {}
    names = office.in_folder()
    assert "New Here" not in names and "Ida I" not in names and names.count("Met Twice") == 1
    assert "New There" in names and "New There" not in office.names()
    items = office.items()
    assert (items["Met Twice"].stamp, items["Met Twice"].flagged) == (None, False)
    assert items["Anna A"].view.job_title == "" and office.names().count("Met Twice") == 1
    office.database.close()


def test_a_promoted_contact_whose_item_had_gone_is_not_put_into_the_folder_again(office):
    office.make("Plain Person")
    office.sync()
    (plain,) = office.contacts.inbox(office.user_id)
    office.contacts.promote(plain.id, office.by)
    office.drop("Plain Person")
    office.sync()
    assert office.in_folder() == ["Plain Person"]
    take_back(office)
    assert (office.in_folder(), office.business()) == ([], ["Plain Person"])
    assert office.plan() == [] and office.sync().counts == {}


def test_an_item_whose_category_its_owner_took_out_since_is_left(office):
    office.add("Nick Brigandi")
    office.sync()
    office.touch("Nick Brigandi", categories=())
    assert "changed in the folder since" in take_back(office).plan[0]
    assert office.in_folder() == ["Nick Brigandi"]
