"""The target ``ews``: one contacts folder of a mailbox on Exchange Server 2016, 2019 or Subscription Edition.

Writes carry the change key and NeverOverwrite, so that another's change is never overwritten; DeleteItem heeds no
change key, so that each deletion is preceded by a look. Verified against a simulator alone.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from bridge.targets.base import (
    Answer,
    Changed,
    Create,
    Delete,
    Feed,
    FolderGone,
    Forbidden,
    Gone,
    ItemError,
    Operation,
    Rejected,
    SignInNeeded,
    Step,
    TargetError,
    Unreadable,
    Update,
)
from bridge.targets.ews.categories import ensure_category, remove_category
from bridge.targets.ews.client import EwsClient, Held, Written, by_id
from bridge.targets.ews.errors import NoMailbox
from bridge.targets.ews.mapping import (
    Changes,
    changes_to_ews,
    contact_from_ews,
    contact_to_ews,
    is_flagged,
    marks,
    stamp_of,
)
from bridge.targets.ews.properties import CUSTOMER_NUMBER, Payload
from bridge.targets.ews.streaming import EwsStream
from bridge.targets.ews.xml import T
from bridge.targets.outlook import SHAPE
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp

LOG = logging.getLogger(__name__)


class EwsTarget:
    """``bridge.targets.base.Target`` over Exchange Web Services."""

    shape = SHAPE
    batch = 20

    def __init__(self, client: EwsClient, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.client = client
        self.flag: Flag | None = None
        self._clock = clock

    @property
    def folder(self) -> str:
        """Give the folder's id."""
        return self.client.folder_id

    @folder.setter
    def folder(self, id: str) -> None:
        self.client.folder_id = id

    async def check(self) -> AsyncIterator[Step]:
        """Check sign-in, the mailbox's Contacts, and the right to write there; change nothing."""
        step = N_("signed in")
        try:
            try:
                contacts = await self.client.folder(self.client.well_known("contacts"))
            except (Forbidden, FolderGone):
                yield Step(step, True)
                step = N_("contacts")
                raise
            yield Step(step, True)
            step = N_("contacts")
            id = self.client.folder_id or (await self.client.named_folder() if self.client.name else "")
            contacts = await self.client.folder(by_id(id)) if id else contacts
            yield Step(step, True)
            may = contacts.find(f"{T}EffectiveRights")
            right = "CreateContents" if id or not self.client.name else "CreateHierarchy"
            if may is not None and may.findtext(f"{T}{right}") != "true":
                cure = N_("The account may read the folder but not write to it: give it the role Editor, or Owner.")
                yield Step("allowed to write", False, cure)
                return
            yield Step("allowed to write", True)
        except SignInNeeded as error:
            if self.client.connection.of.scheme == "kerberos":
                yield Step(step, False, str(error))
                return
            yield Step(step, False, f"{error} Check the name (DOMAIN\\user or user@domain) and the kind of sign-in.")
        except NoMailbox as error:
            yield Step(step, False, str(error))
        except FolderGone:
            yield Step(step, False, "The mailbox has no contacts folder, or the account may not open it.")
        except TargetError as error:
            yield Step(step, False, str(error))

    async def open(self, flag: Flag | None) -> None:
        """Find or make the folder and the category; raise FolderGone."""
        self.flag = flag
        await self.client.find_folder()
        if flag is not None:
            await ensure_category(self.client, flag, self._clock())

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Follow the sync state; items that are not at their known version are read whole."""
        versions, removed, state = await self.client.sync(cursor)
        stale = [id for id, version in versions.items() if known.get(id) != version]
        items, unread = await self._as_items(*await self.client.read(stale))
        gone = removed | (set(stale) - items.keys() - unread.keys())
        same = [id for id in versions if id not in items and id not in gone and id not in unread]
        full = cursor is None
        return Feed(list(items.values()), [] if full else sorted(gone), state, full, same, unread)

    async def items(self, ids: Sequence[ItemId]) -> dict[ItemId, Item]:
        """Read items whole, pictures' fingerprints included; what is in another folder is not there."""
        items, unread = await self._as_items(*await self.client.read(ids))
        if unread:
            raise Unreadable(unread)
        return items

    async def stamped(self, stamps: Sequence[Stamp]) -> list[Item]:
        """Find items by stamp."""
        wanted = set(stamps)
        found = await self.items(await self.client.stamped(stamps)) if stamps else {}
        return [item for item in found.values() if item.stamp in wanted]

    async def photo(self, id: ItemId) -> bytes | None:
        """Read an item's picture; None if it has none."""
        held = (await self.client.read([id]))[0].get(id)
        if held is None or not held.pictures:
            return None
        picture = (await self.client.pictures(held.pictures[-1:])).get(held.pictures[-1])
        if isinstance(picture, TargetError):
            raise picture
        return picture

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Look whether the items are as expected, write, read what became of it, and write pictures."""
        ids = [each.id for each in operations if not isinstance(each, Create)]
        before, failed = await self.client.read(ids)
        answers = _refused(operations, before, failed)
        todo = [index for index in range(len(operations)) if index not in answers]
        writes = [_Write.of(index, operations[index], before, self.flag) for index in todo]
        for kind, send in _SENDING:
            part = [write for write in writes if isinstance(write.operation, kind)]
            for write, answer in zip(part, await _sent(self.client, part, send), strict=True):
                write.at = answer if isinstance(answer, Written) else write.at
                answers[write.index] = _of_item(answer) if isinstance(answer, TargetError) else None
        written = [
            write for write in writes if answers[write.index] is None and not isinstance(write.operation, Delete)
        ]
        now, _ = await self._as_items(*await self.client.read([write.at.id for write in written]))
        for write in written:
            answers[write.index] = await self._as_held(write, now.get(write.at.id))
        return [answers[index] for index in range(len(operations))]

    async def dispose(self, flag: Flag) -> None:
        """Remove the folder and the category; never the default folder."""
        await self.client.remove_folder()
        await remove_category(self.client, flag)

    def stream(self) -> EwsStream:
        """Give a stream for the folder that was opened."""
        return EwsStream(self.client.connection.of, self.folder)

    async def close(self) -> None:
        """Give back the connection."""
        await self.client.connection.close()

    async def _as_items(
        self, held: Mapping[ItemId, Held], failed: Mapping[ItemId, str]
    ) -> tuple[dict[ItemId, Item], dict[ItemId, str]]:
        """Give items, and why some cannot be read: one without its picture is not read."""
        newest = {each.pictures[-1]: each.id for each in held.values() if each.pictures}
        pictures = await self.client.pictures(list(newest))
        prints, unread = {}, dict(failed)
        for picture_id, id in newest.items():
            picture = pictures.get(picture_id, b"")
            if isinstance(picture, TargetError):
                words = str(picture)
                unread[id] = N_(f"The picture cannot be read: {words}")
            else:
                prints[id] = sha256(picture).hexdigest() if picture else ""
        return {id: self._item(each, prints.get(id, "")) for id, each in held.items() if id not in unread}, unread

    def _item(self, held: Held, photo: str | None) -> Item:
        return Item(
            id=held.id,
            version=held.version,
            view=contact_from_ews(held.payload, self.flag),
            stamp=stamp_of(held.payload),
            customer_number=str(held.payload.get(CUSTOMER_NUMBER, "")),
            flagged=is_flagged(held.payload, self.flag),
            photo=photo,
            modified_at=held.modified_at,
        )

    async def _as_held(self, write: _Write, found: Item | None) -> Item:
        """Give an item as the folder holds it after our write, and nobody else's.

        Where somebody has changed it already, it is given as it was sent: the next reading tells their change.
        """
        item = found
        if item is None or item.version != write.at.version:
            item = self._item(Held(write.at.id, write.at.version, self.folder, write.payload, ""), None)
        picture = write.picture
        if picture is None:
            return item
        try:
            if picture:
                await self.client.add_picture(write.at, picture)
            if write.pictures:
                await self.client.remove_pictures(write.pictures)
        except ItemError as error:
            LOG.warning("the picture of a contact was refused: %s", error)
        after = (await self._as_items(*await self.client.read([item.id])))[0].get(item.id)
        if after is None:
            return item
        return after if after.view == item.view else replace(item, photo=after.photo)


@dataclass(slots=True)
class _Write:
    """One operation on its way: what is sent, and where the item is (before, then after)."""

    index: int
    operation: Operation
    at: Written
    payload: Payload
    changes: Changes
    pictures: tuple[str, ...] = ()

    @classmethod
    def of(cls, index: int, operation: Operation, before: Mapping[ItemId, Held], flag: Flag | None) -> _Write:
        """Work out what an operation sends."""
        if isinstance(operation, Delete):
            return cls(index, operation, Written(operation.id, operation.version), {}, {})
        marked = marks(operation.view, flag, operation.stamp, operation.customer_number, flagged=operation.flagged)
        if isinstance(operation, Create):
            payload = _with(contact_to_ews(operation.view), marked)
            return cls(index, operation, Written(ItemId(""), ""), payload, {})
        held = before[operation.id]
        changes = changes_to_ews(held.payload, operation.known, operation.view, marked)
        at = Written(held.id, held.version)
        return cls(index, operation, at, _with(held.payload, changes), changes, held.pictures)

    @property
    def picture(self) -> bytes | None:
        """Give the new picture, ``b""`` to remove it, None to leave it."""
        return None if isinstance(self.operation, Delete) else self.operation.photo


def _with(payload: Payload, changes: Changes) -> Payload:
    after: Changes = {**payload, **changes}
    return {property: value for property, value in after.items() if value is not None}


def _refused(
    operations: Sequence[Operation], before: Mapping[ItemId, Held], failed: Mapping[ItemId, str]
) -> dict[int, Answer]:
    """Give the answers of those operations whose item is not as expected."""
    answers: dict[int, Answer] = {}
    for index, operation in enumerate(operations):
        if isinstance(operation, Create):
            continue
        held = before.get(operation.id)
        if operation.id in failed:
            answers[index] = Rejected(failed[operation.id])
        elif held is None:
            answers[index] = Gone("The contact is no longer in the folder.")
        elif held.version != operation.version:
            answers[index] = Changed("The contact was changed in the mailbox meanwhile.")
    return answers


Told = Written | TargetError | None
Send = Callable[[EwsClient, Sequence[_Write]], Awaitable[Sequence[Told]]]


async def _created(client: EwsClient, writes: Sequence[_Write]) -> Sequence[Told]:
    return await client.create([write.payload for write in writes])


async def _updated(client: EwsClient, writes: Sequence[_Write]) -> Sequence[Told]:
    changing = [write for write in writes if write.changes]
    told = iter(await client.update([(write.at, write.changes) for write in changing]) if changing else ())
    return [next(told) if write.changes else write.at for write in writes]


async def _deleted(client: EwsClient, writes: Sequence[_Write]) -> Sequence[Told]:
    return await client.delete([write.at.id for write in writes])


_SENDING: tuple[tuple[type[Operation], Send], ...] = ((Create, _created), (Update, _updated), (Delete, _deleted))


async def _sent(client: EwsClient, writes: Sequence[_Write], send: Send) -> list[Told]:
    """Send writes of one kind together; one by one where the server refuses the whole request for one of them."""
    if not writes:
        return []
    try:
        return list(await send(client, writes))
    except Rejected as error:
        if len(writes) == 1:
            return [error]
        return [told for write in writes for told in await _sent(client, [write], send)]


def _of_item(error: TargetError) -> ItemError:
    if isinstance(error, ItemError):
        return error
    raise error
