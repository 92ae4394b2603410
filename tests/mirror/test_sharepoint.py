"""The mirror with a contacts list as its folder, both ways to SharePoint (against the simulators): whole runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bridge.mirroring.self_test import self_test
from bridge.simulators.graph.faults import Before, Faults, Lost, Refuse, Unheard
from bridge.sync.run import Mode
from storage_plugin.database.engine import Database
from storage_plugin.database.runs import Outcome
from tests.mirror.office import Office, person
from tests.simulators.sharepoint.office import Office as Online
from tests.simulators.sharepoint.server import Server
from tests.targets import test_sharepoint as online
from tests.targets import test_sharepoint_rest as onpremises


@dataclass
class Place:
    """A site, and the way to it."""

    at: Online | Server
    faults: Faults
    connect: Callable
    create: str
    change: str
    delete: str

    @property
    def rows(self):
        return self.at.list.rows

    def named(self, name):
        (row,) = (row for row in self.rows.values() if row.values.get("FullName") == name)
        return row

    def names(self):
        return sorted(row.values.get("FullName", "") for row in self.rows.values())

    def put(self, name, **values):
        self.at.list.put(self.named(name), values)

    def recycle(self, name):
        self.at.list.recycle(self.named(name))


def through_graph() -> Place:
    at = Online()
    create, change, delete = r"POST /sites/.*/items$", r"PATCH /sites/.*/fields$", r"DELETE /sites/.*/items/\d+$"
    return Place(at, at.graph.faults, online.new_target, create, change, delete)


def through_rest() -> Place:
    at = Server()
    change = r"POST .*/items\(\d+\)$"
    return Place(at, at.faults, onpremises.new_target, r"POST .*/items$", change, r"POST .*/recycle")


PLACES = {"graph": through_graph, "rest": through_rest}


@pytest.fixture(params=PLACES)
def place(request) -> Iterator[Place]:
    place = PLACES[request.param]()
    yield place
    place.at.close()
    assert place.at.judge.verdict() == []


def mirrored(database: Database, place: Place) -> Office:
    office = Office(database)
    office.run = place.at.run
    office.clock = place.at.clock
    office.connect = lambda: place.connect(place.at, folder=office.mirror.folder)
    return office


@pytest.fixture
def office(make_sqlite, place: Place) -> Iterator[Office]:
    database = Database.open(make_sqlite())
    yield mirrored(database, place)
    database.close()


def test_what_is_in_the_book_is_in_the_list(office, place):
    office.add(person("Nick Brigandi", company="Contoso", note="first\nsecond"))
    office.sync()
    values = place.named("Nick Brigandi").values
    assert (values["Title"], values["FirstName"], values["Company"]) == ("Brigandi", "Nick", "Contoso")
    assert values["BizCategories"] == ["Business Contact"]
    assert office.sync().counts == {}


def test_edits_in_the_list_and_on_the_phone_meet(office, place):
    key = office.add("Nick Brigandi")
    office.sync()
    place.put("Nick Brigandi", JobTitle="Chief", CellPhone="+49 171 1")
    office.edit(key, company="Fabrikam")
    office.sync()
    record = office.record(key).contact
    assert (record.job_title, record.phones[0].number) == ("Chief", "+49 171 1")
    assert place.named("Nick Brigandi").values["Company"] == "Fabrikam"
    assert office.sync().counts == {}


def test_bcm_11_a_deletion_in_the_list_reaches_the_deleted_items(office, place):
    office.add("Nick Brigandi")
    office.sync()
    place.recycle("Nick Brigandi")
    office.sync()
    assert office.trashed() == ["Nick Brigandi"]
    assert office.sync().counts == {}


def test_bcm_13_a_row_that_somebody_made_is_a_plain_contact_and_never_written(office, place):
    office.sync()
    row = place.at.list.add({"Title": "Dunker", "FirstName": "Andrea", "WebPage": {"Url": "https://a.example"}})
    office.sync()
    assert office.names() == ["Andrea Dunker"] and office.business() == []
    assert (row.version, row.values["WebPage"]["Url"]) == (1, "https://a.example")


def test_what_the_list_has_no_columns_for_is_kept(office, place):
    key = office.add(person("Nick Brigandi", nickname="Nicky", birthday="1980-02-29"))
    office.sync()
    place.put("Nick Brigandi", JobTitle="Chief")
    office.sync()
    record = office.record(key).contact
    assert (record.nickname, record.birthday, record.job_title) == ("Nicky", "1980-02-29", "Chief")


def test_bcm_10_a_stopped_mirror_leaves_the_list_as_it_was(office, place):
    office.add("Nick Brigandi")
    office.sync()
    friend = place.at.list.add({"Title": "Friend", "FullName": "Old Friend"})
    office.sync()
    office.stop()
    assert place.names() == ["Old Friend"]
    assert friend.version == 1


def test_the_self_test_passes_and_leaves_no_list(place):
    """What a customer runs against the real site: `mirror check --live`."""
    said = []

    async def tried():
        target = place.connect(place.at, name="Contact Bridge self-test")
        passed = await self_test(target, said.append)
        await target.close()
        return passed

    assert place.at.run(tried()), said
    assert {step.name: step.cure for step in said}["clean up"] == ""
    assert place.at.site.lists == {}


def test_a_refused_row_is_named_and_the_others_go_on(office, place):
    place.at.site.refuses = lambda values: "It is refused." if values.get("FirstName") == "Nick" else ""
    office.add("Nick Brigandi")
    office.add("Andrea Dunker")
    report = office.sync()
    assert (report.outcome, report.counts["failed"]) == (Outcome.PARTLY, 1)
    assert place.names() == ["Andrea Dunker"]
    place.at.site.refuses = lambda values: ""
    office.clock.now += timedelta(minutes=30)
    office.sync()
    assert place.names() == ["Andrea Dunker", "Nick Brigandi"]


FAILS = Refuse(500, "-2147024809, System.ArgumentException", "Value does not fall within the expected range.")


def test_a_row_over_which_the_site_fails_is_named_and_the_others_go_on(office, place):
    place.faults.add(FAILS, place.create)
    office.add("Nick Brigandi")
    office.add("Andrea Dunker")
    assert (office.sync().outcome, len(place.rows), len(office.failures())) == (Outcome.PARTLY, 1, 1)
    office.sync()
    assert (place.names(), office.failures()) == (["Andrea Dunker", "Nick Brigandi"], [])
    assert office.sync().counts == {}


def test_a_row_that_cannot_be_read_is_named_kept_and_read_once_it_can_be(make_sqlite):
    place, database = through_rest(), Database.open(make_sqlite())
    office = mirrored(database, place)
    key = office.add("Nick Brigandi")
    office.add("Andrea Dunker")
    office.sync()
    place.put("Nick Brigandi", JobTitle="Chief")
    place.put("Andrea Dunker", JobTitle="Clerk")
    place.at.list.corrupt = {place.named("Nick Brigandi").id}
    for mode in (Mode(), Mode(full=True)):
        assert office.sync(mode).outcome is Outcome.PARTLY
        assert [failure.name for failure in office.failures()] == ["Nick Brigandi"]
        assert office.names() == ["Andrea Dunker", "Nick Brigandi"] and office.trashed() == []
    assert [contact.contact.job_title for contact in office.contacts.list()].count("Clerk") == 1
    place.at.list.corrupt.clear()
    office.clock.now += timedelta(hours=2)
    office.sync()
    assert (office.record(key).contact.job_title, office.failures()) == ("Chief", [])
    assert office.sync().counts == {}
    database.close()
    place.at.close()


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (lambda place: place.at.site.may.discard("write"), "refuses this account"),
        (lambda place: setattr(place.at.site, "full", True), "storage quota"),
        (lambda place: place.at.site.remove_list(place.at.list), "no longer on the site"),
        (lambda place: place.faults.add(Refuse(503, "-1"), "", times=None), ""),
        (lambda place: place.faults.add(Refuse(429, "-1", retry_after=400), "", times=None), "fewer requests"),
    ],
)
def test_what_stops_a_run_is_one_sentence_and_loses_nothing(office, place, trouble, words):
    office.add("Nick Brigandi")
    office.sync()
    office.add("Andrea Dunker")
    trouble(place)
    report = office.sync()
    assert report.outcome is not Outcome.DONE
    assert words in report.reason and "\n" not in report.reason
    assert office.names() == ["Andrea Dunker", "Nick Brigandi"] and office.trashed() == []


def test_a_cursor_that_ran_out_deletes_nothing_and_finds_everything(office, place):
    keys = [office.add(person(f"Person {name}")) for name in "ABC"]
    office.sync()
    if isinstance(place.at, Online):
        place.at.online.rounds.forget()
    else:
        place.at.clock.advance(days=61)
    place.recycle("Person A")
    place.put("Person B", JobTitle="Chief")
    office.sync()
    assert office.trashed() == [] and office.record(keys[1]).contact.job_title == "Chief"
    office.sync()
    assert office.trashed() == ["Person A"]
    assert office.sync().counts == {}


def test_an_edit_between_the_look_and_the_write_is_not_overwritten(office, place):
    key = office.add("Nick Brigandi")
    office.sync()
    place.faults.add(Before(lambda: place.put("Nick Brigandi", JobTitle="Chief")), place.change)
    office.edit(key, job_title="ours", company="Contoso")
    office.sync()
    values = place.named("Nick Brigandi").values
    assert (values["JobTitle"], values["Company"]) == ("ours", "Contoso")
    assert office.disagreements() == 1


def busy(office: Office, place: Place) -> None:
    """Something of every kind to do, on both sides."""
    keys = {name: office.add(person(name, company="Contoso")) for name in ("Anna A", "Bert B", "Carl C", "Dora D")}
    office.sync()
    office.add("New Here")
    place.at.list.add({"Title": "There", "FirstName": "New", "FullName": "New There"})
    office.edit(keys["Anna A"], job_title="edited here")
    place.put("Bert B", JobTitle="edited there")
    office.delete(keys["Carl C"])
    place.recycle("Dora D")


def state(office: Office, place: Place):
    """What people see in the book, in the list, and in the deleted items."""
    book = sorted((who.formatted_name, who.job_title) for each in office.contacts.list() for who in [each.contact])
    rows = sorted(
        (row.values["FullName"], row.values.get("JobTitle", ""), "BizId" in row.values) for row in place.rows.values()
    )
    return book, rows, office.trashed()


WANTED = (
    [("Anna A", "edited here"), ("Bert B", "edited there"), ("New Here", ""), ("New There", "")],
    [
        ("Anna A", "edited here", True),
        ("Bert B", "edited there", True),
        ("New Here", "", True),
        ("New There", "", False),
    ],
    ["Carl C", "Dora D"],
)


@pytest.mark.parametrize("way", PLACES)
def test_an_answer_lost_at_any_request_of_the_first_run_makes_one_list_and_one_row(make_sqlite, way):
    struck, points = 1, 0
    while struck:
        place, database = PLACES[way](), Database.open(make_sqlite())
        office = mirrored(database, place)
        office.add("Nick Brigandi")
        place.faults.add(Lost(), "", skip=points)
        office.sync()
        struck, points = place.faults.struck, points + 1
        office.sync()
        assert place.names() == ["Nick Brigandi"] and len(place.at.site.lists) == 1, points
        assert office.sync().counts == {}, points
        database.close()
        place.at.close()
    assert points > 8


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", [Lost(), Unheard()], ids=["answer lost", "request lost"])
@pytest.mark.parametrize("way", PLACES)
def test_an_answer_lost_at_any_request_loses_and_doubles_nothing(make_sqlite, way, fault, capsys):
    points = 0
    while True:
        place = PLACES[way]()
        database = Database.open(make_sqlite())
        office = mirrored(database, place)
        busy(office, place)
        place.faults.add(fault, "", skip=points)
        struck = place.faults.struck
        office.sync()
        place.faults.clear()
        office.sync()
        assert state(office, place) == WANTED, f"{fault} at request {points}"
        assert office.sync().counts == {}, f"{fault} at request {points}"
        assert place.at.judge.verdict() == []
        hit = place.faults.struck > struck
        database.close()
        place.at.close()
        if not hit:
            break
        points += 1
    assert points > 5
    with capsys.disabled():
        print(f" {points} requests ", end="")


@pytest.mark.parametrize("what", ["create", "change", "delete"])
def test_a_lost_answer_to_a_write_loses_and_doubles_nothing(office, place, what):
    busy(office, place)
    place.faults.add(Lost(), getattr(place, what))
    assert office.sync().outcome in (Outcome.FAILED, Outcome.PARTLY)
    office.sync()
    assert state(office, place) == WANTED
    assert office.sync().counts == {}
