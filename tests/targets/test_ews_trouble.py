"""What Exchange, or what stands between, can do to the target ``ews``: nothing is lost, doubled, or repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bridge.simulators.graph.properties import TEXTS
from bridge.targets.base import Rejected, Throttled, Unreachable, Unreadable, Update
from bridge.targets.ews.contacts import EwsTarget
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder
from tests.contract.people import ANNA, JPEG
from tests.contract.targets import FLAG
from tests.mirror.crashing import HearingAdapter, Told
from tests.simulators.ews.office import EwsOffice
from tests.targets.hearing import Alter, Hearing, body, broken, half, page
from tests.targets.test_ews import ews_target, office

__all__ = ["office"]


@pytest.fixture
def hearing() -> Hearing:
    """What the target hears: all as it was said, unless a test says otherwise."""
    return Hearing(lambda answer: answer, times=0)


@pytest.fixture
def folder(office: EwsOffice, hearing: Hearing) -> Iterator[Folder]:
    target = ews_target(office)
    listen(target, office.ews.url, hearing)
    yield Folder(office, target, FLAG)  # type: ignore[arg-type]
    office.run(target.close())


def listen(target: EwsTarget, url: str, hearing: Hearing) -> None:
    protocol: Any = target.client.connection.account.protocol
    create = protocol.create_session

    def created() -> Any:
        session = create()
        session.mount(url, HearingAdapter(hearing))
        return session

    protocol.create_session = created


def hear(hearing: Hearing, alter: Alter, pattern: str, times: int = 1) -> None:
    hearing.alter, hearing.pattern, hearing.times = alter, pattern, times


def fails(id: str, kind: str = "GetItem") -> Alter:
    """Hear that the server fails over one item, or over one attachment."""

    def alter(answer: Told) -> Told:
        one = rb"<m:%sResponseMessage .*?</m:%sResponseMessage>" % ((kind.encode(),) * 2)
        messages = re.findall(one, answer.content, re.DOTALL)
        for message in messages:
            if id.encode() in message:
                said = (
                    b'<m:%sResponseMessage ResponseClass="Error"><m:MessageText>It is corrupt.</m:MessageText>'
                    b"<m:ResponseCode>ErrorItemCorrupt</m:ResponseCode>"
                    b"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey></m:%sResponseMessage>"
                ) % ((kind.encode(),) * 2)
                return replace(answer, content=answer.content.replace(message, said))
        return answer

    return alter


@pytest.mark.parametrize(
    "alter",
    [
        body(b""),
        half,
        broken,
        body(b"{}"),
        page(),
        page(404),
        page(502),
        page(302, Location="https://login.example/"),
    ],
    ids=["nothing", "half", "broken", "json", "a page", "a page that knows nothing", "bad gateway", "a redirect"],
)
def test_an_answer_that_is_not_exchanges_is_no_answer(folder, hearing, alter):
    for ask, pattern in ((lambda: folder.create(ANNA, 4), "CreateItem"), (folder.changes, "GetItem")):
        hear(hearing, alter, pattern)
        with pytest.raises(Unreachable) as told:
            ask()
        assert "\n" not in str(told.value) and "headers" not in str(told.value) and hearing.times == 0
    assert len(folder.all()) == len(folder.stamped(4)) == 1


def test_half_a_page_of_changes_is_none(folder, hearing):
    folder.create(ANNA)
    hear(hearing, half, "SyncFolderItems")
    with pytest.raises(Unreachable):
        folder.changes()


def test_a_throttle_in_the_words_of_a_proxy_is_a_throttle(folder, hearing):
    hear(hearing, page(429, **{"Retry-After": "99999999999"}), "SyncFolderItems")
    with pytest.raises(Throttled):
        folder.changes()


def test_a_sync_state_that_leads_to_itself_is_not_followed_for_ever(folder, hearing):
    folder.create(ANNA)

    said: list[bytes] = []

    def turn(answer: Told) -> Told:
        said.append(re.sub(rb"(IncludesLastItemInRange>)true", rb"\1false", answer.content))
        return replace(answer, content=said[0])

    hear(hearing, turn, "SyncFolderItems", times=99)
    with pytest.raises(Unreachable):
        folder.changes()
    assert sum("SyncFolderItems" in line for line in hearing.lines) < 5


def test_an_item_over_which_the_server_fails_is_named_and_the_others_are_read(office, folder, hearing):
    item, other = folder.create(ANNA, 1), folder.create(ANNA, 2)
    hear(hearing, fails(item.id), "GetItem", times=9)
    feed = folder.changes()
    assert [each.id for each in feed.items] == [other.id] and feed.unread.keys() == {item.id}
    assert (feed.removed, feed.unchanged) == ([], [])
    with pytest.raises(Unreadable):
        folder.items(item.id, other.id)
    refused, done = folder.answers(
        *(Update(each.id, each.version, each.view, each.view, each.stamp) for each in (item, other))
    )
    assert isinstance(refused, Rejected) and isinstance(done, Item)


def test_an_item_whose_picture_cannot_be_read_is_not_one_without_a_picture(office, folder, hearing):
    item, other = folder.create(ANNA, 1, photo=JPEG), folder.create(ANNA, 2)
    office.anna.put(office.anna.item(item.id), {TEXTS["jobTitle"]: "Chief"})
    hear(hearing, fails("", "GetAttachment"), "GetAttachment", times=9)
    feed = folder.changes()
    assert feed.unread.keys() == {item.id} and [each.id for each in feed.items] == [other.id]
    with pytest.raises(Unreadable, match=r"^The picture cannot be read"):
        folder.items(item.id)
