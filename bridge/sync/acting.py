"""Carry out a plan; every effect may be the last one of the process.

First what our side needs alone, then the folder in batches: creates, changes, deletions. What goes to the folder is
written into the journal before; the answer, the link and the closing of the journal are one transaction, with the
record where it changes too. Conflicts are noted before anything is overwritten. A record or an item that has changed
since it was read is left alone and looked at again (``Context.again``); one that fails is reported by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge.sync.actions import Action, Adopt, Create, Remember, Remove, Unmark, Update
from bridge.sync.context import Context
from bridge.sync.noting import Notes, link_of
from bridge.sync.our_part import OurPart
from bridge.sync.outcome import link_after, unsettled
from bridge.sync.requesting import ToFolder, intent_of, lost_picture, operation_of
from bridge.targets.base import ItemError, Operation, Rejected, Unsure
from storage_plugin.database.our_side import OurRecord
from storage_plugin.database.runs import Entry
from storage_plugin.model.book import ContactId, NotFound, Precondition, Refused
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Item, Link, Origin, Side


@dataclass(slots=True)
class _Known:
    """What is known of the contacts of a batch when it is answered; written down at once."""

    links: list[Link] = field(default_factory=list)
    unlinked: list[ContactId] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    failed: list[tuple[Action, str]] = field(default_factory=list)
    unsure: list[tuple[Action, str]] = field(default_factory=list)


class Actor:
    """Carries out actions on the records that were read with them."""

    def __init__(self, context: Context, records: Mapping[ContactId, OurRecord]) -> None:
        self.context = context
        self.notes = Notes(context, records)
        self.ours = OurPart(context, records, self.notes)

    async def act(self, actions: Sequence[Action]) -> None:
        """Carry out actions, each once; raise the errors of the target that concern more than one item."""
        wanted = [self._stamping(action) for action in actions]
        ready = [action for action in wanted if await self.ours.prepared(action)]
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

    async def _batch(self, actions: Sequence[Action]) -> None:
        """Ask the folder for up to twenty operations, and write down what came of each."""
        doing = [action for action in actions if isinstance(action, ToFolder)]
        operations = [await operation_of(self.context, action) for action in doing]
        intents = [intent_of(action, each) for action, each in zip(doing, operations, strict=True)]
        ids = await self.context.intend(intents)
        answers = await self.context.target.apply(operations)
        known = _Known()
        for action, operation, id, answer in zip(doing, operations, ids, answers, strict=True):
            if isinstance(answer, Unsure):  # its intent stays open: the next run finds out
                known.unsure.append((action, str(answer)))
            elif isinstance(answer, Item) and isinstance(action, Update | Adopt) and _receives(action):
                await self._received(action, answer, id)
            else:
                known.closed.append(id)
                if isinstance(answer, ItemError):
                    self._refused(action, answer, known)
                else:
                    self._done(action, operation, answer, known)
        await self._write_down(known)

    def _done(self, action: ToFolder, operation: Operation, item: Item | None, known: _Known) -> None:
        """Link the contact with its item as it is now; one whose item is gone, or not ours any more, with none."""
        link = link_after(action, self.ours.local(action), item) if item else None
        if link is None:
            known.unlinked.append(link_of(action).contact)
        elif item is not None and lost_picture(operation, item):
            known.links.append(replace(link, photos=replace(link.photos, ours="")))
            known.failed.append((action, N_("The folder did not take the picture.")))
        else:
            known.links.append(link)
        known.log.append(self.notes.entry(action))

    def _refused(self, action: ToFolder, error: ItemError, known: _Known) -> None:
        """Name a contact that the folder refuses; look again at one that has changed there."""
        if isinstance(action, Update) and unsettled(action):
            known.links.append(link_of(action))
        if isinstance(error, Rejected):
            known.failed.append((action, str(error)))
        else:
            self.notes.look_again(action)

    async def _write_down(self, known: _Known) -> None:
        await self.notes.write_down(known.links, unlinked=known.unlinked, intents=known.closed, log=known.log)
        for action, error in known.failed:  # a link that is written says that its contact has not failed
            await self.notes.failed(action, error)
        for action, error in known.unsure:
            await self.notes.failed(action, error, soon=True)

    async def _received(self, action: Update | Adopt, item: Item, intent: int) -> None:
        """Bring the record where the item is now. If it cannot be, the merge is found anew at the next look."""
        try:
            await self.ours.receive(action, item, [intent])
        except (Precondition, NotFound):
            await self.notes.write_down([], intents=[intent])
            self.notes.look_again(action)
        except Refused as refused:
            await self.notes.write_down([], intents=[intent])
            await self.notes.failed(action, refused.reason)


def _receives(action: Update | Adopt) -> bool:
    return action.ours is not None or action.photo is Side.OURS
