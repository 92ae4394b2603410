"""``mirror check --live``: it tries everything, says what to do where something fails, and always cleans up."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.mirroring.self_test import NAME, STAMP, picture, self_test
from bridge.simulators.graph.faults import Refuse
from bridge.targets.base import Changed, Forbidden, Step, Unreachable
from bridge.targets.memory import MemoryTarget
from bridge.targets.memory_folder import MemoryFolder
from tests.mirror.crashing import Death, Killed, MortalTarget
from tests.mirror.office import person
from tests.simulators.graph.office import Office as Graph
from tests.targets.test_graph import new_target

STEPS = (
    *("create a contact", "read it back", "find it by its hidden mark", "category", "picture", "change it"),
    *("hear of the change", "notice a conflict", "delete it", "clean up"),
)


async def no_pause(_seconds: float) -> None:
    pass


def tried(target) -> tuple[bool, list[Step]]:
    said: list[Step] = []
    return asyncio.run(self_test(target, said.append, no_pause)), said


def failed(said: list[Step]) -> list[str]:
    return [step.name for step in said if not step.passed]


def test_all_steps_pass_and_nothing_is_left():
    at = MemoryFolder()
    passed, said = tried(MemoryTarget(at))
    assert passed and [step.name for step in said][-len(STEPS) :] == list(STEPS)
    assert (at.exists, at.held) == (False, {})


@pytest.mark.parametrize("number", range(1, 20))
def test_a_request_that_fails_says_what_to_do_and_leaves_nothing(number):
    at = MemoryFolder()
    at.faults.before[number] = Unreachable("The service is down.", 7)
    passed, said = tried(MemoryTarget(at))
    if number > len(at.requests):
        assert passed
        return
    assert not passed and len(failed(said)) == 1
    (step,) = (step for step in said if not step.passed)
    assert "The service is down. " in step.cure and ("Try again in 7 seconds." in step.cure or "next" in step.cure)
    if step.name != "clean up" and number > 1:
        assert (at.exists, at.held) == (False, {})
    else:
        assert tried(MemoryTarget(at))[0] and at.held == {}


def test_an_interrupted_self_test_is_cleaned_up_by_the_next():
    deaths, left = 0, 0
    while True:
        at, death = MemoryFolder(), Death(deaths, once=True)
        try:
            asyncio.run(self_test(MortalTarget(MemoryTarget(at), death), lambda step: None, no_pause))
        except Killed:
            left += bool(at.held)
        else:
            break
        death.at = None
        passed, said = tried(MemoryTarget(at))
        assert passed and (at.exists, at.held) == (False, {}), f"killed at {deaths}: {failed(said)}"
        deaths += 1
    assert deaths > 20 and left == 0, "the clean-up runs in any case, unless the machine dies"


def test_what_a_dead_machine_left_is_removed_by_the_next():
    at = MemoryFolder()
    at.exists = True
    at.add(person("Selma Selftest"), stamp=str(STAMP))
    passed, said = tried(MemoryTarget(at))
    assert passed and "an earlier self-test" in next(step.cure for step in said if NAME in step.name)
    assert at.held == {}


def test_contacts_of_somebody_in_the_folder_are_not_touched():
    at = MemoryFolder()
    at.exists = True
    at.add(person("Old Friend"))
    at.add(person("Mirrored Friend"), stamp="c0ffee:7:1")
    before = dict(at.held)
    passed, said = tried(MemoryTarget(at))
    assert not passed and "2 contacts of somebody's" in said[-2].cure
    assert at.held == before and at.exists


class Manners(MemoryTarget):
    """A folder that does one thing wrongly."""

    wrong = ""

    def _do(self, operation):
        if self.wrong == "change it" and type(operation).__name__ == "Update":
            operation = replace(operation, view=operation.known)
        if self.wrong == "create a contact" and type(operation).__name__ == "Create":
            raise Changed("No.")
        return super()._do(operation)

    def _at_version(self, id, version):
        return self.at.held[id] if self.wrong == "notice a conflict" else super()._at_version(id, version)

    def _item(self, id, *, is_feed=False):
        item = super()._item(id, is_feed=is_feed)
        match self.wrong:
            case "read it back":
                return replace(item, view=replace(item.view, phones=()))
            case "category":
                return replace(item, flagged=False)
            case "hear of the change" if is_feed:
                return replace(item, view=replace(item.view, job_title=""))
        return item

    async def stamped(self, stamps):
        return [] if self.wrong == "find it by its hidden mark" else await super().stamped(stamps)

    async def photo(self, id):
        return None if self.wrong == "picture" else await super().photo(id)


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        ("create a contact", "The service refuses: No."),
        ("read it back", "--field phones=keep"),
        ("find it by its hidden mark", "do not mirror into it"),
        ("category", "--no-category"),
        ("picture", "--field photo=keep"),
        ("change it", "--no-export"),
        ("hear of the change", "--full"),
        ("notice a conflict", "--no-export"),
    ],
)
def test_what_a_service_cannot_do_is_named_with_its_cure(wrong, cure):
    at = MemoryFolder()
    target = Manners(at)
    target.wrong = wrong
    passed, said = tried(target)
    assert not passed and failed(said) == [wrong]
    assert cure in next(step.cure for step in said if not step.passed)
    assert at.held == {}


@pytest.fixture
def graph() -> Iterator[Graph]:
    graph = Graph()
    yield graph
    graph.close()
    assert graph.judge.verdict() == []


def live(graph: Graph) -> tuple[bool, list[Step]]:
    said: list[Step] = []

    async def work() -> bool:
        target = new_target(graph, name=NAME)
        try:
            return await self_test(target, said.append, no_pause)
        finally:
            await target.close()

    return graph.run(work()), said


def names(graph: Graph, path: str) -> list[str]:
    return [each["displayName"] for each in graph.ask(f"GET {path}").value]


def test_a_mailbox_is_tried_out_in_a_folder_of_its_own_and_left_as_it_was(graph):
    graph.create(givenName="Old", surname="Friend")
    before = names(graph, "/me/contactFolders"), names(graph, "/me/outlook/masterCategories")
    passed, said = live(graph)
    assert passed, failed(said)
    assert [step.name for step in said][-len(STEPS) :] == list(STEPS)
    assert (names(graph, "/me/contactFolders"), names(graph, "/me/outlook/masterCategories")) == before
    assert len(graph.ask("GET /me/contacts").value) == 1


def test_a_mailbox_that_takes_no_picture_is_told_so_and_cleaned_up(graph):
    graph.graph.faults.add(Refuse(503, "serviceNotAvailable"), r"PUT .*photo", times=1)
    passed, said = live(graph)
    assert not passed and failed(said) == ["picture"]
    assert NAME not in names(graph, "/me/contactFolders")


def test_the_default_folder_is_never_removed(graph):
    async def work() -> None:
        target = new_target(graph)
        try:
            await target.open(None)
            with pytest.raises(Forbidden):
                await target.client.remove_folder()
        finally:
            await target.close()

    graph.run(work())


def test_the_picture_is_a_jpeg():
    data, at, markers = picture(), 2, []
    while markers[-1:] != [0xDA]:
        assert data[at] == 0xFF
        markers.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    assert data[:2] == b"\xff\xd8" and markers == [0xE0, 0xDB, 0xC0, 0xC4, 0xC4, 0xDA]
    assert (len(data) - at, data[-2:]) == (64 * 2 // 8 + 2, b"\xff\xd9"), "two bits for each of 64 blocks"
