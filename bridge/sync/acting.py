"""Carry out a plan; every effect may be the last one of the process.

First what our side needs alone, then the folder in batches: creates, changes, deletions. What goes to the folder is
written into the journal before; the answer, the link and the closing of the journal are one transaction, with the
record where it changes too. Conflicts are noted before anything is overwritten. A record or an item that has changed
since it was read is left alone and looked at again (``Context.again``); one that fails is reported by name.
"""

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
from bridge.sync.context import NO_ITEM, Context, in_thread
from bridge.sync.disagreeing import disagreement
from bridge.sync.leaving import given_back
from bridge.sync.merge import FieldConflict
from bridge.sync.outcome import claimed, link_after, taken_first, unsettled
from bridge.sync.policy import Mode
from bridge.sync.putback import putback
from bridge.sync.telling import described, name_of
from bridge.targets import base
from bridge.targets.shape import View
from storage_plugin.database import journal
from storage_plugin.database.our_side import OurRecord, OurSide
from storage_plugin.database.our_writes import Along, Disagreement, NewRecord, no_link
from storage_plugin.database.runs import Entry
from storage_plugin.model.book import ContactId, NotFound, Precondition, Refused
from storage_plugin.model.mirror import Former, Item, Link, Local, Origin, Side

ToFolder = Create | Update | Adopt | Remove | Unmark
Receiving = Update | Adopt | Refresh | Remove | Unmark | HandOver


class Actor:
    """Carries out actions on the records that were read with them."""

    def __init__(self, context: Context, records: Mapping[ContactId, OurRecord]) -> None:
        self.context = context
        self.records = records
        self._now: dict[ContactId, Local] = {}

    async def act(self, actions: Sequence[Action]) -> None:
        """Carry out actions, each once; raise the errors of the target that concern more than one item."""
        wanted = [self._stamping(action) for action in actions]
        ready = [action for action in wanted if await self._prepared(action)]
        size = self.context.target.batch
        for kinds in (Create, Adopt | Update, Unmark | Remove):
            some = [action for action in ready if isinstance(action, kinds)]
            for start in range(0, len(some), size):
                await self._batch(some[start : start + size])

    def _stamping(self, action: Action) -> Action:
        """Let an item that was claimed and not stamped yet be written to (the run that claimed it was killed)."""
        link, item = action.pair.link, action.pair.theirs
        is_claimed = link is not None and link.version == "" and link.origin is not Origin.FOREIGN
        if isinstance(action, Remember) and is_claimed and item is not None and self.context.policy.exports:
            flagged = item.flagged or self.context.policy.flag is not None
            return Update(action.pair, flagged=flagged, waiting=action.waiting)
        return action

    # --- our side, before the folder or without it ---

    async def _prepared(self, action: Action) -> bool:
        """Do what our side needs first; tell whether the folder is still to be written to."""
        try:
            return await self._prepare(action)
        except (Precondition, NotFound):
            self._look_again(action)
        except Refused as refused:
            await self._failed(action, refused.reason)
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
                await self._receive(action, _read(action))
            case Ask() | Remember():
                await self._settle(action, link_after(action, _ours(action), _read(action)))
            case Forget():
                await self._settle(action, None)
            case Adopt():
                said = await self._disagreement(action)
                await self._write_down([claimed(action)], said={_ours(action).contact: said} if said else {})
                return True
            case Update():
                if not self._writes_folder(action):
                    await self._receive(action, _read(action))
                    return False
                said, ahead = await self._disagreement(action), unsettled(action)
                if said or ahead:
                    links, saying = [ahead] if ahead else [], {_ours(action).contact: said} if said else {}
                    await self._write_down(links, said=saying)
                return True
            case Remove() | Unmark() | HandOver():
                if action.edited and not action.takes_in:
                    said = await self._disagreement(action)
                    edited = taken_first(action, _ours(action))
                    await self._write_down([edited], said={_ours(action).contact: said} if said else {})
                elif action.edited:
                    await self._receive(action, _read(action), first=True)
                return True
        return False

    async def _trash(self, action: Trash | Drop) -> None:
        local = _ours(action)
        along = Along(no_link, log=[self._entry(action)])
        await in_thread(self.context.writes.trash, local.contact, revision=local.revision, along=along)

    async def _revive(self, action: Revive) -> None:
        """Bring the record back with what was edited there; the rest is found by looking at it again."""
        local = _ours(action)
        contact = putback(self.records[local.contact].contact, local.view, local.kept, action.ours)
        along = Along(log=[self._entry(action)], disagreement=await self._disagreement(action))
        photo = await self._their_photo(action)
        await in_thread(self.context.writes.revive, local.contact, contact, photo=photo, along=along)
        self.context.again.add(local.contact)

    async def _take_in(self, action: TakeIn) -> None:
        item, known = _read(action), action.pair.link
        photo = await self.context.target.photo(item.id) if item.photo != "" else None

        def link(record: OurRecord) -> Link | None:
            """A business contact's item is claimed, and stamped when it is looked at again."""
            local = self.context.shown(record, None)
            if record.plain:
                return link_after(replace(action, origin=Origin.FOREIGN), local, item)
            made = link_after(action, local, item)
            return replace(made, version="") if made else None

        elsewhere = "" if item.stamp else item.customer_number
        along = Along(link, log=[self._entry(action)])
        new = NewRecord(action.view, action.plain, photo=photo or b"", number_elsewhere=elsewhere, along=along)
        if known is not None:
            await in_thread(self.context.writes.settle, unlinked=[known.contact])
        (made,) = await in_thread(self.context.writes.create, [new])
        if isinstance(made, Refused):
            await self._failed(action, made.reason)
        elif not made.plain:
            self.context.again.add(made.id)

    async def _receive(
        self, action: Receiving, item: Item, intents: Sequence[int] = (), *, first: bool = False
    ) -> None:
        """Write what comes from the folder into the record, and the link with it.

        ``first``: the item is to leave the mirror afterwards. Raises Precondition, NotFound, Refused.
        """
        local, view = _ours(action), action.ours
        photo = await self._their_photo(action)
        if view is None and photo is None:
            await self._settle(action, link_after(action, local, item), intents)
            return
        before = View(getattr(action, "shown", None) or local.view, local.kept)

        def link(record: OurRecord) -> Link | None:
            now = self._now[local.contact] = self.context.shown(record, before)
            return taken_first(action, now) if first else link_after(action, now, item)  # type: ignore[arg-type]

        said = None if isinstance(action, Adopt) or intents else await self._disagreement(action)
        along = Along(link, intents, () if first else [self._entry(action)], said)
        record = self.records[local.contact].contact
        contact = record if view is None else putback(record, local.view, local.kept, view)
        if local.trashed:
            await in_thread(self.context.writes.revive, local.contact, contact, photo=photo, along=along)
            return
        await in_thread(
            self.context.writes.save, local.contact, contact, revision=local.revision, photo=photo, along=along
        )

    # --- the folder ---

    async def _batch(self, actions: Sequence[Action]) -> None:
        """Ask the folder for up to twenty operations, and write down what came of each."""
        doing = [action for action in actions if isinstance(action, ToFolder)]
        operations = [await self._operation(action) for action in doing]
        intents = [self._intent(action, each) for action, each in zip(doing, operations, strict=True)]
        ids = await self.context.intend(intents)
        answers = await self.context.target.apply(operations)
        links: list[Link] = []
        unlinked: list[ContactId] = []
        closed: list[int] = []
        log: list[Entry] = []
        failed: list[tuple[Action, str]] = []
        for action, operation, id, answer in zip(doing, operations, ids, answers, strict=True):
            if isinstance(answer, Item) and isinstance(action, Update | Adopt) and self._receives(action):
                await self._received(action, answer, id)
                continue
            closed.append(id)
            if isinstance(answer, Item):
                link = link_after(action, self._local(action), answer)
                if link is None:
                    unlinked.append(_linked(action).contact)
                elif _lost_picture(operation, answer):
                    links.append(replace(link, photos=replace(link.photos, ours="")))
                    failed.append((action, "The folder did not take the picture."))
                else:
                    links.append(link)
                log.append(self._entry(action))
            elif answer is None or (isinstance(answer, base.Gone) and isinstance(action, Remove | Unmark)):
                unlinked.append(_linked(action).contact)
                log.append(self._entry(action))
            else:
                if isinstance(action, Update) and unsettled(action):
                    links.append(_linked(action))
                if isinstance(answer, base.Rejected):
                    failed.append((action, str(answer)))
                else:
                    self._look_again(action)
        await self._write_down(links, unlinked=unlinked, intents=closed, log=log)
        for each, error in failed:  # a link that is written says that its contact has not failed
            await self._failed(each, error)

    async def _received(self, action: Update | Adopt, item: Item, intent: int) -> None:
        """Bring the record where the item is now. If it cannot be, the merge is found anew at the next look."""
        try:
            await self._receive(action, item, [intent])
        except (Precondition, NotFound):
            await self._write_down([], intents=[intent])
            self._look_again(action)
        except Refused as refused:
            await self._write_down([], intents=[intent])
            await self._failed(action, refused.reason)

    async def _operation(self, action: ToFolder) -> base.Operation:
        if isinstance(action, Create):
            local = _ours(action)
            sends = local.photo and self.context.policy.modes.get("photo") is not Mode.KEEP
            photo = await in_thread(self.context.side.picture, local.contact) if sends else None
            stamp = self.context.mirror.stamp(local.contact)
            return base.Create(action.view, stamp, local.customer_number, action.flagged, photo)
        if isinstance(action, Remove | Unmark):
            return leaving(action, await picture_before(self.context.side, action))
        item, local = _read(action), _ours(action)
        photo = None
        if action.photo is Side.THEIRS:
            photo = await in_thread(self.context.side.picture, local.contact) or b""
        view = item.view if action.theirs is None else action.theirs
        stamp, number = self.context.mirror.stamp(local.contact), local.customer_number
        return base.Update(item.id, item.version, item.view, view, stamp, number, action.flagged, photo)

    def _intent(self, action: ToFolder, operation: base.Operation) -> journal.Intent:
        contact = action.pair.ours.contact if action.pair.ours else _linked(action).contact
        photo = action.pair.ours.photo if action.pair.ours else ""
        match operation:
            case base.Create():
                sent = replace(operation.view, photo=photo if operation.photo else "")
                return journal.Intent(journal.Operation.CREATE, contact, operation.stamp, view=sent)
            case base.Update(id=id, version=version):
                sent = replace(operation.view, photo=photo if operation.photo else "")
                return journal.Intent(journal.Operation.UPDATE, contact, operation.stamp, id, version, sent)
            case base.Delete(id=id, version=version):
                return journal.Intent(journal.Operation.DELETE, contact, None, id, version)

    def _writes_folder(self, action: Update) -> bool:
        link = action.pair.link
        is_claimed = link is not None and link.version == "" and self.context.policy.exports
        return action.writes_folder or is_claimed

    def _receives(self, action: Update | Adopt) -> bool:
        return action.ours is not None or action.photo is Side.OURS

    # --- what is written down ---

    async def _settle(self, action: Action, link: Link | None, intents: Sequence[int] = ()) -> None:
        """Write down an action that changes no record; without a link, the contact is not linked any more."""
        local = action.pair.ours
        said = await self._disagreement(action)
        unlinked = [_linked(action).contact] if link is None and action.pair.link else []
        disagreements = {local.contact: said} if said and local else {}
        log = self._remembered(action) if isinstance(action, Remember) else [self._entry(action)]
        await self._write_down([link] if link else [], unlinked, intents, log, disagreements)

    async def _write_down(
        self,
        links: Sequence[Link],
        unlinked: Sequence[ContactId] = (),
        intents: Sequence[int] = (),
        log: Sequence[Entry] = (),
        said: Mapping[ContactId, Disagreement] | None = None,
    ) -> None:
        settle = self.context.writes.settle
        await in_thread(settle, links=links, unlinked=unlinked, intents=intents, log=log, disagreements=said)

    async def _disagreement(self, action: Action) -> Disagreement | None:
        conflicts = getattr(action, "conflicts", ())
        if isinstance(action, Update) and (lost := await self._unkept(action)):
            conflicts = (*conflicts, FieldConflict("photo", _ours(action).photo, lost, Side.OURS))
        if not conflicts:
            return None
        local, item = _ours(action), _read(action)
        about_photo = any(each.field == "photo" for each in conflicts)
        photo = await self.context.target.photo(item.id) if about_photo else None
        return disagreement(action.pair, self.records[local.contact].contact, conflicts, photo)

    async def _unkept(self, action: Update) -> str:
        """Give the fingerprint of the owner's picture that is about to be overwritten, unless it is known here."""
        link, item = _linked(action), _read(action)
        before = given_back(link, item).photo if link.before else ""
        present = link.photos.theirs if item.photo is None else item.photo
        if action.photo is not Side.THEIRS or not before or before != present:
            return ""
        if any(each.field == "photo" for each in action.conflicts):
            return ""
        is_known = await in_thread(self.context.side.former_picture, link.contact, before)
        return "" if is_known else before

    async def _their_photo(self, action: Action) -> bytes | None:
        """Read the picture that the record is to get; ``b""`` for none, None where it keeps its own."""
        if getattr(action, "photo", None) is not Side.OURS:
            return None
        return await self.context.target.photo(_read(action).id) or b""

    async def _failed(self, action: Action, error: str) -> None:
        pair = action.pair
        contact = pair.ours.contact if pair.ours else pair.link.contact if pair.link else None
        item = pair.theirs.id if pair.theirs and contact is None else NO_ITEM
        await self.context.fail(error, contact, item, name_of(action))

    def _look_again(self, action: Action) -> None:
        pair = action.pair
        if pair.ours is not None:
            self.context.again.add(pair.ours.contact)
        elif pair.link is not None:
            self.context.again.add(pair.link.contact)

    def _local(self, action: Action) -> Local:
        """Give the record as it is now: what an item that leaves has left in it counts."""
        if action.pair.ours is None:
            link = _linked(action)
            return Local(link.contact, 0, link.ours, link.kept, link.photos.ours)
        return self._now.get(action.pair.ours.contact, action.pair.ours)

    def _remembered(self, action: Remember) -> list[Entry]:
        """Log what is remembered of those to whom this run did something before: an undo compares with it."""
        return [self._line(action)] if _ours(action).contact in self.context.logged else []

    def _entry(self, action: Action) -> Entry:
        self.context.counts[type(action).__name__.lower()] += 1
        return self._line(action)

    def _line(self, action: Action) -> Entry:
        local, link = action.pair.ours, action.pair.link
        contact = local.contact if local else link.contact if link else None
        former, revision = Former(link, action.pair.theirs), local.revision if local else 0
        if contact is not None:
            self.context.logged.add(contact)
        return Entry(type(action).__name__.lower(), contact, name_of(action), described(action), former, revision)


async def picture_before(side: OurSide, action: Remove | Unmark) -> bytes | None:
    """Find the picture to give back to an item: ``b""`` for none, None to leave what is there (or none is known)."""
    if isinstance(action, Remove) or not action.photo:
        return None if isinstance(action, Remove) or action.photo is None else b""
    return await in_thread(side.former_picture, _linked(action).contact, action.photo)


def leaving(action: Remove | Unmark, picture: bytes | None) -> base.Operation:
    """Give the request that takes an item out of the mirror."""
    item = _read(action)
    if isinstance(action, Remove):
        return base.Delete(item.id, item.version)
    return base.Update(item.id, item.version, item.view, action.theirs, None, "", action.flagged, picture)


def _lost_picture(operation: base.Operation, answer: Item) -> bool:
    """Tell whether a picture was sent and is not there: it is to be sent again."""
    return not isinstance(operation, base.Delete) and bool(operation.photo) and answer.photo == ""


def _ours(action: Action) -> Local:
    assert action.pair.ours is not None, described(action)
    return action.pair.ours


def _read(action: Action) -> Item:
    assert action.pair.theirs is not None, described(action)
    return action.pair.theirs


def _linked(action: Action) -> Link:
    assert action.pair.link is not None, described(action)
    return action.pair.link
