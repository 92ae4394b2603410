"""The target ``graph`` against the simulator: the contract, and what only Graph does."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from bridge.simulators.graph.faults import DENIED, Before, Lost, Refuse
from bridge.simulators.graph.properties import TEXTS
from bridge.targets.base import (
    Create,
    CursorExpired,
    FolderGone,
    Forbidden,
    Full,
    Gone,
    Target,
    Throttled,
    Unreachable,
    Unsure,
)
from bridge.targets.graph.client import GraphClient, GraphFolder
from bridge.targets.graph.contacts import WHOLE_READING, GraphTarget
from bridge.targets.graph_http import GraphHttp, Request
from bridge.targets.pacing import Pace
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, JPEG, PEOPLE
from tests.contract.targets import FLAG, TargetContract
from tests.simulators.graph.office import Office


class FixedTokens:
    """One token for ever."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, *, fresh: bool = False) -> str:
        return self._token


def graph_target(office: Office, **folder: str) -> GraphTarget:
    """A target on Anna's mailbox, whose waits take no time."""

    async def made() -> GraphTarget:
        return new_target(office, **folder)

    return office.run(made())


def new_target(office: Office, **folder: str) -> GraphTarget:
    """The same, made while the loop runs."""

    async def sleep(seconds: float) -> None:
        office.clock.advance(seconds=seconds)

    pace = Pace(time.monotonic, sleep)
    http = GraphHttp(ClientSession(), FixedTokens(office.token), office.graph.graph, pace, sleep)
    return GraphTarget(GraphClient(http, GraphFolder(**folder)))


class TestGraph(TargetContract):
    MANY = 300
    PEOPLE = PEOPLE.map(lambda contact: replace(contact, file_as="Chosen"))

    @pytest.fixture
    def office(self) -> Iterator[Office]:
        office = Office()
        office.anna.refuses = lambda contact: "It is refused." if contact.get("givenName") == "Refused" else ""
        yield office
        office.close()
        assert office.judge.verdict() == []

    @pytest.fixture
    def runner(self, office):
        return office

    @pytest.fixture
    def connect(self, office: Office) -> Callable[[], Target]:
        return lambda: graph_target(office)

    def as_held(self, view: Contact) -> Contact:
        """A contact without fileAs is given one."""
        made = ", ".join(filter(None, (view.family_name, view.given_name)))
        return view if view.file_as else replace(view, file_as=made)

    def copy(self, folder: Folder, item: Item) -> None:
        office = folder.runner
        office.anna.copy(office.anna.item(item.id), folder.target.folder)


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.close()
    assert office.judge.verdict() == []


@pytest.fixture
def folder(office: Office) -> Iterator[Folder]:
    target = graph_target(office)
    yield Folder(office, target, FLAG)
    office.run(target.close())


def test_bc_2_bc_3_bcm_31_a_named_folder_is_made_once_and_found_again(office):
    first = Folder(office, graph_target(office, name="Business Central"), FLAG)
    item = first.create(ANNA)
    second = Folder(office, graph_target(office, name="Business Central"), FLAG)
    assert second.target.folder == first.target.folder != office.anna.default
    assert second.all().keys() == {item.id}
    for each in (first, second):
        office.run(each.target.close())


def test_bcm_22_the_category_is_made_with_its_colour(office, folder):
    assert {each.name: each.color for each in office.anna.categories}[FLAG.name] == FLAG.colour


def test_a_mailbox_without_the_right_to_categories_is_mirrored_all_the_same(office):
    office.graph.faults.add(DENIED, "/outlook/masterCategories", times=9)
    target = graph_target(office)
    assert Folder(office, target, FLAG).create(ANNA, flagged=True).flagged
    office.run(target.close())


def test_a_throttle_is_waited_for_to_the_letter(office, folder):
    before = office.clock()
    office.graph.faults.add(Refuse(429, "ApplicationThrottled", retry_after=17), r"POST /me/contactFolders", times=1)
    item = folder.create(ANNA)
    assert (office.clock() - before).total_seconds() == 17
    assert folder.all().keys() == {item.id}


@pytest.mark.parametrize("line", ["/contacts/delta", r"POST /\$batch"])
def test_a_request_that_is_throttled_as_a_whole_is_sent_again(office, folder, line):
    item = folder.create(ANNA)
    before = office.clock()
    office.graph.faults.add(Refuse(429, "ApplicationThrottled", retry_after=17), line, times=1)
    assert [each.id for each in folder.changes().items] == [item.id]
    assert (office.clock() - before).total_seconds() == 17


def test_of_two_times_that_a_batch_names_the_longer_is_waited(office, folder):
    before = office.clock()
    for skip, seconds in enumerate((17, 2)):
        throttle = Refuse(429, "ApplicationThrottled", retry_after=seconds)
        office.graph.faults.add(throttle, r"POST /me/contactFolders", skip=skip, times=1)
    folder.do(*(Create(folder.target.shape.view(ANNA).view, stamp(number)) for number in range(2)))
    assert (office.clock() - before).total_seconds() == 17 and len(folder.all()) == 2


def test_each_request_counts_and_so_does_each_part_of_a_batch(office, folder):
    http = folder.target.http
    http.pace = Pace(lambda: office.clock().timestamp(), http.sleep, limit=4, window=600)
    before = office.clock()
    office.run(http.batch([Request("GET", "/me/contacts?$top=1")] * 3))
    for waited in (0, 600):
        office.run(http.get("/me/contacts?$top=1"))
        assert (office.clock() - before).total_seconds() == waited


def test_a_lost_answer_to_a_picture_is_told(office, folder):
    office.graph.faults.add(Lost(), r"PUT .*photo", times=None)  # the client may send a PUT once more
    with pytest.raises(Unreachable):
        folder.create(ANNA, photo=JPEG)


def test_only_the_throttled_part_of_a_batch_is_sent_again(office, folder):
    office.graph.faults.add(Refuse(429, "ApplicationThrottled", retry_after=2), r"POST /me/contactFolders", times=1)
    folder.do(*(Create(folder.target.shape.view(ANNA).view, stamp(number)) for number in range(5)))
    assert len(folder.all()) == 5


def test_a_throttle_without_end_is_told(office, folder):
    office.graph.faults.add(Refuse(429, "ApplicationThrottled", retry_after=100), r"contacts", times=9)
    with pytest.raises(Throttled) as told:
        folder.create(ANNA)
    assert told.value.retry_after == 100


def test_a_lost_answer_is_never_sent_again(office, folder):
    office.graph.faults.add(Lost(), r"POST /\$batch$", times=1)
    with pytest.raises(Unreachable):
        folder.create(ANNA, 4)
    assert len(folder.all()) == len(folder.stamped(4)) == 1


def test_a_lost_answer_in_a_batch_is_never_sent_again(office, folder):
    office.graph.faults.add(Lost(), r"POST /me/contactFolders", times=1)
    with pytest.raises(Unsure):
        folder.create(ANNA, 4)
    assert len(folder.all()) == len(folder.stamped(4)) == 1


def test_a_cursor_that_the_service_forgot_is_told(office, folder):
    cursor = folder.changes().cursor
    office.graph.forget_cursors()
    with pytest.raises(CursorExpired):
        folder.changes(cursor)


def test_a_cursor_of_another_service_is_not_followed(folder):
    with pytest.raises(CursorExpired):
        folder.changes("http://127.0.0.1:1/v1.0/me/contacts/delta?$deltatoken=x")


def test_a_folder_that_somebody_removed_is_told_and_not_made_again(office):
    target = graph_target(office, name="Business Central")
    known = Folder(office, target, FLAG).target.folder
    office.anna.remove_folder(office.anna.folder(known))
    office.run(target.open(FLAG))
    with pytest.raises(FolderGone):
        office.run(target.changes(None, {}))
    office.run(target.close())


def test_a_contact_that_was_moved_to_another_folder_is_gone(office, folder):
    item = folder.create(ANNA)
    office.anna.move(office.anna.item(item.id), office.anna.add_folder("Private").id)
    assert folder.items(item.id) == {}
    with pytest.raises(Gone):
        folder.delete(item)


def test_what_goes_between_the_delta_and_its_reading_is_said_to_be_gone(office, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    there = office.anna.item(item.id)
    office.anna.put(there, {TEXTS["jobTitle"]: "Chief"})
    office.graph.faults.add(Before(lambda: office.anna.delete(there)), r"POST /\$batch", times=1)
    feed = folder.changes(cursor, {item.id: item.version})
    assert (list(feed.items), list(feed.removed), list(feed.unchanged)) == ([], [item.id], [])


def test_a_full_mailbox_is_told(office, folder):
    office.anna.full = True
    with pytest.raises(Full):
        folder.create(ANNA)


def test_a_permission_that_was_taken_back_is_told(office, folder):
    office.graph.faults.add(DENIED, "contacts", times=9)
    with pytest.raises(Forbidden):
        folder.create(ANNA)


@pytest.mark.slow
def test_a_long_note_is_read_whole_however_many_contacts_there_are(office, folder):
    note = "first line\n" + 300 * "long "
    item = folder.create(replace(ANNA, note=note))
    for start in range(0, WHOLE_READING, 20):
        views = (replace(ANNA, formatted_name=f"Anna {start + at}") for at in range(20))
        folder.do(*(Create(folder.target.shape.view(view).view, stamp(start + at)) for at, view in enumerate(views)))
    assert folder.all()[item.id].view.note == note


def test_some_changes_do_not_make_it_page_through_a_large_folder(office, folder, monkeypatch):
    monkeypatch.setattr("bridge.targets.graph.contacts.WHOLE_READING", 2)
    known = {}
    for number in range(20):
        item = folder.create(replace(ANNA, formatted_name=f"Anna {number}"), number)
        known[item.id] = item.version
    cursor = folder.changes().cursor
    asked = []
    office.graph.observers.append(lambda request, answer: asked.append(request.path))
    for few, pages in ((4, False), (8, True)):
        for id in list(known)[:few]:
            office.anna.put(office.anna.item(id), {TEXTS["jobTitle"]: f"Chief {few}"})
        asked.clear()
        feed = office.run(folder.target.changes(cursor, known))
        assert len(feed.items) == few
        assert any(path.endswith("/contacts") for path in asked) == pages


def test_a_check_says_what_to_do(office):
    target = graph_target(office)
    target.http.tokens = FixedTokens("expired")
    *_, last = office.run(_steps(target))
    assert not last.passed and "sign in anew" in last.cure
    office.run(target.close())


async def _steps(target):
    return [step async for step in target.check()]
