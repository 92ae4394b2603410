"""The reference target keeps the contract, with its manners too; its faults are what they say."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bridge.targets.base import (
    Create,
    CursorExpired,
    Delete,
    FolderGone,
    Full,
    Rejected,
    SignInNeeded,
    Target,
    Throttled,
    Unreachable,
)
from bridge.targets.memory import MemoryTarget
from bridge.targets.memory_folder import Manners, MemoryFolder, as_exchange
from bridge.targets.shape import EVERYTHING, Room, Shape
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT
from tests.contract.targets import FLAG, TargetContract
from tests.unit.vcard.strategies import NORMAL_CONTACTS

NARROW = Shape(
    fields=frozenset({"formatted_name", "given_name", "middle_name", "family_name", "company", "job_title", "note"}),
    lists={
        "emails": Room({"*": 3}, frozenset({"address"})),
        "phones": Room(
            {"work": 2, "home": 2, "mobile": 1}, frozenset({"number", "kind"}), {"": "work", "main": "work"}
        ),
        "categories": Room({"*": None}),
    },
)
"""A folder with about the room of Graph's contact."""


class TestMemory(TargetContract):
    PEOPLE = NORMAL_CONTACTS
    MANY = 1_000

    @pytest.fixture
    def connect(self) -> Iterator[Callable[[], Target]]:
        at = MemoryFolder()
        at.faults.rejects.add("Refused")
        yield lambda: MemoryTarget(at)

    def copy(self, folder: Folder, item: Item) -> None:
        folder.target.at.copy(item.id)  # type: ignore[attr-defined]


class TestMemoryThatIsNarrowAndRewrites(TestMemory):
    MANY = 300

    @pytest.fixture
    def connect(self) -> Iterator[Callable[[], Target]]:
        at = MemoryFolder(NARROW, Manners(as_exchange, tells_photos=False, spares_known=False))
        at.faults.rejects.add("Refused")
        yield lambda: MemoryTarget(at)

    def as_held(self, view: Contact) -> Contact:
        return NARROW.view(as_exchange(view)).view


@pytest.fixture
def at() -> MemoryFolder:
    return MemoryFolder(EVERYTHING)


@pytest.fixture
def folder(at: MemoryFolder) -> Iterator[Folder]:
    with asyncio.Runner() as runner:
        yield Folder(runner, MemoryTarget(at), FLAG)


def test_an_answer_that_is_lost_was_done(at: MemoryFolder, folder: Folder) -> None:
    at.faults.after[len(at.requests) + 1] = Unreachable("The connection broke.")
    with pytest.raises(Unreachable):
        folder.create(ANNA)
    assert [item.view for item in folder.stamped(1)] == [ANNA]


def test_a_batch_breaks_in_the_middle(at: MemoryFolder, folder: Folder) -> None:
    at.faults.before[len(at.requests) + 2] = Throttled("Too many requests.", 7)
    with pytest.raises(Throttled) as caught:
        folder.answers(Create(ANNA, stamp(1)), Create(BERT, stamp(2)))
    assert caught.value.retry_after == 7
    assert [item.stamp for item in folder.all().values()] == [stamp(1)]
    folder.create(BERT, 2)


def test_a_contact_that_is_refused(at: MemoryFolder, folder: Folder) -> None:
    at.faults.rejects.add(BERT.formatted_name)
    with pytest.raises(Rejected, match="Bert Weber"):
        folder.create(BERT)
    item = folder.create(ANNA)
    with pytest.raises(Rejected):
        folder.update(item, replace(ANNA, formatted_name=BERT.formatted_name))
    assert folder.all() == {item.id: item}


def test_more_than_there_is_room_for_is_refused() -> None:
    with asyncio.Runner() as runner:
        folder = Folder(runner, MemoryTarget(MemoryFolder(NARROW)))
        with pytest.raises(Rejected):
            folder.do(Create(replace(ANNA, birthday="2000-01-01"), stamp(1)))


def test_a_cursor_expires(at: MemoryFolder, folder: Folder) -> None:
    cursor = folder.changes().cursor
    at.faults.cursor_expired = True
    with pytest.raises(CursorExpired):
        folder.changes(cursor)
    assert folder.changes().full


def test_a_folder_that_goes_away(at: MemoryFolder, folder: Folder) -> None:
    at.exists = False
    for ask in (folder.changes, lambda: folder.create(ANNA), lambda: Folder(folder.runner, folder.target)):
        with pytest.raises(FolderGone):
            ask()
    assert [step.passed for step in folder.check()] == [True, False]


def test_a_full_folder_takes_nothing_more(at: MemoryFolder, folder: Folder) -> None:
    item = folder.create(ANNA)
    at.faults.room = 1
    with pytest.raises(Full):
        folder.create(BERT)
    folder.update(item, replace(ANNA, note="still"))


def test_a_password_that_is_not_accepted_any_more(at: MemoryFolder, folder: Folder) -> None:
    at.faults.signed_out = True
    with pytest.raises(SignInNeeded):
        folder.changes()
    (step,) = folder.check()
    assert not step.passed and step.cure


def test_a_feed_with_repetitions(folder: Folder) -> None:
    folder.create(ANNA)
    cursor = folder.changes().cursor
    folder.target.at.manners = Manners(repeats=True)  # type: ignore[attr-defined]
    assert [item.view for item in folder.changes(cursor).items] == [ANNA, ANNA]


def test_the_folder_tells_what_was_asked_and_done(at: MemoryFolder, folder: Folder) -> None:
    item = folder.create(ANNA)
    folder.delete(item)
    assert at.requests == ["open", "create", "delete"]
    assert [type(write) for write in at.writes] == [Create, Delete]
