"""Where a SharePoint Server fails over one row, the others go on and that one is named; nothing is taken for gone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.simulators.graph.faults import Refuse
from bridge.targets.base import Create, Delete, Rejected, Unreachable, Unreadable, Unsure, Update
from bridge.targets.sharepoint.rest_reading import AT_ONCE
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT
from tests.contract.targets import FLAG
from tests.simulators.sharepoint.server import Server
from tests.targets.test_sharepoint_rest import list_target

FAILS = Refuse(500, "-2147024809, System.ArgumentException", "Value does not fall within the expected range.")
DOWN = Refuse(502, "", "Bad Gateway")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()
    assert server.judge.verdict() == []


@pytest.fixture
def folder(server: Server) -> Iterator[Folder]:
    target = list_target(server)
    yield Folder(server, target, FLAG)
    server.run(target.close())


def creates(folder: Folder, count: int) -> list[Create]:
    return [Create(folder.target.shape.view(ANNA).view, stamp(number)) for number in range(count)]


def fill(server: Server, count: int) -> None:
    """Straight into the store."""
    for number in range(count):
        server.list.add({"Title": f"Person {number}"})


@pytest.mark.parametrize("fault", [FAILS, DOWN], ids=["500", "502"])
def test_a_row_over_whose_creation_the_server_fails_does_not_stop_the_others(server, folder, fault):
    server.faults.add(fault, r"POST .*/items$", skip=1, times=1)
    first, second, third = folder.answers(*creates(folder, 3))
    assert isinstance(first, Item) and isinstance(second, Unsure) and isinstance(third, Item)


def test_a_row_over_whose_change_and_deletion_the_server_fails_does_not_stop_the_others(server, folder):
    one, two, three, four = (folder.create(BERT, number) for number in range(4))
    server.faults.add(FAILS, rf"POST .*/items\({one.id}\)$")
    server.faults.add(FAILS, rf"POST .*/items\({three.id}\)/recycle")
    after = replace(one.view, job_title="Chief")
    changes = [Update(each.id, each.version, each.view, after, each.stamp) for each in (one, two)]
    failed, changed, left, gone = folder.answers(*changes, *(Delete(each.id, each.version) for each in (three, four)))
    assert isinstance(failed, Unsure) and isinstance(left, Unsure)
    assert isinstance(changed, Item) and changed.view.job_title == "Chief" and gone is None
    assert folder.all().keys() == {one.id, two.id, three.id}


def test_a_look_before_a_deletion_at_which_the_server_fails_refuses_one_row(server, folder):
    one, two = folder.create(BERT, 1), folder.create(BERT, 2)
    server.faults.add(FAILS, rf"GET .*/items\({one.id}\)")
    refused, gone = folder.answers(Delete(one.id, one.version), Delete(two.id, two.version))
    assert isinstance(refused, Rejected) and gone is None


def test_a_change_that_cannot_be_read_afterwards_is_done(server, folder):
    item = folder.create(ANNA)
    server.faults.add(FAILS, r"GET .*/items\?", times=None)
    told = folder.update(item, replace(item.view, job_title="ours"))
    assert (told.version, told.view.job_title) == ("unknown", "ours")


def test_a_server_that_is_away_is_asked_for_no_more(server, folder):
    asked: list[str] = []
    server.server.observers.append(lambda request, _: asked.append(request.line))
    server.faults.add(DOWN, r"POST .*/items$", times=None)
    with pytest.raises(Unreachable):
        folder.answers(*creates(folder, 9))
    assert sum(line.endswith("/items") for line in asked) == 2


def test_a_server_that_gives_no_form_digest_fails_over_no_single_row(server, folder):
    server.server.forget_digests()
    server.faults.add(FAILS, "contextinfo", times=None)
    with pytest.raises(Unreachable):
        folder.answers(*creates(folder, 2))


@pytest.mark.parametrize("corrupt", [{7, 8, 9}, {1, 64, 500, 501, 600}], ids=str)
def test_rows_that_cannot_be_read_are_named_and_all_others_are_read(server, folder, corrupt):
    fill(server, 600)
    cursor = folder.changes().cursor
    server.list.corrupt = corrupt
    feed = folder.changes()
    assert feed.full and {int(id) for id in feed.unread} == corrupt
    assert sorted(int(item.id) for item in feed.items) == sorted(set(range(1, 601)) - corrupt)
    for id in (2, *corrupt):
        server.list.put(server.list.rows[id], {"JobTitle": "theirs"})
    since = folder.changes(cursor)
    assert {int(id) for id in since.unread} == corrupt
    assert [item.id for item in since.items] == ["2"] and since.removed == []
    assert all(words.startswith("SharePoint fails: ") for words in since.unread.values())


def test_a_row_that_cannot_be_read_is_not_one_that_is_not_there(server, folder):
    items = [folder.create(BERT, number) for number in range(3)]
    server.list.corrupt = {int(items[1].id)}
    with pytest.raises(Unreadable) as told:
        folder.items(*(item.id for item in items), "999")
    assert told.value.items.keys() == {items[1].id}
    with pytest.raises(Unreadable) as told:
        folder.stamped(0, 1, 2)
    assert told.value.items.keys() == {items[1].id}
    assert [item.id for item in folder.stamped(0, 2)] == [items[0].id, items[2].id]


def test_where_the_server_fails_over_all_rows_it_is_not_asked_for_each(server, folder):
    fill(server, 100)
    server.list.corrupt = set(server.list.rows)
    asked: list[str] = []
    server.server.observers.append(lambda request, _: asked.append(request.line))
    with pytest.raises(Unreachable):
        folder.changes()
    assert len(asked) < 4 * AT_ONCE


def test_a_server_that_fails_at_everything_is_told(server, folder):
    fill(server, 3)
    server.faults.add(FAILS, r"GET .*/items\?", times=None)
    with pytest.raises(Unreachable):
        folder.changes()


def test_a_connection_lost_in_the_middle_of_the_sign_in_is_no_wrong_password(server, folder):
    again = list_target(server)
    server.server.sign_in.drops = 1
    with pytest.raises(Unreachable):
        server.run(again.open(FLAG))
    server.run(again.open(FLAG))
    server.run(again.close())
