"""The target "folder of vCards": every ``.vcf`` file is one contact, its name the contact's id.

A cursor is the fingerprint of all names and contents: the files are read each time, and told only if something is
new. A file that is no whole card (another program is writing it, or it holds several) is left alone.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from bridge.targets.base import (
    Answer,
    Create,
    Delete,
    Feed,
    Gone,
    ItemError,
    Operation,
    Rejected,
    Step,
    TargetError,
    Unreadable,
    Update,
)
from bridge.targets.cards import SHAPE, NotAVCard, card_text, changed_card, item_of, new_card, picture_of
from bridge.targets.file.client import ENDING, Disk, version_of
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp


class FolderTarget:
    """The vCards in one folder. ``folder`` is the id that an earlier run found in it."""

    shape = SHAPE
    batch = 20

    def __init__(self, path: Path, *, folder: str = "", new_uid: Callable[[], str] = lambda: str(uuid4())) -> None:
        self.folder = folder
        self._path = path
        self._disk = Disk(path)
        self._flag: Flag | None = None
        self._new_uid = new_uid

    async def check(self) -> AsyncIterator[Step]:
        """Look whether the folder is there, or can be made, and may be written to."""
        found, parent = self._path.is_dir(), self._path.parent
        if self.folder:
            try:
                await asyncio.to_thread(self._disk.find, self.folder, "")
            except TargetError as error:
                yield Step("find the folder", False, f"{error} Mount the drive again, or choose another folder.")
                return
        elif not found and (self._path.exists() or not parent.is_dir()):
            is_file = self._path.exists()
            cure = N_(f"{self._path} is a file: name a folder.") if is_file else N_(f"Make the folder {parent}.")
            yield Step("find the folder", False, cure)
            return
        yield Step("find the folder", True)
        place = self._path if found else parent
        may_write = os.access(place, os.R_OK | os.W_OK | os.X_OK)
        yield Step("write", may_write, "" if may_write else f"Give this program the right to write into {place}.")

    async def open(self, flag: Flag | None) -> None:
        """Find the folder, or make it."""
        self._flag = flag
        self.folder = await asyncio.to_thread(self._disk.find, self.folder, str(uuid4()))

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Read all files; tell all that are not as known, unless nothing is new since the cursor.

        A file that we made after the cursor, and its owner removed, is known and not there.
        """
        return await asyncio.to_thread(self._changes, cursor, known)

    async def items(self, ids: Sequence[ItemId]) -> Mapping[ItemId, Item]:
        """Read these files."""
        return await asyncio.to_thread(self._items, ids)

    async def stamped(self, stamps: Sequence[Stamp]) -> Sequence[Item]:
        """Look through all files."""
        items = await asyncio.to_thread(self._items, None)
        return [item for item in items.values() if item.stamp in set(stamps)]

    async def photo(self, id: ItemId) -> bytes | None:
        """Read the picture out of the card."""
        return await asyncio.to_thread(self._photo, id)

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Write one file after the other."""
        return [await asyncio.to_thread(self._answer, operation) for operation in operations]

    async def dispose(self, flag: Flag) -> None:
        """Remove the folder; one with anything else in it stays."""
        await asyncio.to_thread(self._disk.remove)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        contents = self._contents()
        versions = {id: version_of(content) for id, content in contents.items()}
        state = sha256("".join(f"{id}\0{version}\0" for id, version in versions.items()).encode("utf-8", "replace"))
        now = state.hexdigest()
        if cursor == now and known.items() <= versions.items():
            return Feed((), (), now, full=False)
        items: list[Item] = []
        there: list[ItemId] = []
        for id, content in contents.items():
            if known.get(id) == versions[id]:
                there.append(id)
                continue
            try:
                text = card_text(id, content)
            except NotAVCard:  # half written perhaps: what was known is not taken for deleted
                there += [id] if id in known else []
                continue
            items += [self._item(id, content, text)] if text else []
        return Feed(items, (), now, full=True, unchanged=there)

    def _items(self, ids: Sequence[ItemId] | None) -> dict[ItemId, Item]:
        items: dict[ItemId, Item] = {}
        for id, content in self._contents(ids).items():
            try:
                text = card_text(id, content)
            except NotAVCard as error:
                if ids is not None:  # it is there, whatever it is: half written perhaps
                    raise Unreadable({id: f"The file {id} cannot be read: {error.reason}"}) from error
                continue
            if text:
                items[id] = self._item(id, content, text)
        return items

    def _contents(self, ids: Sequence[ItemId] | None = None) -> dict[ItemId, bytes]:
        names = self._disk.names() if ids is None else ids
        read = ((ItemId(name), self._disk.read(name)) for name in names)
        return {id: content for id, content in read if content is not None}

    def _photo(self, id: ItemId) -> bytes | None:
        content = self._contents([id]).get(id)
        try:
            text = card_text(id, content) if content else None
        except NotAVCard:
            return None
        return picture_of(text) if text else None

    def _answer(self, operation: Operation) -> Answer:
        try:
            match operation:
                case Create():
                    uid = self._new_uid()
                    return self._written(ItemId(f"{uid}{ENDING}"), new_card(operation, uid, self._flag), "")
                case Update():
                    return self._update(operation)
                case Delete():
                    self._disk.delete(operation.id, operation.version)
                    return None
        except ItemError as error:
            return error

    def _update(self, update: Update) -> Item:
        content = self._disk.read(update.id)
        try:
            text = card_text(update.id, content) if content is not None else None
        except NotAVCard as error:
            raise Rejected(f"The file {update.id} cannot be read: {error.reason}") from error
        if content is None or text is None:
            self._disk.names()
            raise Gone(f"There is no contact in {update.id}.")
        return self._written(update.id, changed_card(text, update, self._flag), update.version)

    def _written(self, id: ItemId, text: str, version: str) -> Item:
        content = text.encode("utf-8", "replace")
        self._disk.write(id, content, version)
        return self._item(id, content, text)

    def _item(self, id: ItemId, content: bytes, text: str) -> Item:
        return item_of(id, version_of(content), text, self._flag, self._modified_at(id))

    def _modified_at(self, id: ItemId) -> str:
        try:
            return datetime.fromtimestamp((self._path / id).stat().st_mtime, UTC).isoformat()
        except OSError:
            return ""
