"""The reference target: a connection to a contacts folder in memory (``bridge.targets.memory_folder``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256

from bridge.targets.base import (
    Answer,
    Changed,
    Create,
    CursorExpired,
    Delete,
    Feed,
    FolderGone,
    Full,
    Gone,
    ItemError,
    Operation,
    Rejected,
    Step,
    Update,
)
from bridge.targets.edits import edited, flagged, unflagged
from bridge.targets.memory_folder import Held, MemoryFolder, clock
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp


class MemoryTarget:
    """A connection to a MemoryFolder."""

    def __init__(self, at: MemoryFolder, folder: str = "", batch: int = 20) -> None:
        self.at = at
        self.shape = at.shape
        self.batch = batch
        self.folder = folder
        self._flag: Flag | None = None

    async def check(self) -> AsyncIterator[Step]:
        """Check that the folder can be reached."""
        signed_in = not self.at.faults.signed_out
        yield Step("sign in", signed_in, "" if signed_in else "Enter the password of the mailbox anew.")
        if signed_in:
            found = self.at.exists or not self.folder
            yield Step("find the folder", found, "" if found else "Choose another folder, or stop and start anew.")

    async def open(self, flag: Flag | None) -> None:
        """Make the folder if it was never there."""
        with self.at.request("open"):
            if self.folder and not self.at.exists:
                raise FolderGone("The folder is not there any more.")
            self.at.exists = True
            self.folder = "memory"
            self._flag = flag

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Read what has a higher number than the cursor."""
        with self.at.request("changes"):
            if cursor is not None and (self.at.faults.cursor_expired or not cursor.isdigit()):
                raise CursorExpired("The cursor is not known any more.")
            since = int(cursor or 0)
            manners = self.at.manners
            moved = [id for id, number in self.at.changed.items() if number > since or manners.repeats]
            living = [id for id in moved if id in self.at.held]
            spared = {id for id in living if manners.spares_known and known.get(id) == self._version(id)}
            items = [self._item(id, is_feed=True) for id in living if id not in spared]
            removed = [] if cursor is None else [id for id in moved if id not in self.at.held]
            listed = items * 2 if manners.repeats else items
            return Feed(listed, removed, str(self.at.version), cursor is None, list(spared))

    async def items(self, ids: Sequence[ItemId]) -> Mapping[ItemId, Item]:
        """Read these items."""
        with self.at.request("items"):
            return {id: self._item(id) for id in ids if id in self.at.held}

    async def stamped(self, stamps: Sequence[Stamp]) -> Sequence[Item]:
        """Look through all items."""
        with self.at.request("stamped"):
            wanted = {str(stamp) for stamp in stamps}
            return [self._item(id) for id, held in self.at.held.items() if held.stamp in wanted]

    async def photo(self, id: ItemId) -> bytes | None:
        """Read a picture."""
        with self.at.request("photo"):
            held = self.at.held.get(id)
            return held.photo or None if held else None

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Do the operations one after the other; the connection may break between two of them."""
        assert len(operations) <= self.batch
        return [self._answer(operation) for operation in operations]

    async def dispose(self, flag: Flag) -> None:
        """Remove the folder."""
        with self.at.request("dispose"):
            self.at.exists = False
            self.at.held.clear()

    async def close(self) -> None:
        """There is nothing to give back."""

    def _answer(self, operation: Operation) -> Answer:
        with self.at.request(type(operation).__name__.lower()):
            try:
                answer = self._do(operation)
            except ItemError as error:
                return error
            self.at.writes.append(operation)
            return answer

    def _do(self, operation: Operation) -> Item | None:
        match operation:
            case Create():
                self._check(operation.view)
                if self.at.faults.room is not None and len(self.at.held) >= self.at.faults.room:
                    raise Full("The folder takes nothing more.")
                contact = self._marked(operation.view, is_flagged=operation.flagged)
                photo = operation.photo or b""
                held = Held(contact, 0, str(operation.stamp), operation.customer_number, photo)
                return self._item(self.at.put(ItemId(f"item-{self.at.version + 1}"), held))
            case Update():
                held = self._at_version(operation.id, operation.version)
                self._check(operation.view)
                current = unflagged(held.contact, self._flag)
                contact = self._marked(edited(current, operation.known, operation.view), is_flagged=operation.flagged)
                stamp = str(operation.stamp) if operation.stamp else ""
                number = operation.customer_number if operation.stamp else ""
                photo = held.photo if operation.photo is None else operation.photo
                return self._item(self.at.put(operation.id, Held(contact, 0, stamp, number, photo)))
            case Delete():
                self._at_version(operation.id, operation.version)
                self.at.remove(operation.id)
                return None

    def _check(self, view: Contact) -> None:
        if display_name(view) in self.at.faults.rejects:
            raise Rejected(f"{display_name(view)} is refused.")
        if self.shape.view(view).view != view:
            raise Rejected("The contact has more than the folder has room for.")

    def _at_version(self, id: ItemId, version: str) -> Held:
        held = self.at.held.get(id)
        if held is None:
            raise Gone("There is no such item.")
        if str(held.version) != version:
            raise Changed("The item has changed.")
        return held

    def _version(self, id: ItemId) -> str:
        return str(self.at.held[id].version)

    def _marked(self, contact: Contact, *, is_flagged: bool) -> Contact:
        return flagged(contact, self._flag) if is_flagged else unflagged(contact, self._flag)

    def _item(self, id: ItemId, *, is_feed: bool = False) -> Item:
        held = self.at.held[id]
        view = unflagged(held.contact, self._flag)
        told = self.at.manners.tells_photos or not is_feed
        fingerprint = sha256(held.photo).hexdigest() if held.photo else ""
        return Item(
            id,
            self._version(id),
            view,
            Stamp.read(held.stamp),
            held.customer_number,
            flagged=view != held.contact,
            photo=fingerprint if told else None,
            modified_at=clock(held.version),
        )
