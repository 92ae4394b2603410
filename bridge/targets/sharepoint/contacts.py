"""The target ``sharepoint``: one contacts list of a site, over either way (``graph_list``, ``rest_list``).

Rows are told apart by their ID, versions by the ETag of the row, which goes along with each change and deletion.
What is deleted goes into the site's recycle bin. Lists hold no pictures: the site column ``Photo`` is the address of
one that lies elsewhere (type URL), ``BCPicture`` is no column ([MS-OUTSPS] gives it no field id), and a file attached
to a row is shown by no program as a contact's picture. Verified against a simulator alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from bridge.targets.base import (
    Answer,
    Changed,
    Create,
    Delete,
    Feed,
    Forbidden,
    ItemError,
    Operation,
    Step,
    Unreadable,
)
from bridge.targets.sharepoint.columns import DEFAULT, IDENTITY, OWN, Columns, shape_of
from bridge.targets.sharepoint.lists import (
    Change,
    ContactsList,
    Done,
    Insert,
    Read,
    Recycle,
    Write,
    no_columns,
    other_column,
)
from bridge.targets.sharepoint.mapping import Row, Values, categories_of, changes_of, item_of, marks, values_of
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp


class SharePointTarget:
    """``bridge.targets.base.Target`` over a list of SharePoint; ``shape`` follows the list's columns."""

    def __init__(self, at: ContactsList, folder: str = "") -> None:
        self.at = at
        self.at.folder = folder
        self.batch = at.batch
        self.columns: Columns = DEFAULT
        self.shape = shape_of(DEFAULT)
        self.flag: Flag | None = None

    @property
    def folder(self) -> str:
        """Give the list's id."""
        return self.at.folder

    @folder.setter
    def folder(self, id: str) -> None:
        self.at.folder = id

    def check(self) -> AsyncIterator[Step]:
        """Check sign-in, site and list; change nothing."""
        return self.at.steps()

    async def open(self, flag: Flag | None) -> None:
        """Find or make the list, and the columns that it needs; raise FolderGone."""
        self.flag = flag
        columns = await self.at.find()
        columns = await self._with_own(columns)
        for column in OWN:
            if columns[column.name].kind is not column.kind:
                raise other_column(column)
        self.columns = columns
        self.shape = shape_of(columns)

    async def _with_own(self, columns: Columns) -> Columns:
        """Add the columns of our own that are missing."""
        there = dict(columns)
        for column in OWN:
            if column.name not in there:
                try:
                    await self.at.add(column)
                except Changed as error:
                    raise other_column(column) from error
                except (ItemError, Forbidden) as error:
                    raise no_columns(str(error)) from error
                there[column.name] = column
        if not there[IDENTITY.name].indexed:
            try:
                await self.at.index(IDENTITY)
            except (ItemError, Forbidden) as error:
                raise no_columns(str(error)) from error
        return there

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Read what changed; rows come whole, so that ``known`` spares nothing."""
        told = await self.at.changes(cursor)
        items = [self._item(row) for row in told.rows]
        return Feed(items, told.removed, told.cursor, told.full, unread=told.unread)

    async def items(self, ids: Sequence[ItemId]) -> dict[ItemId, Item]:
        """Read rows; raise Unreadable."""
        return {row.id: self._item(row) for row in _readable(await self.at.read(ids))} if ids else {}

    async def stamped(self, stamps: Sequence[Stamp]) -> list[Item]:
        """Find rows by the identity column; raise Unreadable."""
        rows = _readable(await self.at.where(IDENTITY, [str(stamp) for stamp in stamps]))
        return [self._item(row) for row in {row.id: row for row in rows}.values()]

    async def photo(self, id: ItemId) -> bytes | None:
        """Rows have no pictures."""
        return None

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Write the rows."""
        answers = await self.at.write([self._write(each) for each in operations])
        return [self._answer(each, done) for each, done in zip(operations, answers, strict=True)]

    async def dispose(self, flag: Flag) -> None:
        """Remove the list itself, into the recycle bin; the categories are in it."""
        await self.at.remove()

    async def close(self) -> None:
        """Give back the connection."""
        await self.at.close()

    def _write(self, operation: Operation) -> Write:
        if isinstance(operation, Delete):
            return Recycle(operation.id, operation.version)
        if isinstance(operation, Create):
            return Insert({column: value for column, value in self._whole(operation).items() if value})
        whole, changed = self._whole(operation), changes_of(operation.known, operation.view, self.columns)
        return Change(operation.id, operation.version, changed | {each.name: whole[each.name] for each in OWN})

    def _answer(self, operation: Operation, done: Done) -> Answer:
        if not isinstance(done, Row) or isinstance(operation, Delete):
            return done if not isinstance(done, Row) else None
        if done.values is None:
            done = replace(done, values=self._whole(operation))
        return self._item(done)

    def _whole(self, operation: Operation) -> Values:
        assert not isinstance(operation, Delete)
        categories = categories_of(operation.view, self.flag, flagged=operation.flagged)
        own = marks(operation.stamp, operation.customer_number, categories)
        return values_of(operation.view, self.columns) | own

    def _item(self, row: Row) -> Item:
        return item_of(row, self.columns, self.flag)


def _readable(read: Read) -> Sequence[Row]:
    """Give the rows if all could be read."""
    if read.unread:
        raise Unreadable(read.unread)
    return read.rows
