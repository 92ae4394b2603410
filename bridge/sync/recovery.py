"""Find out what became of requests whose answers a killed run never saw (the journal's open intents).

A create is looked for by its stamp: an item that is there is linked, so that it is never made twice. The next reading
shows what changes and deletions did, but for what a server wrote in its own way, which is no edit (``rewriting``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bridge.sync.context import Context, in_thread
from bridge.sync.match import may_be_one
from bridge.sync.rewriting import after_change, settled
from storage_plugin.database.journal import Intent, Operation
from storage_plugin.database.runs import Entry
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Former, Item, ItemId, Link, Origin, Photos


async def recover(context: Context) -> None:
    """Close the intents that an earlier run left open."""
    opened = await in_thread(context.journal.opened)
    if not opened:
        return
    intents = [each.intent for each in opened]
    made = await _made(context, [each for each in intents if each.operation is Operation.CREATE])
    changed, unread = await _changed(context, [each for each in intents if each.operation is Operation.UPDATE])
    closed, log = [each.id for each in opened if each.intent.item not in unread], [_entry(link) for link in made]
    await in_thread(context.writes.settle, links=made + changed, intents=closed, log=log)
    context.counts["recovered"] += len(made)


async def _made(context: Context, intents: Sequence[Intent]) -> list[Link]:
    """Give the links of what was created; of two items with one stamp, that of the first one found that may be it.

    A record may be linked to an item that has gone: it was to be created again.
    """
    creates = {str(each.stamp): each for each in intents}
    stamps = [each.stamp for each in intents if each.stamp is not None]
    found = await context.target.stamped(stamps) if stamps else []
    known = await in_thread(context.links.versions)
    old = {
        link.contact: link.item for link in await in_thread(context.links.of_contacts, [s.contact for s in stamps])
    }
    there = await context.target.items(list(old.values())) if old else {}
    links: dict[str, Link] = {}
    for item in found:
        intent = creates.get(str(item.stamp))
        if intent is None or not may_be_one(intent.view, item.view):
            continue
        if item.id not in known and old.get(intent.contact) not in there:
            links.setdefault(str(item.stamp), _link(intent.contact, intent.view, item))
    return list(links.values())


async def _changed(context: Context, intents: Sequence[Intent]) -> tuple[list[Link], Collection[ItemId | None]]:
    """Give the links that have to remember how the server wrote what it was sent, and what could not be read."""
    sent = {each.item: each for each in intents if each.item is not None and each.stamp is not None}
    links = [
        link for link in await in_thread(context.links.of_items, sent) if link.contact == sent[link.item].contact
    ]
    items, unread = await context.items([link.item for link in links])
    result = []
    for link in links:
        intent, item = sent[link.item], items.get(link.item)
        if item is not None and intent.stamp is not None:
            after = after_change(link, intent.view, intent.version, intent.stamp, item)
            result += [after] if after != link else []
    return result, unread.keys()


def _entry(link: Link) -> Entry:
    name = display_name(link.ours)
    return Entry(
        "create", link.contact, name, N_(f"{name}: created by the run before, which was broken off"), Former()
    )


def _link(contact: ContactId, sent: Contact, item: Item) -> Link:
    """Link an item to its record as it was sent, its picture too."""
    view = replace(sent, photo="")
    photos = Photos(sent.photo, item.photo) if sent.photo and item.photo else Photos()
    link = Link(contact, item.id, "unknown", Origin.CREATED, view, view, photos, flagged=item.flagged)
    link = settled(link, view, item.view)
    return replace(link, version=item.version) if link.theirs == item.view else link
