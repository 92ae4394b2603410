"""A target behind a field map: whoever asks sees our fields, the folder has them where the map says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from bridge.targets.base import Answer, Create, Feed, Operation, Step, Target, Update
from bridge.targets.field_map import FieldMap
from bridge.targets.shape import Shape, View
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import NOTHING, Flag, Item, ItemId, Stamp


class MappedTarget:
    """``bridge.targets.base.Target``; what the map leaves out of an item is not seen, and stays as it is."""

    def __init__(self, target: Target, map: FieldMap) -> None:
        self.target = target
        self.map = map
        self.batch = target.batch

    @property
    def shape(self) -> Shape:
        """Give what the folder can hold, in our terms (some targets know it only when they are open)."""
        return self.map.shape(self.target.shape)

    @shape.setter
    def shape(self, shape: Shape) -> None:
        raise AttributeError("the shape is the target's")

    @property
    def folder(self) -> str:
        """Name the folder."""
        return self.target.folder

    @folder.setter
    def folder(self, folder: str) -> None:
        self.target.folder = folder

    def check(self) -> AsyncIterator[Step]:
        """Check the connection."""
        return self.target.check()

    async def open(self, flag: Flag | None) -> None:
        """Find or make the folder."""
        await self.target.open(flag)

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Read what changed."""
        feed = await self.target.changes(cursor, known)
        return replace(feed, items=[self._seen(each) for each in feed.items])

    async def items(self, ids: Sequence[ItemId]) -> Mapping[ItemId, Item]:
        """Read items."""
        return {id: self._seen(each) for id, each in (await self.target.items(ids)).items()}

    async def stamped(self, stamps: Sequence[Stamp]) -> Sequence[Item]:
        """Find items by their stamps."""
        return [self._seen(each) for each in await self.target.stamped(stamps)]

    async def photo(self, id: ItemId) -> bytes | None:
        """Read a picture."""
        return await self.target.photo(id)

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Do the operations; lists of which we do not see all are read before they are written."""
        ids = [each.id for each in operations if isinstance(each, Update) and self._is_blind(each)]
        held = await self.target.items(ids) if ids else {}
        answers = await self.target.apply([self._said(each, held) for each in operations])
        return [self._seen(each) if isinstance(each, Item) else each for each in answers]

    async def close(self) -> None:
        """Give back connections."""
        await self.target.close()

    def _seen(self, item: Item) -> Item:
        return replace(item, view=self.map.inward(item.view))

    def _said(self, operation: Operation, held: Mapping[ItemId, Item]) -> Operation:
        if isinstance(operation, Create):
            return replace(operation, view=self.map.outward(operation.view))
        if not isinstance(operation, Update):
            return operation
        item = held.get(operation.id)
        if item is None or item.version != operation.version:  # then it is refused, or concerns what we see alone
            known, view = self.map.outward(operation.known), self.map.outward(operation.view)
        else:
            known, view = (
                self._in_order(self.map.onto(item.view, each)) for each in (operation.known, operation.view)
            )
        return replace(operation, known=known, view=view)

    def _in_order(self, view: Contact) -> Contact:
        return self.target.shape.view(view, View(view, NOTHING)).view

    def _is_blind(self, update: Update) -> bool:
        changed = [name for name in self.map.kinds if getattr(update.known, name) != getattr(update.view, name)]
        return any(self.map.hides(name) for name in changed)


def behind(target: Target) -> Target:
    """Give the target itself, where there is a field map before it."""
    return target.target if isinstance(target, MappedTarget) else target
