"""A target driven step by step from a test: one call, one answer, and an ItemError is raised."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bridge.targets.base import Create, Delete, Feed, ItemError, Operation, Step, Target, Update
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp


def stamp(number: int, book: str = "7") -> Stamp:
    """The stamp of contact ``number``."""
    return Stamp("c0ffee", book, ContactId(number))


class Folder:
    """A contacts folder seen through one connection."""

    def __init__(self, runner: asyncio.Runner, target: Target, flag: Flag | None = None) -> None:
        self.runner = runner
        self.target = target
        self.runner.run(target.open(flag))

    def create(self, contact: Contact, number: int = 1, **said: Any) -> Item:
        """Make an item of the view of ``contact``, with the stamp of contact ``number``."""
        operation = Create(self.target.shape.view(contact).view, stamp(number), **said)
        return self._item(operation)

    def update(self, item: Item, view: Contact, *, known: Contact | None = None, **said: Any) -> Item:
        """Bring an item from its view (or ``known``) to ``view``; stamp, number and flag stay if not said."""
        kept = {"stamp": item.stamp, "customer_number": item.customer_number, "flagged": item.flagged}
        return self._item(Update(item.id, item.version, known or item.view, view, **(kept | said)))

    def unmark(self, item: Item) -> Item:
        """Take out whatever shows that the item is mirrored."""
        return self.update(item, item.view, stamp=None, customer_number="", flagged=False)

    def foreign(self, contact: Contact) -> Item:
        """Make an item as the folder's owner does: without a mark."""
        return self.unmark(self.create(contact))

    def delete(self, item: Item) -> None:
        """Delete an item at its version."""
        assert self.do(Delete(item.id, item.version)) == [None]

    def do(self, *operations: Operation) -> list[Any]:
        """Apply operations in one batch; raise the first refusal."""
        answers = self.answers(*operations)
        for answer in answers:
            if isinstance(answer, ItemError):
                raise answer
        return answers

    def answers(self, *operations: Operation) -> list[Any]:
        """Apply operations in one batch."""
        answers = list(self.runner.run(self.target.apply(operations)))
        assert len(answers) == len(operations)
        return answers

    def changes(self, cursor: str | None = None, known: Mapping[ItemId, str] | None = None) -> Feed:
        """Read what changed since ``cursor``, or everything."""
        return self.runner.run(self.target.changes(cursor, known or {}))

    def all(self) -> dict[ItemId, Item]:
        """Read the whole folder."""
        feed = self.changes()
        assert feed.full and not feed.removed
        return {item.id: item for item in feed.items}

    def items(self, *ids: ItemId) -> Mapping[ItemId, Item]:
        """Read items whole."""
        return self.runner.run(self.target.items(ids))

    def read(self, item: Item) -> Item:
        """Read an item again."""
        return self.items(item.id)[item.id]

    def stamped(self, *numbers: int) -> list[Item]:
        """Find the items with the stamps of these contacts."""
        return list(self.runner.run(self.target.stamped([stamp(number) for number in numbers])))

    def photo(self, item: Item) -> bytes | None:
        """Read an item's picture."""
        return self.runner.run(self.target.photo(item.id))

    def check(self) -> list[Step]:
        """Check the connection."""

        async def steps() -> list[Step]:
            return [step async for step in self.target.check()]

        return self.runner.run(steps())

    def _item(self, operation: Operation) -> Item:
        (answer,) = self.do(operation)
        assert isinstance(answer, Item)
        return answer
