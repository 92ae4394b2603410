"""The contract of every target (``bridge.targets.base``).

A target's test is a subclass::

    class TestMemory(TargetContract):
        @pytest.fixture
        def connect(self) -> Iterator[Callable[[], Target]]:
            at = MemoryFolder()                      # one fresh folder for each test …
            at.faults.rejects.add("Refused")
            yield lambda: MemoryTarget(at)           # … and any number of connections to it

        def copy(self, folder: Folder, item: Item) -> None:
            folder.target.at.copy(item.id)           # what the owner does with copy and paste

and what else is special about it in the attributes below.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bridge.targets.base import Changed, Create, CursorExpired, Delete, Gone, Rejected, Target, Update
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.mirror import Flag, Item, ItemId
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT, JPEG, PEOPLE, PNG
from tests.effort import examples

FLAG = Flag("Business Contact")
SECRETS = ("päss:wörd", "a pässword", "YW5uYTpww6Rzczp3w7ZyZA==", "Bearer ")
"""What a log would show of the passwords and tokens of the tests."""
REFUSED = replace(BERT, formatted_name="Refused", given_name="Refused", family_name="")
Connect = Callable[[], Target]


def but_photo(item: Item) -> Item:
    """An item as a reading shows it that does not tell of photos."""
    return replace(item, photo=None)


class TargetContract:
    """What every target does. All contacts are written as the target's shape shows them."""

    PEOPLE: Any = PEOPLE
    """The contacts for the laws."""
    EXAMPLES = 25
    MANY = 10_000
    JPEG = JPEG
    REFUSES = True
    """Whether there is anything that the service refuses; the test makes it refuse REFUSED."""

    def as_held(self, view: Contact) -> Contact:
        """Give what the service makes of a view that is written."""
        return view

    def copy(self, folder: Folder, item: Item) -> None:
        """Copy an item as the folder's owner does, with all that is hidden in it."""
        raise NotImplementedError

    def fill(self, folder: Folder, count: int) -> None:
        """Make ``count`` items in the folder, in whichever way is quick."""
        views = (replace(BERT, formatted_name=f"Bert {at}", given_name=f"{at}") for at in range(count))
        operations = [Create(folder.target.shape.view(view).view, stamp(at)) for at, view in enumerate(views)]
        for at in range(0, count, folder.target.batch):
            folder.do(*operations[at : at + folder.target.batch])

    @pytest.fixture
    def runner(self) -> Iterator[asyncio.Runner]:
        with asyncio.Runner() as runner:
            yield runner

    @pytest.fixture
    def opened(self, runner: asyncio.Runner, connect: Connect) -> Iterator[Callable[[Flag | None], Folder]]:
        """A function that connects anew and opens the folder."""
        targets: list[Target] = []

        def make(flag: Flag | None) -> Folder:
            targets.append(connect())
            return Folder(runner, targets[-1], flag)

        yield make
        for target in targets:
            runner.run(target.close())

    @pytest.fixture
    def folder(self, opened: Callable[[Flag | None], Folder]) -> Folder:
        return opened(FLAG)

    @pytest.fixture
    def owner(self, folder: Folder, opened: Callable[[Flag | None], Folder]) -> Folder:
        """The same folder over another connection, to which all categories are alike."""
        return opened(None)

    def view(self, folder: Folder, contact: Contact) -> Contact:
        return self.as_held(folder.target.shape.view(contact).view)

    # Opening

    def test_a_check_passes_step_by_step(self, folder: Folder) -> None:
        steps = folder.check()
        assert steps and all(step.passed and step.name and not step.cure for step in steps)
        assert folder.all() == {}

    def test_a_fresh_folder_is_empty_and_has_a_name(self, folder: Folder) -> None:
        assert folder.target.folder
        assert folder.all() == {}

    def test_a_folder_that_is_known_is_found_again(self, folder: Folder, connect: Connect) -> None:
        item = folder.create(ANNA)
        again = connect()
        again.folder = folder.target.folder
        found = Folder(folder.runner, again, FLAG)
        assert found.all().keys() == {item.id} and found.read(item) == folder.read(item)
        assert found.target.folder == folder.target.folder
        folder.runner.run(again.close())

    # Creating and finding

    def test_what_is_created_is_as_answered(self, folder: Folder) -> None:
        item = folder.create(ANNA, customer_number="10001", flagged=True)
        assert item.view == self.view(folder, ANNA)
        assert (item.stamp, item.customer_number, item.flagged) == (stamp(1), "10001", True)
        assert but_photo(folder.read(item)) == but_photo(folder.all()[item.id]) == but_photo(item)

    def test_what_is_created_is_found_by_its_stamp(self, folder: Folder) -> None:
        anna, bert = folder.create(ANNA, 1), folder.create(BERT, 2)
        assert [but_photo(found) for found in folder.stamped(1)] == [but_photo(anna)]
        assert sorted(item.id for item in folder.stamped(3, 2, 1)) == sorted([anna.id, bert.id])
        folder.create(BERT, 12)
        assert [found.id for found in folder.stamped(1)] == [anna.id]
        assert folder.stamped(21) == []
        assert folder.stamped() == []

    def test_a_stamp_of_another_book_is_another(self, folder: Folder) -> None:
        (item,) = folder.do(Create(folder.target.shape.view(ANNA).view, stamp(1, "8")))
        assert item.stamp == stamp(1, "8")
        assert folder.stamped(1) == []

    def test_a_copy_carries_the_stamp(self, folder: Folder) -> None:
        item = folder.create(ANNA, 5)
        self.copy(folder, item)
        found = folder.stamped(5)
        assert len({each.id for each in found}) == len(found) == 2
        assert [each.view for each in found] == [item.view] * 2

    def test_two_items_may_say_the_same(self, folder: Folder) -> None:
        assert folder.create(ANNA, 1).id != folder.create(ANNA, 2).id
        assert len(folder.all()) == 2

    # Changes

    def test_changes_come_from_the_cursor_on(self, folder: Folder, owner: Folder) -> None:
        kept, edited, deleted = (folder.create(ANNA, number) for number in (1, 2, 3))
        cursor = folder.changes().cursor
        now = owner.update(edited, replace(edited.view, job_title="Chief"))
        owner.delete(deleted)
        new = owner.create(BERT, 4)
        feed = folder.changes(cursor, {each.id: each.version for each in (kept, edited, deleted)})
        read = {item.id: item for item in feed.items}
        assert len(read) == len(feed.items)
        assert {now.id, new.id} <= read.keys() <= {kept.id, now.id, new.id}
        assert read[now.id].view.job_title == "Chief"
        assert deleted.id in feed.removed or feed.full
        assert not (set(feed.removed) | {deleted.id}) & (read.keys() | set(feed.unchanged))
        if feed.full:
            assert read.keys() | set(feed.unchanged) == {kept.id, now.id, new.id}

    def test_nothing_is_new_after_the_last_cursor(self, folder: Folder) -> None:
        item = folder.create(ANNA)
        cursor = folder.changes().cursor
        feed = folder.changes(cursor, {item.id: item.version})
        assert [each for each in feed.items if but_photo(each) != but_photo(item)] == []
        assert not feed.removed
        again = folder.changes(feed.cursor, {item.id: item.version})
        assert [each for each in again.items if but_photo(each) != but_photo(item)] == []

    def test_an_item_that_came_and_went_is_not_in_the_feed(self, folder: Folder) -> None:
        cursor = folder.changes().cursor
        item = folder.create(ANNA)
        folder.delete(item)
        feed = folder.changes(cursor)
        assert item.id not in {each.id for each in feed.items}
        assert folder.all() == {}

    def test_items_known_at_their_version_need_not_be_read(self, folder: Folder) -> None:
        anna, bert = folder.create(ANNA, 1), folder.create(BERT, 2)
        feed = folder.changes(None, {anna.id: anna.version, bert.id: "older", ItemId("elsewhere"): "1"})
        assert bert.id in {item.id for item in feed.items}
        assert {item.id for item in feed.items} | set(feed.unchanged) == {anna.id, bert.id}
        assert bert.id not in feed.unchanged

    def test_a_cursor_that_means_nothing_never_hides_a_change(self, folder: Folder) -> None:
        folder.create(ANNA)
        try:
            feed = folder.changes("not one of yours")
        except CursorExpired:
            return
        assert feed.full and len(feed.items) == 1

    @pytest.mark.slow
    def test_many_items_come_each_once(self, folder: Folder) -> None:
        self.fill(folder, self.MANY)
        feed = folder.changes()
        assert feed.full
        assert len(feed.items) == len({item.id for item in feed.items}) == self.MANY

    def test_nothing_of_a_contact_is_logged(self, folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        item = folder.create(ANNA)
        folder.update(item, replace(item.view, job_title="Chief"))
        folder.changes()
        folder.delete(folder.read(item))
        told = ("anna@example.com", "Müller", *SECRETS)
        logged = [record.getMessage() for record in caplog.records]
        assert [each for each in logged if any(word in each for word in told)] == []

    # Updating

    def test_an_update_writes_what_differs_and_nothing_else(self, folder: Folder) -> None:
        item = folder.create(ANNA, customer_number="7", flagged=True)
        known = replace(item.view, note="", emails=(), job_title="")
        new = folder.update(item, replace(known, job_title="Chief"), known=known)
        assert new.view == replace(item.view, job_title="Chief")
        assert (new.id, new.stamp, new.customer_number, new.flagged) == (item.id, stamp(1), "7", True)
        assert new.version != item.version
        assert but_photo(folder.read(item)) == but_photo(new)

    def test_what_is_taken_out_of_the_view_goes(self, folder: Folder) -> None:
        item = folder.create(ANNA)
        bare = replace(item.view, note="", company="", emails=item.view.emails[:1], phones=(), categories=())
        assert folder.update(item, bare).view == self.as_held(bare)
        assert folder.read(item).view == self.as_held(bare)

    def test_an_update_at_another_version_is_refused(self, folder: Folder, owner: Folder) -> None:
        item = folder.create(ANNA)
        now = owner.update(item, replace(item.view, note="theirs"))
        with pytest.raises(Changed):
            folder.update(item, replace(item.view, note="ours"))
        assert folder.read(item).view == now.view
        assert folder.read(item).view.note == "theirs"

    def test_one_update_after_the_other(self, folder: Folder) -> None:
        item = folder.create(ANNA)
        for title in ("One", "Two", "Three"):
            item = folder.update(item, replace(item.view, job_title=title))
        assert folder.read(item).view.job_title == "Three"

    # Deleting

    def test_what_is_deleted_is_gone(self, folder: Folder) -> None:
        item, other = folder.create(ANNA, 1), folder.create(BERT, 2)
        folder.delete(item)
        assert folder.items(item.id, other.id) == {other.id: folder.read(other)}
        assert folder.stamped(1) == []
        for again in (lambda: folder.delete(item), lambda: folder.update(item, replace(item.view, note="x"))):
            with pytest.raises(Gone):
                again()
        assert folder.photo(item) is None

    def test_a_deletion_at_another_version_is_refused(self, folder: Folder, owner: Folder) -> None:
        item = folder.create(ANNA)
        owner.update(item, replace(item.view, note="theirs"))
        with pytest.raises(Changed):
            folder.delete(item)
        assert folder.read(item).view.note == "theirs"

    def test_only_the_items_asked_for_are_read(self, folder: Folder) -> None:
        anna, bert, deleted = (folder.create(who, at) for at, who in enumerate((ANNA, BERT, ANNA), 1))
        folder.delete(deleted)
        assert folder.items(deleted.id) == folder.items() == {}
        assert folder.items(deleted.id, bert.id).keys() == {bert.id}
        assert folder.items(bert.id, anna.id).keys() == {anna.id, bert.id}

    # Batches and refusals

    def test_one_refusal_does_not_stop_the_others(self, folder: Folder, owner: Folder) -> None:
        changed, gone, kept, doomed = (folder.create(ANNA, number) for number in (1, 2, 3, 4))
        owner.update(changed, replace(changed.view, note="theirs"))
        owner.delete(gone)
        shown = folder.target.shape.view
        answers = folder.answers(
            Create(shown(REFUSED).view, stamp(5)),
            Update(changed.id, changed.version, changed.view, replace(changed.view, note="x"), stamp(1)),
            Update(gone.id, gone.version, gone.view, replace(gone.view, note="x"), stamp(2)),
            Update(kept.id, kept.version, kept.view, replace(kept.view, job_title="Chief"), stamp(3)),
            Delete(doomed.id, doomed.version),
            Create(shown(BERT).view, stamp(6)),
        )
        first = Rejected if self.REFUSES else Item
        assert [type(answer) for answer in answers] == [first, Changed, Gone, Item, type(None), Item], answers
        assert str(answers[0])
        assert answers[3].view.job_title == "Chief" and answers[5].stamp == stamp(6)
        assert len(folder.all()) == (3 if self.REFUSES else 4)
        assert len(folder.stamped(5, 4)) == (0 if self.REFUSES else 1)

    # Marks

    def test_unmarking_leaves_the_rest(self, folder: Folder, owner: Folder) -> None:
        item = folder.create(ANNA, customer_number="10001", flagged=True, photo=self.JPEG)
        bare = folder.unmark(item)
        assert (bare.stamp, bare.customer_number, bare.flagged) == (None, "", False)
        assert bare.view == item.view
        assert owner.read(item).view == self.view(folder, ANNA)
        assert bool(folder.photo(bare)) == bool(folder.read(bare).photo) == folder.target.shape.photo
        assert folder.stamped(1) == []

    def test_an_item_is_marked_when_it_is_adopted(self, folder: Folder) -> None:
        item = folder.foreign(ANNA)
        marked = folder.update(item, item.view, stamp=stamp(9), customer_number="10009", flagged=True)
        assert (marked.stamp, marked.customer_number, marked.flagged) == (stamp(9), "10009", True)
        assert marked.view == item.view
        assert [found.id for found in folder.stamped(9)] == [item.id]

    def test_the_flag_is_a_category_that_is_not_in_the_view(self, folder: Folder, owner: Folder) -> None:
        item = folder.create(ANNA, flagged=True)
        own = item.view.categories
        assert FLAG.name not in own
        assert set(owner.read(item).view.categories) == {*own, FLAG.name}
        lowered = folder.update(item, item.view, flagged=False)
        assert not lowered.flagged and lowered.view == item.view
        assert owner.read(item).view.categories == own
        assert folder.update(lowered, lowered.view, flagged=True).flagged

    def test_a_category_named_like_the_flag_is_no_flag(self, folder: Folder, owner: Folder) -> None:
        item = folder.create(replace(ANNA, categories=("Friends", FLAG.name)), flagged=False)
        assert not item.flagged
        assert item.view == self.view(folder, replace(ANNA, categories=("Friends",)))
        raised = folder.update(item, replace(item.view, categories=(FLAG.name, "Friends")), flagged=True)
        assert raised.flagged and raised.view == item.view
        assert sorted(owner.read(item).view.categories) == sorted([FLAG.name, "Friends"])

    def test_without_a_flag_categories_mean_nothing(self, folder: Folder, owner: Folder) -> None:
        item = owner.create(replace(ANNA, categories=("Friends",)), flagged=True)
        assert not item.flagged and item.view == self.view(owner, replace(ANNA, categories=("Friends",)))
        assert not folder.read(item).flagged

    # Photos

    def test_a_photo_comes_and_goes(self, folder: Folder) -> None:
        bare = folder.create(ANNA)
        if not folder.target.shape.photo:
            bare = folder.update(bare, replace(bare.view, job_title="x"), photo=self.JPEG)
            assert folder.read(bare).photo == "" and folder.photo(bare) is None
            return
        assert folder.read(bare).photo == "" and folder.photo(bare) is None
        first = folder.update(bare, bare.view, photo=self.JPEG)
        held = folder.photo(first)
        assert held and folder.read(first).photo == sha256(held).hexdigest()
        other = folder.update(first, replace(first.view, job_title="Chief"))
        assert folder.photo(other) == held
        gone = folder.update(other, other.view, photo=b"")
        assert folder.photo(gone) is None and folder.read(gone).photo == ""
        assert gone.view == other.view

    def test_a_contact_is_created_with_its_photo(self, folder: Folder) -> None:
        item = folder.create(ANNA, photo=self.JPEG)
        held = folder.photo(item)
        if not folder.target.shape.photo:
            assert held is None and folder.read(item).photo == ""
            return
        assert held and folder.read(item).photo == sha256(held).hexdigest()
        assert folder.all()[item.id].photo in (None, sha256(held).hexdigest())
        second = folder.update(item, item.view, photo=PNG)
        assert folder.photo(second) not in (held, None)

    # Laws

    @property
    def law(self) -> settings:
        """Hypothesis without a clock, and without shrinking where an example costs several requests."""
        phases = [Phase.generate] if self.EXAMPLES < 25 else list(Phase)
        checks = list(HealthCheck)
        return settings(
            max_examples=examples(self.EXAMPLES), deadline=None, suppress_health_check=checks, phases=phases
        )

    def test_law_what_is_created_reads_back_as_its_view(self, folder: Folder) -> None:
        numbers = count(1)

        @self.law
        @given(self.PEOPLE)
        def holds(contact: Contact) -> None:
            item = folder.create(contact, next(numbers))
            assert item.view == self.view(folder, contact)
            assert but_photo(folder.read(item)) == but_photo(item)

        holds()

    def test_law_what_is_updated_reads_back_as_the_new_view(self, folder: Folder) -> None:
        numbers = count(1)

        @self.law
        @given(self.PEOPLE, self.PEOPLE)
        def holds(first: Contact, second: Contact) -> None:
            item = folder.update(folder.create(first, next(numbers)), folder.target.shape.view(second).view)
            assert item.view == self.view(folder, second)
            assert but_photo(folder.read(item)) == but_photo(item)

        holds()

    def test_law_a_view_is_its_own_view(self, folder: Folder) -> None:
        shape = folder.target.shape

        @self.law
        @given(self.PEOPLE)
        def holds(contact: Contact) -> None:
            once = shape.view(contact)
            assert shape.view(once.view).view == once.view
            assert shape.view(contact, once) == once

        holds()

    def test_law_what_has_no_slot_waits_and_does_not_slide(self, folder: Folder) -> None:
        shape = folder.target.shape
        full = replace(
            ANNA,
            emails=tuple(Email(f"a{at}@example.com", "work") for at in range(5)),
            phones=tuple(Phone(f"+49 221 {at}", "work") for at in range(5)),
        )
        before = shape.view(full)
        for name in ("emails", "phones"):
            items, seen = getattr(full, name), getattr(before.view, name)
            fewer = replace(full, **{name: items[1:]})
            after = shape.view(fewer, before)
            assert getattr(after.view, name) == seen[1:]
            assert getattr(after.kept, name) == getattr(before.kept, name)
