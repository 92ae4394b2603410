"""Exchange Online fails over one contact, or over part of a batch: the others go on, and the next runs finish it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from bridge.simulators.graph.faults import CONFLICT, QUOTA, TOO_MANY, UNAVAILABLE, Lost, Refuse, Unheard
from bridge.simulators.graph.properties import TEXTS
from storage_plugin.database.runs import Outcome
from tests.contract.people import JPEG
from tests.mirror.crashing import Death, killed
from tests.mirror.office import Office
from tests.mirror.test_crashes import Scene, scene, state
from tests.mirror.test_graph import graph, office
from tests.simulators.graph.office import IMMUTABLE
from tests.simulators.graph.office import Office as Graph

__all__ = ["graph", "office", "scene"]
FAILS = Refuse(500, "ErrorItemCorrupt", "It is broken.")
HOUR = timedelta(hours=1)


def ids(graph: Graph) -> dict[str, str]:
    found = graph.ask("GET /me/contacts?$top=100", headers=IMMUTABLE).value
    return {each["displayName"]: each["id"] for each in found}


def touch(graph: Graph, name: str, **said: str) -> None:
    graph.anna.put(graph.anna.item(ids(graph)[name]), {TEXTS[field]: value for field, value in said.items()})


def healed(office: Office) -> None:
    """Run until there is nothing to do, hours later."""
    for _ in range(3):
        office.clock.now += HOUR
        office.sync()
    assert office.sync().counts == {} and office.failures() == []


def test_a_picture_that_cannot_be_read_takes_none_away_and_stops_nobody(office, graph):
    nick, anna = office.add("Nick Brigandi"), office.add("Anna Abel")
    office.photograph(nick, JPEG)
    office.sync()
    graph.graph.faults.add(FAILS, r"GET .*/photo", times=None)
    touch(graph, "Nick Brigandi", jobTitle="Chief")
    touch(graph, "Anna Abel", jobTitle="Clerk")
    assert office.sync().outcome is Outcome.PARTLY
    (failure,) = office.failures()
    assert (failure.contact, failure.name) == (nick, "Nick Brigandi")
    assert failure.error.startswith("The picture cannot be read") and failure.error.endswith(".")
    assert office.record(nick).contact.photo and office.record(anna).contact.job_title == "Clerk"
    graph.graph.faults.clear()
    healed(office)
    record = office.record(nick).contact
    assert record.photo and record.job_title == "Chief"


def test_a_picture_that_is_said_to_be_none_when_it_is_read_again_is_not_taken_for_none(office, graph):
    nick = office.add("Nick Brigandi")
    office.sync()
    graph.ask(f"PUT /me/contacts/{ids(graph)['Nick Brigandi']}/photo/$value", JPEG, {"Content-Type": "image/jpeg"})
    touch(graph, "Nick Brigandi", jobTitle="Chief")
    graph.graph.faults.add(Refuse(404, "ErrorItemNotFound"), r"GET .*/photo", skip=1)
    office.sync()
    assert graph.graph.faults.struck
    healed(office)
    assert office.record(nick).contact.photo


def test_an_item_that_could_not_be_read_and_went_has_not_failed_any_more(office, graph):
    office.add("Nick Brigandi")
    office.sync()
    graph.create(givenName="New", surname="Friend", displayName="New Friend")
    friend = ids(graph)["New Friend"]
    graph.graph.faults.add(FAILS, f"GET /me/contacts/{re.escape(friend)}", times=None)
    assert office.sync().outcome is Outcome.PARTLY and office.failures()
    graph.graph.faults.clear()
    graph.ask(f"DELETE /me/contacts/{friend}")
    healed(office)
    assert office.names() == ["Nick Brigandi"]


def test_an_item_that_cannot_be_read_is_named_and_not_taken_for_a_deletion(office, graph):
    nick, anna = office.add("Nick Brigandi"), office.add("Anna Abel")
    graph.create(givenName="Old", surname="Friend", displayName="Old Friend")
    office.sync()
    graph.create(givenName="New", surname="Friend", displayName="New Friend")
    for name in ("Nick Brigandi", "Old Friend", "New Friend"):
        graph.graph.faults.add(FAILS, f"GET /me/contacts/{re.escape(ids(graph)[name])}", times=None)
    for name in ("Nick Brigandi", "Anna Abel", "Old Friend"):
        touch(graph, name, jobTitle="Chief")
    for _ in range(2):
        assert office.sync().outcome is Outcome.PARTLY
        office.clock.now += HOUR
    assert office.trashed() == [] and office.record(anna).contact.job_title == "Chief"
    assert sorted(each.name for each in office.failures()) == ["", "Nick Brigandi", "Old Friend"]
    office.edit(nick, company="edited meanwhile")
    office.sync()
    graph.graph.faults.clear()
    healed(office)
    record = office.record(nick).contact
    assert (record.job_title, record.company) == ("Chief", "edited meanwhile")
    assert office.names() == ["Anna Abel", "New Friend", "Nick Brigandi", "Old Friend"] == sorted(ids(graph))


def test_a_full_reading_with_an_item_that_cannot_be_read_deletes_nobody(office, graph):
    office.add("Nick Brigandi")
    office.sync()
    graph.graph.forget_cursors()
    touch(graph, "Nick Brigandi", jobTitle="Chief")
    graph.graph.faults.add(FAILS, r"GET /me/contacts/", times=None)
    office.sync()
    graph.graph.faults.clear()
    healed(office)
    assert office.trashed() == [] and list(ids(graph)) == ["Nick Brigandi"]


def test_a_contact_over_which_the_service_fails_again_and_again_stops_nobody_and_waits_longer(office, graph):
    office.add("Nick Brigandi")
    office.sync()
    poison = office.add("Poison Paul")
    graph.graph.faults.add(FAILS, r"POST /me/contactFolders", times=None)
    waits = []
    for number in range(3):
        office.edit(next(key for key in office.links()), job_title=f"Chief {number}")
        office.sync()
        assert graph.ask("GET /me/contacts").value[0]["jobTitle"] == f"Chief {number}"
        (failure,) = office.failures()
        assert failure.contact == poison
        waits.append(datetime.fromisoformat(failure.retry_at) - datetime.fromisoformat(failure.at))
        office.clock.now += HOUR
    assert waits == [timedelta(minutes=minutes) for minutes in (0, 10, 20)]
    graph.graph.faults.clear()
    healed(office)
    assert sorted(ids(graph)) == ["Nick Brigandi", "Poison Paul"]


# Every part of every batch

PARTS = r"^(POST|PATCH|DELETE) /me/contact"
FAULTS = {
    "answer lost": Lost(),
    "never heard": Unheard(),
    "429": TOO_MANY,
    "424": Refuse(424, "FailedDependency"),
    "500": FAILS,
    "503": UNAVAILABLE,
    "503 with a time": Refuse(503, "serviceNotAvailable", retry_after=3),
    "507": QUOTA,
    "412": CONFLICT,
    "401": Refuse(401, "InvalidAuthenticationToken"),
}
HALVES = ("answer lost", "never heard", "503", "429")


def finished(scene: Scene, graph: Graph) -> tuple[object, int]:
    """Run undisturbed; give what is there then, and how many parts write."""
    lines: list[str] = []
    graph.graph.observers.append(lambda request, answer: lines.append(request.line))
    office = scene.fresh()
    killed(office, Death(), scene.place.connect)
    graph.graph.observers.pop()
    office.sync()
    wanted = state(office, scene.owner)
    office.database.close()
    return wanted, sum(re.match(PARTS, line) is not None for line in lines)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["graph"])
def test_whatever_becomes_of_a_part_of_a_batch_the_next_runs_finish_it(scene, kind, capsys):
    """Each part meets one of the faults, and each half of the parts those that come in numbers."""
    graph: Graph = scene.place.graph
    wanted, parts = finished(scene, graph)
    plans = [([*FAULTS][at % len(FAULTS)], at, 1) for at in range(parts)]
    plans += [(name, at, parts // 2) for name in HALVES for at in (0, parts // 2)]
    faults = graph.graph.faults
    for name, skip, times in plans:
        office, struck = scene.fresh(), faults.struck
        faults.add(FAULTS[name], PARTS, skip=skip, times=times)
        killed(office, Death(), scene.place.connect)
        assert faults.struck > struck
        faults.clear()
        for _ in range(2):
            office.clock.now += HOUR
            office.sync()
        assert state(office, scene.owner) == wanted, f"{name} at {skip}, {times} parts"
        assert office.sync().counts == {} and office.failures() == [], f"{name} at {skip}, {times} parts"
        office.database.close()
    with capsys.disabled():
        print(f" {len(plans)} faults in {parts} parts ", end="")
