"""Carry out a plan; every effect may be the last one of the process.

First what our side needs alone, then the folder in batches: creates, changes, deletions. What goes to the folder is
written into the journal before; the answer, the link and the closing of the journal are one transaction, with the
record where it changes too. Conflicts are noted before anything is overwritten. A record or an item that has changed
since it was read is left alone and looked at again (``Context.again``); one that fails is reported by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.sync.actions import Action, Adopt, Create, Remember, Remove, Unmark, Update
from bridge.sync.context import Context
from bridge.sync.noting import Notes, link_of
from bridge.sync.our_part import OurPart
from bridge.sync.outcome import link_after, unsettled
from bridge.sync.requesting import ToFolder, intent_of, lost_picture, operation_of
from bridge.targets.base import Rejected, Unsure
from storage_plugin.database.our_side import OurRecord
from storage_plugin.database.runs import Entry
from storage_plugin.model.book import ContactId, NotFound, Precondition, Refused
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Item, Link, Origin, Side


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
        links: list[Link] = []
        unlinked: list[ContactId] = []
        closed: list[int] = []
        log: list[Entry] = []
        failed: list[tuple[Action, str]] = []
        unsure: list[tuple[Action, str]] = []
        for action, operation, id, answer in zip(doing, operations, ids, answers, strict=True):
            if isinstance(answer, Item) and isinstance(action, Update | Adopt) and _receives(action):
                await self._received(action, answer, id)
                continue
            if isinstance(answer, Unsure):  # its intent stays open: the next run finds out
                unsure.append((action, str(answer)))
                continue
            closed.append(id)
            if isinstance(answer, Item):
                link = link_after(action, self.ours.local(action), answer)
                if link is None:
                    unlinked.append(link_of(action).contact)
                elif lost_picture(operation, answer):
                    links.append(replace(link, photos=replace(link.photos, ours="")))
                    failed.append((action, N_("The folder did not take the picture.")))
                else:
                    links.append(link)
                log.append(self.notes.entry(action))
            elif answer is None:
                unlinked.append(link_of(action).contact)
                log.append(self.notes.entry(action))
            else:
                if isinstance(action, Update) and unsettled(action):
                    links.append(link_of(action))
                if isinstance(answer, Rejected):
                    failed.append((action, str(answer)))
                else:
                    self.notes.look_again(action)
        await self.notes.write_down(links, unlinked=unlinked, intents=closed, log=log)
        for each, error in failed:  # a link that is written says that its contact has not failed
            await self.notes.failed(each, error)
        for each, error in unsure:
            await self.notes.failed(each, error, soon=True)

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
