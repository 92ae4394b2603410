"""The mirror with Exchange Online as its folder (against the simulator): whole runs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bridge.simulators.graph.faults import Before, Lost, Refuse
from bridge.simulators.graph.properties import TEXTS
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.runs import Outcome
from tests.contract.people import JPEG
from tests.mirror.office import Office, person
from tests.simulators.graph.office import Office as Graph
from tests.targets.test_graph import new_target


@pytest.fixture
def graph() -> Iterator[Graph]:
    graph = Graph()
    yield graph
    graph.close()
    assert graph.judge.verdict() == []


@pytest.fixture
def office(make_sqlite, graph: Graph) -> Iterator[Office]:
    database = Database.open(make_sqlite())
    office = Office(database)
    office.run = graph.run

    def connect():
        target = new_target(graph)
        target.folder = office.mirror.folder
        return target

    office.connect = connect
    yield office
    database.close()


def in_mailbox(graph: Graph) -> dict[str, dict]:
    return {each["displayName"]: each for each in graph.ask("GET /me/contacts?$top=100").value}


def test_what_is_in_the_book_is_in_the_mailbox(office, graph):
    office.add(person("Nick Brigandi", company="Contoso", birthday="1980-02-29", note="first\nsecond"))
    office.sync()
    nick = in_mailbox(graph)["Nick Brigandi"]
    assert nick["categories"] == ["Business Contact"]
    assert (nick["companyName"], nick["fileAs"]) == ("Contoso", "Brigandi, Nick")
    assert office.sync().counts == {}


def test_edits_in_outlook_and_on_the_phone_meet(office, graph):
    key = office.add("Nick Brigandi")
    office.sync()
    id = in_mailbox(graph)["Nick Brigandi"]["id"]
    graph.ask(f"PATCH /me/contacts/{id}", {"jobTitle": "Chief", "mobilePhone": "+49 171 1"})
    office.edit(key, company="Fabrikam")
    office.sync()
    record, item = office.record(key).contact, in_mailbox(graph)["Nick Brigandi"]
    assert (record.job_title, record.phones[0].number) == ("Chief", "+49 171 1")
    assert item["companyName"] == "Fabrikam"
    assert office.sync().counts == {}


def test_bcm_11_a_deletion_in_outlook_reaches_the_deleted_items(office, graph):
    office.add("Nick Brigandi")
    office.sync()
    graph.ask(f"DELETE /me/contacts/{in_mailbox(graph)['Nick Brigandi']['id']}")
    office.sync()
    assert office.trashed() == ["Nick Brigandi"]


def test_a_lost_answer_doubles_nobody(office, graph):
    office.add("Nick Brigandi")
    graph.graph.faults.add(Lost(), r"POST /me/contactFolders", times=1)
    assert office.sync().outcome is Outcome.PARTLY
    assert office.sync().counts == {"recovered": 1}
    assert [each["displayName"] for each in graph.ask("GET /me/contacts").value] == ["Nick Brigandi"]
    assert office.failures() == []
    assert office.sync().counts == {}


def test_a_picture_that_was_not_taken_is_sent_again(office, graph):
    key = office.add("Nick Brigandi")
    office.photograph(key, JPEG)
    graph.graph.faults.add(Refuse(503, "serviceNotAvailable"), r"PUT .*photo", times=1)
    report = office.sync()
    assert (report.outcome, report.counts["failed"]) == (Outcome.PARTLY, 1)
    office.clock.now += timedelta(hours=1)
    office.sync()
    assert in_mailbox(graph)["Nick Brigandi"]["id"]
    (item,) = graph.anna.items.values()
    assert item.photo
    assert office.sync().counts == {}


def test_a_lost_cursor_deletes_nothing_and_finds_everything(office, graph):
    keys = [office.add(person(f"Person {name}")) for name in "ABC"]
    office.sync()
    ids = {name: each["id"] for name, each in in_mailbox(graph).items()}
    graph.graph.forget_cursors()
    graph.ask(f"DELETE /me/contacts/{ids['Person A']}")
    graph.ask(f"PATCH /me/contacts/{ids['Person B']}", {"jobTitle": "Chief"})
    office.sync()
    assert office.trashed() == [] and office.record(keys[1]).contact.job_title == "Chief"
    office.sync()
    assert office.trashed() == ["Person A"]
    assert office.sync().counts == {}


def test_an_edit_between_the_look_and_the_write_is_not_overwritten(office, graph):
    key = office.add("Nick Brigandi")
    office.sync()
    id = in_mailbox(graph)["Nick Brigandi"]["id"]
    edit = Before(lambda: graph.anna.put(graph.anna.item(id), {TEXTS["jobTitle"]: "Chief"}))
    graph.graph.faults.add(edit, r"PATCH /me/contacts/", times=1)
    office.edit(key, job_title="ours", company="Contoso")
    office.sync()
    assert in_mailbox(graph)["Nick Brigandi"]["jobTitle"] == "ours"
    assert in_mailbox(graph)["Nick Brigandi"]["companyName"] == "Contoso"
    assert office.disagreements() == 1


def test_bcm_10_a_stopped_mirror_leaves_the_mailbox_as_it_was(office, graph):
    office.add("Nick Brigandi")
    friend = graph.create(givenName="Old", surname="Friend", displayName="Old Friend")
    office.sync()
    office.stop()
    assert [each["displayName"] for each in graph.ask("GET /me/contacts").value] == ["Old Friend"]
    assert graph.get(friend["id"])["changeKey"] == friend["changeKey"]


def test_an_idle_run_is_one_request(office, graph):
    for name in ("Nick Brigandi", "Andrea Dunker"):
        office.add(name)
    office.sync()
    office.sync()
    asked = []
    graph.graph.observers.append(lambda request, answer: asked.append(request.path))
    assert office.sync().counts == {}
    assert [path.rpartition("/")[2] for path in asked] == ["delta"]


def test_a_change_is_three_requests_and_a_category_that_went_is_made_again_for_the_next_contact(office, graph):
    key = office.add("Nick Brigandi")
    office.sync()
    office.sync()
    asked = []
    graph.graph.observers.append(lambda request, answer: asked.append(request.method))
    graph.anna.categories.clear()
    office.edit(key, company="Fabrikam")
    office.sync()
    assert asked == ["GET", "GET", "POST", "PATCH", "POST"]  # delta, and the look and the change, in a batch each
    office.add("Andrea Dunker")
    office.sync()
    assert [each.name for each in graph.anna.categories] == ["Business Contact"]


def test_a_folder_that_somebody_removed_fails_the_mirror_with_a_sentence(office, graph):
    folder = graph.anna.add_folder("Business Central").id
    Mirrors(office.database).configure(office.mirror.id, folder=folder)
    office.add("Nick Brigandi")
    office.sync()
    graph.anna.remove_folder(graph.anna.folder(folder))
    office.add("Andrea Dunker")
    assert office.sync().outcome is Outcome.FAILED
    assert office.mirror.state is State.FAILED
    assert office.mirror.reason == "The folder is no longer in the mailbox."
    assert office.names() == ["Andrea Dunker", "Nick Brigandi"]
