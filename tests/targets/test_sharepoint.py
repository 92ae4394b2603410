"""The target ``sharepoint`` through Graph, against the simulator: the contract, and what only a list does."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from bridge.simulators.graph.faults import After, Before, Lost, Refuse
from bridge.simulators.sharepoint import SITES
from bridge.simulators.sharepoint.columns import NUMBER, URL, Column
from bridge.simulators.sharepoint.store import Row
from bridge.targets.base import (
    Changed,
    Create,
    CursorExpired,
    FolderGone,
    Forbidden,
    Full,
    Rejected,
    Target,
    Throttled,
    Unsure,
)
from bridge.targets.graph_http import GraphHttp
from bridge.targets.pacing import Pace
from bridge.targets.sharepoint.columns import IDENTITY
from bridge.targets.sharepoint.contacts import SharePointTarget
from bridge.targets.sharepoint.graph_list import GraphList, Where
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT, PEOPLE
from tests.contract.targets import FLAG, TargetContract
from tests.simulators.sharepoint.office import CONTACTS, Office
from tests.targets.test_graph import FixedTokens


def new_target(office: Office, folder: str = "", name: str = CONTACTS) -> SharePointTarget:
    """A target on the office's site, whose waits take no time; made while the loop runs."""

    async def sleep(seconds: float) -> None:
        office.clock.advance(seconds=seconds)

    pace = Pace(time.monotonic, sleep)
    http = GraphHttp(ClientSession(), FixedTokens(office.token), office.graph.graph, pace, sleep)
    return SharePointTarget(GraphList(http, Where(office.site.address, name)), folder)


def list_target(office: Office, **said: str) -> SharePointTarget:
    """The same, made from outside the loop."""

    async def made() -> SharePointTarget:
        return new_target(office, **said)

    return office.run(made())


def refusing(office: Office) -> Office:
    office.site.refuses = lambda values: "It is refused." if values.get("FirstName") == "Refused" else ""
    office.online.units.most = 10**9
    return office


class ListContract(TargetContract):
    """The contract as lists keep it."""

    MANY = 300
    EXAMPLES = 20
    PEOPLE = PEOPLE.map(
        lambda contact: replace(contact, birthday=contact.birthday if contact.birthday >= "1901" else "")
    )

    def copy(self, folder: Folder, item: Item) -> None:
        """Somebody switched off that identities are unique, else SharePoint would refuse the copy."""
        rows = folder.runner.list
        rows.columns[IDENTITY.name].unique = False
        rows.copy(rows.row(int(item.id)))


class TestThroughGraph(ListContract):
    """A fresh list, with the columns that every contacts list has."""

    @pytest.fixture
    def office(self) -> Iterator[Office]:
        office = refusing(Office())
        yield office
        office.close()
        assert office.judge.verdict() == []

    @pytest.fixture
    def runner(self, office):
        return office

    @pytest.fixture
    def connect(self, office: Office) -> Callable[[], Target]:
        return lambda: list_target(office)


class TestThroughGraphWithSiteColumns(TestThroughGraph):
    """A list to which somebody added all the columns that Outlook knows; its deltas say the least."""

    EXAMPLES = 10

    @pytest.fixture
    def connect(self, office: Office) -> Callable[[], Target]:
        office.site.add_list(CONTACTS).add_site_columns()
        office.online.behaviour.bare_delta = True
        office.online.behaviour.delta_page = 7
        return lambda: list_target(office)


@pytest.fixture
def office() -> Iterator[Office]:
    office = refusing(Office())
    yield office
    office.close()
    assert office.judge.verdict() == []


@pytest.fixture
def folder(office: Office) -> Iterator[Folder]:
    target = list_target(office)
    yield Folder(office, target, FLAG)
    office.run(target.close())


def test_a_row_that_a_delta_tells_twice_is_as_it_was_told_last(office, folder):
    assert office.online.behaviour.doubled_delta
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    for title in ("Boss", "Chief"):
        item = folder.update(item, replace(item.view, job_title=title))
    (told,) = folder.changes(cursor, {}).items
    assert (told.id, told.view.job_title, told.version) == (item.id, "Chief", item.version)


def opened(office: Office, **said: str) -> Folder:
    return Folder(office, list_target(office, **said), FLAG)


def test_bcm_30_a_contacts_list_is_made_once_and_found_again(office, folder):
    item = folder.create(ANNA)
    again = opened(office)
    assert len(office.site.lists) == 1
    assert office.list.template == 105
    assert again.all().keys() == {item.id}
    office.run(again.target.close())


def test_columns_of_our_own_are_made_once_and_the_identity_is_indexed_and_unique(office, folder):
    identity = office.list.columns["BizId"]
    assert identity.indexed and identity.unique
    made = dict(office.list.columns)
    office.run(opened(office).target.close())
    assert office.list.columns == made


def test_an_identity_column_that_lost_its_index_is_indexed_again(office, folder):
    office.list.columns["BizId"].indexed = False
    office.run(opened(office).target.close())
    assert office.list.columns["BizId"].indexed


@pytest.mark.parametrize("kind", [URL, NUMBER])
def test_a_column_of_another_type_under_our_name_is_told(office, kind):
    office.site.add_list(CONTACTS).columns["CustomerID"] = Column("CustomerID", kind)
    target = list_target(office)
    with pytest.raises(FolderGone, match="a column CustomerID of another type"):
        office.run(target.open(FLAG))
    office.run(target.close())


def test_columns_that_may_not_be_added_are_told_in_one_sentence(office):
    office.site.add_list(CONTACTS)
    office.site.may.discard("manage")
    target = list_target(office)
    with pytest.raises(Forbidden, match="may not add them"):
        office.run(target.open(FLAG))
    office.run(target.close())


def test_another_sort_of_list_is_not_written_to(office):
    office.site.add_list("Tasks", 100)
    target = list_target(office, name="Tasks")
    steps = office.run(_steps(target))
    assert not steps[-1].passed and "no contacts list" in steps[-1].cure
    with pytest.raises(Forbidden, match="no contacts list"):
        office.run(target.open(FLAG))
    office.run(target.close())


def test_a_row_is_what_people_see_in_the_list(office, folder):
    folder.create(ANNA, customer_number="10001", flagged=True)
    (row,) = office.list.rows.values()
    seen = {name: row.values[name] for name in ("Title", "FirstName", "FullName", "CellPhone", "CustomerID")}
    assert list(seen.values()) == ["Müller", "Anna", "Anna Müller", "+49 171 5550100", "10001"]
    assert row.values["BizCategories"] == ["Friends", "Berlin", "Business Contact"]
    assert row.values["Comments"] == "<div>First line<br>second, with; signs</div>"


def test_a_firm_without_a_last_name_has_its_name_as_title_and_stays_a_firm(office, folder):
    item = folder.create(Contact(formatted_name="ACME & Sons", company="ACME & Sons", is_company=True))
    (row,) = office.list.rows.values()
    assert row.values["Title"].rstrip("\u2060") == "ACME & Sons"
    assert (item.view.family_name, item.view.formatted_name) == ("", "ACME & Sons")
    renamed = folder.update(item, replace(item.view, formatted_name="ACME Ltd."))
    assert row.values["Title"].rstrip("\u2060") == "ACME Ltd."
    assert renamed.view.family_name == ""


def test_a_row_of_somebody_who_filled_in_first_and_last_name_alone_has_a_name(office, folder):
    row = office.list.add({"Title": "Dunker", "FirstName": "Andrea"})
    (item,) = folder.all().values()
    assert (item.view.formatted_name, item.view.family_name, item.stamp) == ("Andrea Dunker", "Dunker", None)
    assert item.id == str(row.id)


def test_notes_that_somebody_wrote_in_the_editor_are_read_as_text(office, folder):
    office.list.add({"Title": "Dunker", "Comments": "<div>\u200b<p>One &amp; two</p><p>three<br>four</p></div>"})
    (item,) = folder.all().values()
    assert item.view.note == "One & two\nthree\nfour"


@pytest.mark.parametrize("hours", [-11, -5, 0, 1, 12])
def test_a_birthday_is_the_same_day_in_every_time_zone_of_sites(office, hours):
    office.site.zone = timedelta(hours=hours)
    office.site.add_list(CONTACTS).add_site_columns()
    folder = opened(office)
    item = folder.create(replace(ANNA, birthday="1980-02-29"))
    assert item.view.birthday == folder.read(item).view.birthday == "1980-02-29"
    office.run(folder.target.close())


def test_a_second_email_that_stands_alone_is_changed_where_it_is(office):
    office.site.add_list(CONTACTS).add_site_columns()
    folder = opened(office)
    office.list.add({"Title": "Dunker", "Email2": "andrea@example.com", "Business2Number": "1"})
    (item,) = folder.all().values()
    changed = replace(item.view, emails=(Email("dunker@example.com"),), phones=(Phone("2", "work"),))
    now = folder.update(item, changed)
    assert (now.view.emails, now.view.phones) == (changed.emails, changed.phones)
    office.run(folder.target.close())


def test_hyperlinks_are_not_mirrored_by_graph_and_stay_in_the_row(office, folder):
    row = office.list.add({"Title": "Dunker", "WebPage": {"Url": "https://a.example"}})
    (item,) = folder.all().values()
    assert item.view.urls == ()
    folder.update(item, replace(item.view, job_title="Chief"))
    assert row.values["WebPage"]["Url"] == "https://a.example"


def test_texts_that_are_too_long_for_a_column_are_kept_and_not_cut(office, folder):
    long = replace(ANNA, company="x" * 256, emails=(Email("y" * 256), Email("anna@example.com")))
    item = folder.create(long)
    assert (item.view.company, item.view.emails) == ("", (Email("anna@example.com"),))
    assert Email("y" * 256) in folder.target.shape.view(long).kept.emails


def test_folders_in_the_list_are_no_contacts(office, folder):
    office.list.add({"Title": "A folder"}, type="0x0120")
    assert folder.all() == {}


def test_a_row_that_came_back_from_the_recycle_bin_is_there_again(office, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    folder.delete(item)
    assert int(item.id) in office.list.bin
    gone = folder.changes(cursor)
    assert gone.removed == [item.id]
    office.list.restore(int(item.id))
    assert [each.id for each in folder.changes(gone.cursor).items] == [item.id]
    both = folder.changes(cursor)
    assert ([each.id for each in both.items], both.removed) == ([item.id], [])


def test_the_last_that_a_delta_says_of_a_row_counts(office, folder):
    cursor = folder.changes().cursor
    item = folder.create(ANNA)
    folder.delete(folder.update(item, replace(item.view, job_title="Chief")))
    feed = folder.changes(cursor)
    assert (feed.items, feed.removed) == ([], [item.id])


@pytest.mark.parametrize("code", ["resyncChangesApplyDifferences", "resyncChangesUploadDifferences"])
def test_a_token_that_the_service_forgot_is_told(office, folder, code):
    cursor = folder.changes().cursor
    office.online.behaviour.resync = code
    office.online.rounds.forget()
    with pytest.raises(CursorExpired):
        folder.changes(cursor)


def test_an_answer_without_a_version_is_read_again_and_hides_no_edit(office, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    office.online.behaviour.bare_patch = True
    edit = After(lambda: office.list.put(office.list.row(int(item.id)), {"JobTitle": "theirs"}))
    office.graph.faults.add(edit, r"PATCH .*/fields")
    told = folder.update(item, replace(item.view, company="ours"))
    assert (told.version, told.view.company, told.view.job_title) == ("unknown", "ours", "Head of Sales")
    assert [each.view.job_title for each in folder.changes(cursor).items] == ["theirs"]


def test_a_change_between_reading_and_writing_is_not_overwritten(office, folder):
    item = folder.create(ANNA)
    edit = Before(lambda: office.list.put(office.list.row(int(item.id)), {"JobTitle": "theirs"}))
    office.graph.faults.add(edit, r"PATCH .*/fields")
    with pytest.raises(Changed):
        folder.update(item, replace(item.view, job_title="ours"))
    assert folder.read(item).view.job_title == "theirs"


def test_a_list_that_somebody_removed_is_told_and_not_made_again(office, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    office.site.remove_list(office.list)
    ways = [
        lambda: folder.target.open(FLAG),
        lambda: folder.target.changes(cursor, {}),
        lambda: folder.target.items([item.id]),
        lambda: folder.target.stamped([stamp(1)]),
        lambda: folder.target.apply([Create(item.view, stamp(2))]),
    ]
    for way in ways:
        with pytest.raises(FolderGone):
            office.run(way())
    assert office.site.lists == {}


def test_a_full_site_is_told(office, folder):
    office.site.full = True
    with pytest.raises(Full):
        folder.create(ANNA)


def test_a_permission_that_was_taken_back_is_told(office, folder):
    office.site.may.discard("write")
    with pytest.raises(Forbidden):
        folder.create(ANNA)


@pytest.mark.parametrize("status", [429, 503])
def test_a_throttle_is_told_or_waited_for(office, folder, status):
    office.graph.faults.add(Refuse(status, "activityLimitReached", retry_after=200), "items", times=9)
    with pytest.raises(Throttled) as told:
        folder.create(ANNA)
    assert told.value.retry_after == 200


def test_the_units_of_a_minute_are_waited_for(office, folder):
    office.online.units.most = 60
    for number in range(60):
        folder.create(BERT, number)
    assert office.online.units.refused
    assert len(folder.all()) == 60


def test_a_lost_create_is_found_by_its_identity_and_refused_a_second_time(office, folder):
    office.graph.faults.add(Lost(), r"POST /sites/.*/items$")
    with pytest.raises(Unsure):
        folder.create(ANNA, 4)
    assert len(folder.stamped(4)) == 1
    with pytest.raises(Rejected, match="duplicate"):
        folder.create(ANNA, 4)
    assert len(folder.all()) == 1


@pytest.mark.parametrize("rows", [60, pytest.param(5_001, marks=pytest.mark.slow)])
def test_in_a_list_beyond_the_threshold_a_stamp_is_found_by_the_indexed_column(office, folder, rows):
    item = folder.create(ANNA, 4)
    office.list.threshold = min(rows - 1, 5_000)
    now = office.clock()
    for id in range(2, rows + 1):
        office.list.rows[id] = Row(id, {"Title": f"Person {id}"}, now, now)
    assert [each.id for each in folder.stamped(4)] == [item.id]
    assert len(folder.all()) == rows
    asked = f"GET /sites/{folder.target.folder.replace(' ', '/lists/')}/items?$filter=fields/Company eq 'x'"
    assert office.ask(asked).status == 400
    risky = {"Prefer": "HonorNonIndexedQueriesWarningMayFailRandomly"}
    assert "threshold" in office.ask(asked, headers=risky).json["error"]["message"]


def test_a_check_says_what_to_do(office):
    target = list_target(office)
    target.at.http.tokens = FixedTokens("expired")
    *_, last = office.run(_steps(target))
    assert not last.passed and "sign in anew" in last.cure
    target.at.http.tokens = FixedTokens(office.token)
    target.at.where_to = Where("https://contoso.sharepoint.com/sites/nowhere", CONTACTS)
    *_, last = office.run(_steps(target))
    assert not last.passed and "no site" in last.cure
    office.run(target.close())


def test_outlook_com_has_no_sites(office):
    consumer = office.graph.mailbox("eve@outlook.example", consumer=True)
    office.token = office.graph.sign_in.token(consumer, SITES)
    target = list_target(office)
    *_, last = office.run(_steps(target))
    assert not last.passed and "personal accounts" in last.cure
    office.run(target.close())


async def _steps(target):
    return [step async for step in target.check()]
