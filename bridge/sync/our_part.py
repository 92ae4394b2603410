"""What an action does to our side, before the folder is written to or without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.sync.actions import (
    Action,
    Adopt,
    Ask,
    Create,
    Drop,
    Forget,
    HandOver,
    Refresh,
    Remember,
    Remove,
    Revive,
    TakeIn,
    Trash,
    Unmark,
    Update,
)
from bridge.sync.context import Context, in_thread
from bridge.sync.noting import Notes, item_of, link_of, ours_of
from bridge.sync.outcome import claimed, link_after, taken_first, unsettled
from bridge.sync.pictures import picture_of
from bridge.sync.putback import putback
from bridge.targets.shape import View
from storage_plugin.database.our_side import OurRecord
from storage_plugin.database.our_writes import Along, NewRecord, no_link
from storage_plugin.model.book import ContactId, NotFound, Precondition, Refused
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Item, Link, Local, Origin, Side

Receiving = Update | Adopt | Refresh | Remove | Unmark | HandOver


class OurPart:
    """Writes records, each together with its link; ``notes`` takes what else is to be known."""

    def __init__(self, context: Context, records: Mapping[ContactId, OurRecord], notes: Notes) -> None:
        self.context = context
        self.records = records
        self.notes = notes
        self._now: dict[ContactId, Local] = {}

    async def prepared(self, action: Action) -> bool:
        """Do what our side needs first; tell whether the folder is still to be written to."""
        try:
            return await self._prepare(action)
        except (Precondition, NotFound):
            self.notes.look_again(action)
        except Refused as refused:
            await self.notes.failed(action, refused.reason)
        return False

    async def _prepare(self, action: Action) -> bool:
        match action:
            case Create():
                return True
            case Trash() | Drop():
                await self._trash(action)
            case Revive():
                await self._revive(action)
            case TakeIn():
                await self._take_in(action)
            case Refresh():
                await self.receive(action, item_of(action))
            case Ask() | Remember():
                await self.notes.settle(action, link_after(action, ours_of(action), item_of(action)))
            case Forget():
                await self.notes.settle(action, None)
            case Adopt():
                await self.notes.ahead(action, claimed(action))
                return True
            case Update():
                if not self._writes_folder(action):
                    await self.receive(action, item_of(action))
                    return False
                await self.notes.ahead(action, unsettled(action))
                return True
            case Remove() | Unmark() | HandOver():
                if action.edited and not action.takes_in:
                    await self.notes.ahead(action, taken_first(action, ours_of(action)))
                elif action.edited:
                    await self.receive(action, item_of(action), first=True)
                return True
        return False

    async def receive(
        self, action: Receiving, item: Item, intents: Sequence[int] = (), *, first: bool = False
    ) -> None:
        """Write what comes from the folder into the record, and the link with it.

        ``first``: the item is to leave the mirror afterwards. Raises Precondition, NotFound, Refused.
        """
        local, view = ours_of(action), action.ours
        photo = await self._their_photo(action)
        if view is None and photo is None:
            await self.notes.settle(action, link_after(action, local, item), intents)
            return
        before = View(getattr(action, "shown", None) or local.view, local.kept)

        def link(record: OurRecord) -> Link | None:
            now = self._now[local.contact] = self.context.shown(record, before)
            return taken_first(action, now) if first else link_after(action, now, item)  # type: ignore[arg-type]

        said = None if isinstance(action, Adopt) or intents else await self.notes.disagreement(action)
        along = Along(link, intents, () if first else [self.notes.entry(action)], said)
        record = self.records[local.contact].contact
        contact = record if view is None else putback(record, local.view, local.kept, view)
        if local.trashed:
            await in_thread(self.context.writes.revive, local.contact, contact, photo=photo, along=along)
            return
        await in_thread(
            self.context.writes.save, local.contact, contact, revision=local.revision, photo=photo, along=along
        )

    def local(self, action: Action) -> Local:
        """Give the record as it is now: what an item that leaves has left in it counts."""
        if action.pair.ours is None:
            link = link_of(action)
            return Local(link.contact, 0, link.ours, link.kept, link.photos.ours)
        return self._now.get(action.pair.ours.contact, action.pair.ours)

    async def _trash(self, action: Trash | Drop) -> None:
        local = ours_of(action)
        along = Along(no_link, log=[self.notes.entry(action)])
        await in_thread(self.context.writes.trash, local.contact, revision=local.revision, along=along)

    async def _revive(self, action: Revive) -> None:
        """Bring the record back with what was edited there; the rest is found by looking at it again."""
        local = ours_of(action)
        contact = putback(self.records[local.contact].contact, local.view, local.kept, action.ours)
        along = Along(log=[self.notes.entry(action)], disagreement=await self.notes.disagreement(action))
        photo = await self._their_photo(action)
        await in_thread(self.context.writes.revive, local.contact, contact, photo=photo, along=along)
        self.context.again.add(local.contact)

    async def _take_in(self, action: TakeIn) -> None:
        item, known = item_of(action), action.pair.link
        try:
            photo = await picture_of(self.context, item)
        except Precondition:
            await self.notes.failed(action, N_("The picture was being changed."))
            return

        def link(record: OurRecord) -> Link | None:
            """A business contact's item is claimed, and stamped when it is looked at again."""
            local = self.context.shown(record, None)
            if record.plain:
                return link_after(replace(action, origin=Origin.FOREIGN), local, item)
            made = link_after(action, local, item)
            return replace(made, version="") if made else None

        elsewhere = "" if item.stamp else item.customer_number
        along = Along(link, log=[self.notes.entry(action)])
        new = NewRecord(action.view, action.plain, photo=photo, number_elsewhere=elsewhere, along=along)
        if known is not None:
            await in_thread(self.context.writes.settle, unlinked=[known.contact])
        (made,) = await in_thread(self.context.writes.create, [new])
        if isinstance(made, Refused):
            await self.notes.failed(action, made.reason)
        elif not made.plain:
            self.context.again.add(made.id)

    def _writes_folder(self, action: Update) -> bool:
        link = action.pair.link
        is_claimed = link is not None and link.version == "" and self.context.policy.exports
        return action.writes_folder or is_claimed

    async def _their_photo(self, action: Action) -> bytes | None:
        """Read the picture that the record is to get; ``b""`` for none, None where it keeps its own.

        Raises Precondition.
        """
        if getattr(action, "photo", None) is not Side.OURS:
            return None
        return await picture_of(self.context, item_of(action))
