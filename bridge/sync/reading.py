"""Read both sides of a mirror: the pairs that may have to be acted upon, and no others.

An incremental run reads what changed since the last one, on either side, and what failed and is due again; a full run
reads everything. An item that no feed speaks of is as it was remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bridge.sync.actions import Pair
from bridge.sync.context import Context, in_thread
from bridge.sync.finding_again import found_again
from bridge.sync.match import counted, match, unread
from bridge.sync.outcome import remembered
from bridge.sync.plan import staying
from bridge.targets.base import CursorExpired, Feed
from storage_plugin.database.failures import Failure
from storage_plugin.database.our_side import OurRecord, Since
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import display_name
from storage_plugin.model.mirror import Item, ItemId, Link


@dataclass(frozen=True, slots=True)
class Reading:
    """What a run has to decide about.

    ``records`` are the whole records of the pairs. ``is_whole``: the folder was read from the beginning though it was
    mirrored before, so that nothing may be deleted on the strength of this reading. ``unread`` are items that are
    there and could not be read, with the reason and whose they are: nothing is done about them. ``due`` are the
    failures of which the run finds out whether they are over.
    """

    pairs: Sequence[Pair]
    records: Mapping[ContactId, OurRecord]
    linked: int
    cursor: str
    since: Since
    is_whole: bool = False
    unread: Sequence[Unread] = ()
    due: Sequence[Failure] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """An item that could not be read; ``contact`` None: it is not linked."""

    item: ItemId
    why: str
    contact: ContactId | None = None
    name: str = ""


async def read_both(context: Context, *, full: bool) -> Reading:
    """Read what changed since the last run, or (``full``) everything."""
    mirror = context.mirror
    since = await in_thread(context.side.since, None if full else mirror.number, mirror.view)
    versions = await in_thread(context.links.versions)
    feed, is_anew = await _feed(context, None if full else mirror.cursor, versions)
    theirs = {item.id: item for item in feed.items}
    due = [each for each in await in_thread(context.failures.all) if context.is_due(each)]
    claimed = {id for id, version in versions.items() if not version}
    touched = {*theirs, *feed.removed, *feed.unread, *claimed, *(each.item for each in due if each.item)}
    contacts = {*since.ids, *(each.contact for each in due if each.contact)}
    if feed.full or full:
        links = await in_thread(context.links.all)
    else:
        links = _merged(
            await in_thread(context.links.of_items, touched), await in_thread(context.links.of_contacts, contacts)
        )
    failed = claimed | {each.item for each in due if each.item}
    doubtful = _doubtful(links, feed, failed, {each.contact for each in due})
    found, failing = await context.items([id for id in doubtful if id not in theirs and id not in feed.unread])
    theirs |= found
    failing |= feed.unread
    wanted = contacts | {link.contact for link in links}
    if not theirs.keys() <= versions.keys():
        wanted |= set(await in_thread(context.side.unlinked_plain))  # whoever is new there may be among these
    records = await in_thread(context.side.load, wanted)
    new = [item for id, item in theirs.items() if id not in versions]
    gone = {*doubtful} - theirs.keys() - failing.keys()
    again = found_again([link for link in links if link.item in gone], new, mirror.stamp)
    readable = [again.get(link.contact, link) for link in links if link.item not in failing]
    pairs = _linked_pairs(context, readable, records, theirs, set(doubtful))
    linked = {link.contact for link in links}
    met = {link.item for link in again.values()}
    pairs += await _unlinked_pairs(context, pairs, linked, [item for item in new if item.id not in met], records)
    is_whole = is_anew and feed.full and bool(versions)
    left = _unread(failing, links)
    return Reading(pairs, records, len(versions), feed.cursor, since, is_whole, left, due)


async def read_again(
    context: Context, contacts: Iterable[ContactId]
) -> tuple[list[Pair], dict[ContactId, OurRecord]]:
    """Read some linked contacts anew, on both sides."""
    links = await in_thread(context.links.of_contacts, contacts)
    records = await in_thread(context.side.load, contacts)
    theirs, failing = await context.items([link.item for link in links])
    for each in _unread(failing, links):
        await context.fail(each.why, each.contact, name=each.name)
    readable = [link for link in links if link.item not in failing]
    pairs = _linked_pairs(context, readable, records, theirs, {link.item for link in links})
    linked = {link.contact for link in links}
    pairs += [Pair(None, context.local(each, None), None) for key, each in records.items() if key not in linked]
    return pairs, records


def _unread(why: Mapping[ItemId, str], links: Sequence[Link]) -> list[Unread]:
    known = {link.item: link for link in links}
    return [
        Unread(id, words, link.contact, display_name(link.theirs)) if (link := known.get(id)) else Unread(id, words)
        for id, words in why.items()
    ]


async def _feed(context: Context, cursor: str | None, versions: Mapping[ItemId, str]) -> tuple[Feed, bool]:
    """Read what the folder tells, and whether it was asked anew for everything.

    A target without deltas tells everything each time (a folder of files): it knows what is gone.
    """
    try:
        return await context.target.changes(cursor, versions), cursor is None
    except CursorExpired:
        return await context.target.changes(None, versions), True


def _merged(*links: Sequence[Link]) -> list[Link]:
    return list({link.contact: link for some in links for link in some}.values())


def _doubtful(
    links: Sequence[Link], feed: Feed, due_items: set[ItemId], due_contacts: set[ContactId | None]
) -> list[ItemId]:
    """Name the items to be read one by one: said to be gone, missing in a whole feed, failed, or only claimed."""
    there = {item.id for item in feed.items} | set(feed.unchanged) | set(feed.unread)
    missing = {link.item for link in links} - there if feed.full else set()
    removed = {link.item for link in links} & set(feed.removed)
    failed = {link.item for link in links if link.contact in due_contacts}
    return sorted(missing | removed | due_items | failed)


def _linked_pairs(
    context: Context,
    links: Sequence[Link],
    records: Mapping[ContactId, OurRecord],
    theirs: Mapping[ItemId, Item],
    doubtful: set[ItemId],
) -> list[Pair]:
    pairs = []
    for link in links:
        record = records.get(link.contact)
        item = theirs.get(link.item)
        if item is None and link.item not in doubtful:
            item = remembered(link, context.policy)
        pairs.append(Pair(link, context.local(record, link) if record else None, item))
    return pairs


async def _unlinked_pairs(
    context: Context,
    linked: Sequence[Pair],
    read: set[ContactId],
    items: Sequence[Item],
    records: Mapping[ContactId, OurRecord],
) -> list[Pair]:
    """Pair who is not linked; ``read`` are the contacts of the links that were read, ``items`` those without one."""
    locals_ = [context.local(record, None) for key, record in records.items() if key not in read]
    paired = {pair.link.contact for pair in linked if pair.link}
    found = match(locals_, items, context.mirror.stamp)
    if found.pairs:
        stay = staying(linked, context.policy, context.fit)
        others = [counted(pair.link, pair.ours, pair.theirs) for pair in stay if pair.link]
        others += [unread(link) for link in await in_thread(context.links.all) if link.contact not in paired]
        found = match(locals_, items, context.mirror.stamp, others)
    pairs = [Pair(None, local, item) for local, item in found.pairs]
    pairs += [Pair(None, local, None) for local in found.locals]
    return pairs + [Pair(None, None, item) for item in found.items]
