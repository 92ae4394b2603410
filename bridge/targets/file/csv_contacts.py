"""The target "Outlook CSV": one file, each row a contact; the file is replaced as a whole with every batch.

A cursor is the fingerprint of the file. A row's id and version are told in ``bridge.targets.file.mapping``.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from bridge.targets.base import (
    Answer,
    Changed,
    Create,
    Feed,
    FolderGone,
    Gone,
    Operation,
    Step,
    Unreachable,
    Update,
)
from bridge.targets.file.client import Disk, translated
from bridge.targets.file.client import version_of as content_version
from bridge.targets.file.mapping import SHAPE, add_row, change_row, ids_of, item_of, version_of
from bridge.targets.file.table import Table
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp


class TableTarget:
    """The rows of one CSV file. ``folder`` is its path once it is known."""

    shape = SHAPE
    batch = 1_000

    def __init__(self, path: Path, *, folder: str = "", new_uid: Callable[[], str] = lambda: str(uuid4())) -> None:
        self.folder = folder
        self._path = path
        self._disk = Disk(path.parent)
        self._flag: Flag | None = None
        self._new_uid = new_uid

    async def check(self) -> AsyncIterator[Step]:
        """Look whether the file is there, or can be made, and may be written."""
        is_there, parent = self._path.is_file(), self._path.parent
        if not is_there and (self.folder or self._path.exists() or not parent.is_dir()):
            yield Step("find the file", False, f"There is no file {self._path}: bring it back, or choose another.")
            return
        yield Step("find the file", True)
        may_write = os.access(parent, os.W_OK | os.X_OK) and (not is_there or os.access(self._path, os.R_OK))
        yield Step("write", may_write, "" if may_write else f"Give this program the right to write into {parent}.")

    async def open(self, flag: Flag | None) -> None:
        """Find the file, or make it with Outlook's columns."""
        self._flag = flag
        if not self.folder and not self._path.exists():
            self._disk.write(self._path.name, Table(b"").content, "")
        await self._table()
        self.folder = str(self._path)

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Read the file; tell what is not as known, unless it is the same file, and all of it is known."""
        content = await self._content()
        now = content_version(content)
        items = _items(Table(content), self._flag).values()
        if cursor == now and known.items() <= {item.id: item.version for item in items}.items():
            return Feed((), (), now, full=False)
        there = [item.id for item in items if known.get(item.id) == item.version]
        news = [item for item in items if known.get(item.id) != item.version]
        return Feed(news, (), now, full=True, unchanged=there)

    async def items(self, ids: Sequence[ItemId]) -> Mapping[ItemId, Item]:
        """Read these rows."""
        items = _items(await self._table(), self._flag)
        return {id: items[id] for id in ids if id in items}

    async def stamped(self, stamps: Sequence[Stamp]) -> Sequence[Item]:
        """Look through all rows."""
        items = _items(await self._table(), self._flag)
        return [item for item in items.values() if item.stamp in set(stamps)]

    async def photo(self, id: ItemId) -> bytes | None:
        """A table holds no pictures."""
        return None

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Change the rows, then replace the file if nobody else has meanwhile."""
        content = await self._content()
        table = Table(content)
        ids = ids_of(table)
        answers = [self._do(table, ids, operation) for operation in operations]
        if table.content != content:
            try:
                await asyncio.to_thread(self._disk.write, self._path.name, table.content, content_version(content))
            except Changed as error:
                raise Unreachable("The file was changed while it was to be written.", 1) from error
        held = {id: item_of(table, at, id, self._flag) for at, id in enumerate(ids)}
        return [held[each] if isinstance(each, str) else each for each in answers]

    async def dispose(self, flag: Flag) -> None:
        """Remove the file."""
        with translated():
            await asyncio.to_thread(self._path.unlink)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _do(self, table: Table, ids: list[ItemId], operation: Operation) -> ItemId | Changed | Gone | None:
        """Do one operation on the table, whose rows bear ``ids``; give the id of the row that is to be answered."""
        if isinstance(operation, Create):
            ids.append(ItemId(self._new_uid()))
            add_row(table, operation, ids[-1], self._flag)
            return ids[-1]
        if operation.id not in ids:
            return Gone("There is no such row.")
        at = ids.index(operation.id)
        if version_of(table, at) != operation.version:
            return Changed("The row has changed.")
        if isinstance(operation, Update):
            change_row(table, at, operation.id, operation, self._flag)
            return operation.id
        del table.rows[at], ids[at]
        return None

    async def _table(self) -> Table:
        return Table(await self._content())

    async def _content(self) -> bytes:
        with translated():
            content = await asyncio.to_thread(self._disk.read, self._path.name)
        if content is None:
            raise FolderGone(f"The file {self._path} is not there any more.")
        return content


def _items(table: Table, flag: Flag | None) -> dict[ItemId, Item]:
    return {id: item_of(table, at, id, flag) for at, id in enumerate(ids_of(table))}
