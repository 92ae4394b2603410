"""The target ``sharepoint`` through REST on-premises, against the simulator: the contract, and what only it does."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.simulators.graph.faults import After, Before, Lost, Refuse
from bridge.simulators.graph.messages import Answer
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
    SignInNeeded,
    Target,
    Throttled,
    Unreachable,
)
from bridge.targets.sharepoint.contacts import SharePointTarget
from bridge.targets.sharepoint.rest_http import RestHttp, new_session
from bridge.targets.sharepoint.rest_list import RestList
from storage_plugin.model.contact import Url
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT
from tests.contract.targets import FLAG
from tests.simulators.sharepoint.office import CONTACTS
from tests.simulators.sharepoint.server import PASSWORD, USER, Server
from tests.targets.test_sharepoint import ListContract


def new_target(server: Server, folder: str = "", password: str = PASSWORD, name: str = CONTACTS) -> SharePointTarget:
    """A target on the server's site, whose waits take no time; made while the loop runs."""

    async def sleep(seconds: float) -> None:
        server.clock.advance(seconds=seconds)

    http = RestHttp(new_session(), server.site.address, USER, password, sleep, lambda: server.clock().timestamp())
    return SharePointTarget(RestList(http, name, server.clock), folder)


def list_target(server: Server, **said: str) -> SharePointTarget:
    """The same, made from outside the loop."""

    async def made() -> SharePointTarget:
        return new_target(server, **said)

    return server.run(made())


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.site.refuses = lambda values: "It is refused." if values.get("FirstName") == "Refused" else ""
    yield server
    server.close()
    assert server.judge.verdict() == []


class TestOnPremises(ListContract):
    """A fresh list, with the columns that every contacts list has."""

    EXAMPLES = 10

    @pytest.fixture
    def runner(self, server):
        return server

    @pytest.fixture
    def connect(self, server: Server) -> Callable[[], Target]:
        return lambda: list_target(server)


class TestOnPremisesWithSiteColumns(TestOnPremises):
    """A list to which somebody added all the columns that Outlook knows."""

    @pytest.fixture
    def connect(self, server: Server) -> Callable[[], Target]:
        server.site.add_list(CONTACTS).add_site_columns()
        return lambda: list_target(server)


@pytest.fixture
def folder(server: Server) -> Iterator[Folder]:
    target = list_target(server)
    yield Folder(server, target, FLAG)
    server.run(target.close())


def test_ntlm_signs_in_a_connection_once(server, folder):
    for number in range(5):
        folder.create(BERT, number)
    assert server.server.logins == 1


def test_ntlm_is_spoken_where_only_negotiate_is_offered(server):
    server.server.sign_in.offered = ("Negotiate",)
    folder = Folder(server, list_target(server), FLAG)
    assert folder.all() == {}
    server.run(folder.target.close())


def test_an_address_that_is_no_sharepoint_is_told(server, folder):
    server.server.answer = lambda request: Answer(200, {"hello": "I am a login page"})
    steps = server.run(_steps(folder.target))
    assert "not as SharePoint does" in steps[-1].cure
    with pytest.raises(Unreachable):
        folder.changes()


def test_a_wrong_password_is_told(server):
    target = list_target(server, password="wrong")
    *_, last = server.run(_steps(target))
    assert not last.passed and "Check the user name" in last.cure
    with pytest.raises(SignInNeeded):
        server.run(target.open(FLAG))
    server.run(target.close())


def test_basic_is_not_used_without_https(server):
    server.server.sign_in.offered = ('Basic realm="office"',)
    target = list_target(server)
    with pytest.raises(SignInNeeded, match="no way to sign in"):
        server.run(target.open(FLAG))
    server.run(target.close())


def test_a_form_digest_is_renewed_before_it_runs_out(server, folder):
    asked = []
    server.server.observers.append(lambda request, _: asked.append(request.line))
    folder.create(BERT, 1)
    server.clock.advance(seconds=server.server.behaviour.digest_seconds - 90)
    folder.create(BERT, 2)
    assert not any("contextinfo" in line for line in asked)
    server.clock.advance(seconds=60)
    folder.create(BERT, 3)
    assert sum("contextinfo" in line for line in asked) == 1
    assert len(folder.all()) == 3


def test_a_form_digest_that_the_server_forgot_is_renewed_and_the_write_sent_again(server, folder):
    server.server.forget_digests()
    folder.create(ANNA)
    assert len(folder.all()) == 1


def test_hyperlinks_are_mirrored(server, folder):
    item = folder.create(replace(ANNA, urls=(Url("https://a.example", "work"),)))
    (row,) = server.list.rows.values()
    assert row.values["WebPage"] == {"Url": "https://a.example", "Description": "https://a.example"}
    assert folder.update(item, replace(item.view, urls=())).view.urls == ()
    assert "WebPage" not in row.values


def test_columns_are_added_under_their_internal_names(server, folder):
    columns = {name: column.label for name, column in server.list.columns.items() if name.startswith("Biz")}
    assert columns == {"BizId": "Contact Bridge", "BizCategories": "Categories"}
    assert server.list.columns["BizCategories"].fill_in
    assert server.list.columns["BizId"].indexed and server.list.columns["BizId"].unique


def test_an_identity_column_that_lost_its_index_is_indexed_again(server, folder):
    server.list.columns["BizId"].indexed = False
    again = Folder(server, list_target(server), FLAG)
    assert server.list.columns["BizId"].indexed
    server.run(again.target.close())


def test_a_change_between_reading_and_writing_is_not_overwritten(server, folder):
    item = folder.create(ANNA)
    edit = Before(lambda: server.list.put(server.list.row(int(item.id)), {"JobTitle": "theirs"}))
    server.faults.add(edit, r"POST .*/items\(1\)$")
    with pytest.raises(Changed):
        folder.update(item, replace(item.view, job_title="ours"))
    assert folder.read(item).view.job_title == "theirs"


def test_a_change_right_after_ours_is_not_taken_for_ours(server, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    edit = After(lambda: server.list.put(server.list.row(int(item.id)), {"JobTitle": "theirs"}))
    server.faults.add(edit, r"POST .*/items\(1\)$")
    told = folder.update(item, replace(item.view, company="ours"))
    assert (told.version, told.view.company, told.view.job_title) == ("unknown", "ours", "Head of Sales")
    assert [each.view.job_title for each in folder.changes(cursor).items] == ["theirs"]


def test_what_is_deleted_is_in_the_recycle_bin_and_can_come_back(server, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    folder.delete(item)
    assert int(item.id) in server.list.bin
    gone = folder.changes(cursor)
    assert (gone.items, gone.removed) == ([], [item.id])
    server.list.restore(int(item.id))
    assert [each.id for each in folder.changes(gone.cursor).items] == [item.id]


def test_the_change_log_is_read_to_its_end(server, folder):
    server.server.behaviour.changes_page = 3
    cursor = folder.changes().cursor
    ids = {folder.create(BERT, number).id for number in range(10)}
    assert {each.id for each in folder.changes(cursor).items} == ids


@pytest.mark.parametrize("expired", ["silent", "error"])
def test_a_change_token_that_expired_hides_no_change(server, folder, expired):
    server.server.behaviour.expired = expired
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    server.list.put(server.list.row(int(item.id)), {"JobTitle": "theirs"})
    server.clock.advance(days=61)
    with pytest.raises(CursorExpired):
        folder.changes(cursor)
    assert [each.view.job_title for each in folder.changes().items] == ["theirs"]


def test_a_change_token_whose_age_nobody_knows_is_not_used(server, folder):
    """It was read while our clock was ahead."""
    ahead = (server.clock() + timedelta(days=365)).isoformat()
    cursor = f"{ahead} {folder.changes().cursor.partition(' ')[2]}"
    server.clock.advance(days=61)
    with pytest.raises(CursorExpired):
        folder.changes(cursor)


def test_a_token_that_is_asked_now_and_then_never_expires_though_nothing_changes(server, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    for _ in range(4):
        server.clock.advance(days=29)
        feed = folder.changes(cursor)
        assert not feed.full
        cursor = feed.cursor
    server.list.put(server.list.row(int(item.id)), {"JobTitle": "theirs"})
    assert [each.view.job_title for each in folder.changes(cursor).items] == ["theirs"]


def test_the_cursor_of_a_time_before_a_restored_backup_is_not_used(server, folder):
    folder.create(ANNA)
    server.clock.advance(days=2)
    cursor = folder.changes().cursor
    server.clock.advance(days=-1)
    with pytest.raises(CursorExpired):
        folder.changes(cursor)


def test_a_list_that_somebody_removed_is_told_and_not_made_again(server, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    server.site.remove_list(server.list)
    ways = [
        lambda: folder.target.open(FLAG),
        lambda: folder.target.changes(cursor, {}),
        lambda: folder.target.items([item.id]),
        lambda: folder.target.stamped([stamp(1)]),
        lambda: folder.target.apply([Create(item.view, stamp(2))]),
    ]
    for way in ways:
        with pytest.raises(FolderGone):
            server.run(way())
    assert server.site.lists == {}


def test_a_full_site_is_told(server, folder):
    server.site.full = True
    with pytest.raises(Full):
        folder.create(ANNA)


def test_a_permission_that_was_taken_back_is_told(server, folder):
    server.site.may.discard("write")
    with pytest.raises(Forbidden):
        folder.create(ANNA)


@pytest.mark.parametrize("kind", [URL, NUMBER])
def test_a_column_of_another_type_under_our_name_is_told(server, kind):
    server.site.add_list(CONTACTS).columns["CustomerID"] = Column("CustomerID", kind)
    target = list_target(server)
    with pytest.raises(FolderGone, match="a column CustomerID of another type"):
        server.run(target.open(FLAG))
    server.run(target.close())


def test_columns_that_may_not_be_added_are_told_in_one_sentence(server):
    server.site.add_list(CONTACTS)
    server.site.may.discard("manage")
    target = list_target(server)
    with pytest.raises(Forbidden, match="may not add them"):
        server.run(target.open(FLAG))
    server.run(target.close())


@pytest.mark.parametrize("status", [429, 503])
def test_a_throttle_is_waited_for_to_the_letter_or_told(server, folder, status):
    before = server.clock()
    server.faults.add(Refuse(status, "-1", retry_after=17), r"/items$")
    folder.create(ANNA, 1)
    assert (server.clock() - before).total_seconds() == 17
    server.faults.add(Refuse(status, "-1", retry_after=200), r"/items$", times=9)
    with pytest.raises(Throttled) as told:
        folder.create(ANNA, 2)
    assert told.value.retry_after == 200


def test_a_server_that_is_down_is_told(server, folder):
    server.faults.add(Refuse(503, "-1"), "items", times=None)
    with pytest.raises(Unreachable):
        folder.do(*(Create(folder.target.shape.view(ANNA).view, stamp(number)) for number in (1, 2)))


def test_a_lost_create_is_found_by_its_identity_and_refused_a_second_time(server, folder):
    server.faults.add(Lost(), r"POST .*/items$")
    with pytest.raises(Unreachable):
        folder.create(ANNA, 4)
    assert len(folder.stamped(4)) == 1
    with pytest.raises(Rejected, match="duplicate"):
        folder.create(ANNA, 4)
    assert len(folder.all()) == 1


def test_a_lost_update_and_a_lost_deletion_show_at_the_next_reading(server, folder):
    item, other = folder.create(ANNA, 1), folder.create(BERT, 2)
    cursor = folder.changes().cursor
    for pattern, way in (
        (r"POST .*/items\(1\)$", lambda: folder.update(item, replace(item.view, job_title="ours"))),
        (r"recycle", lambda: folder.delete(other)),
    ):
        server.faults.add(Lost(), pattern)
        with pytest.raises(Unreachable):
            way()
    feed = folder.changes(cursor)
    assert ([each.view.job_title for each in feed.items], feed.removed) == (["ours"], [other.id])


@pytest.mark.parametrize("rows", [600, 5_001])
def test_a_list_beyond_the_threshold_is_paged_by_id_and_a_stamp_found_by_the_indexed_column(server, folder, rows):
    item = folder.create(ANNA, 4)
    server.list.threshold = min(rows - 1, 5_000)
    now = server.clock()
    for id in range(2, rows + 1):
        server.list.rows[id] = Row(id, {"Title": f"Person {id}"}, now, now)
    assert [each.id for each in folder.stamped(4)] == [item.id]
    assert len(folder.all()) == rows
    server.list.columns["BizId"].indexed = False
    with pytest.raises(Forbidden, match="index the column BizId"):
        folder.stamped(4)


async def _steps(target):
    return [step async for step in target.check()]
