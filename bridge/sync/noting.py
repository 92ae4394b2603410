"""What is written down of an action: links, the run's log, disagreements, who failed and who is looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.sync.actions import Action, Remember, Update
from bridge.sync.context import NO_ITEM, Context, in_thread
from bridge.sync.disagreeing import disagreement
from bridge.sync.leaving import given_back
from bridge.sync.merge import FieldConflict
from bridge.sync.pictures import picture_of
from bridge.sync.telling import described, name_of
from storage_plugin.database.our_side import OurRecord
from storage_plugin.database.our_writes import Disagreement
from storage_plugin.database.runs import Entry
from storage_plugin.model.book import ContactId
from storage_plugin.model.mirror import Former, Item, Link, Local, Side


class Notes:
    """Writes down what becomes of actions; ``records`` are those that were read with them."""

    def __init__(self, context: Context, records: Mapping[ContactId, OurRecord]) -> None:
        self.context = context
        self.records = records

    async def settle(self, action: Action, link: Link | None, intents: Sequence[int] = ()) -> None:
        """Write down an action that changes no record; without a link, the contact is not linked any more."""
        local = action.pair.ours
        said = await self.disagreement(action)
        unlinked = [link_of(action).contact] if link is None and action.pair.link else []
        disagreements = {local.contact: said} if said and local else {}
        log = self._remembered(action) if isinstance(action, Remember) else [self.entry(action)]
        await self.write_down([link] if link else [], unlinked, intents, log, disagreements)

    async def ahead(self, action: Action, link: Link | None) -> None:
        """Write down what must be known before the folder is written to: a link, a disagreement."""
        said = await self.disagreement(action)
        if link or said:
            await self.write_down([link] if link else [], said={ours_of(action).contact: said} if said else {})

    async def write_down(
        self,
        links: Sequence[Link],
        unlinked: Sequence[ContactId] = (),
        intents: Sequence[int] = (),
        log: Sequence[Entry] = (),
        said: Mapping[ContactId, Disagreement] | None = None,
    ) -> None:
        """Write all of this down at once; ``said`` are disagreements. The journal's ``intents`` are closed."""
        settle = self.context.writes.settle
        await in_thread(settle, links=links, unlinked=unlinked, intents=intents, log=log, disagreements=said)

    async def disagreement(self, action: Action) -> Disagreement | None:
        """Give what is to be noted of an action's conflicts, None where it has none; raise Precondition."""
        conflicts = getattr(action, "conflicts", ())
        if isinstance(action, Update) and (lost := await self._unkept(action)):
            conflicts = (*conflicts, FieldConflict("photo", ours_of(action).photo, lost, Side.OURS))
        if not conflicts:
            return None
        local, item = ours_of(action), item_of(action)
        about_photo = any(each.field == "photo" for each in conflicts)
        photo = await picture_of(self.context, item) if about_photo else None
        return disagreement(action.pair, self.records[local.contact].contact, conflicts, photo)

    async def failed(self, action: Action, error: str, *, soon: bool = False) -> None:
        """Note that a contact failed, by name; it is tried again later, at first by the next run if ``soon``."""
        pair = action.pair
        contact = pair.ours.contact if pair.ours else pair.link.contact if pair.link else None
        item = pair.theirs.id if pair.theirs and contact is None else NO_ITEM
        await self.context.fail(error, contact, item, name_of(action), soon=soon)

    def look_again(self, action: Action) -> None:
        """Have a contact looked at again in this run."""
        pair = action.pair
        if pair.ours is not None:
            self.context.again.add(pair.ours.contact)
        elif pair.link is not None:
            self.context.again.add(pair.link.contact)

    def entry(self, action: Action) -> Entry:
        """Give the log's line of an action that is done, and count it."""
        self.context.counts[type(action).__name__.lower()] += 1
        return self._line(action)

    async def _unkept(self, action: Update) -> str:
        """Give the fingerprint of the owner's picture that is about to be overwritten, unless it is known here."""
        link, item = link_of(action), item_of(action)
        before = given_back(link, item).photo if link.before else ""
        present = link.photos.theirs if item.photo is None else item.photo
        if action.photo is not Side.THEIRS or not before or before != present:
            return ""
        if any(each.field == "photo" for each in action.conflicts):
            return ""
        is_known = await in_thread(self.context.side.former_picture, link.contact, before)
        return "" if is_known else before

    def _remembered(self, action: Remember) -> list[Entry]:
        """Log what is remembered of those to whom this run did something before: an undo compares with it."""
        return [self._line(action)] if ours_of(action).contact in self.context.logged else []

    def _line(self, action: Action) -> Entry:
        local, link = action.pair.ours, action.pair.link
        contact = local.contact if local else link.contact if link else None
        former, revision = Former(link, action.pair.theirs), local.revision if local else 0
        if contact is not None:
            self.context.logged.add(contact)
        return Entry(type(action).__name__.lower(), contact, name_of(action), described(action), former, revision)


def ours_of(action: Action) -> Local:
    """Give the record of an action that has one."""
    assert action.pair.ours is not None, described(action)
    return action.pair.ours


def item_of(action: Action) -> Item:
    """Give the item of an action that has one."""
    assert action.pair.theirs is not None, described(action)
    return action.pair.theirs


def link_of(action: Action) -> Link:
    """Give the link of an action that has one."""
    assert action.pair.link is not None, described(action)
    return action.pair.link
