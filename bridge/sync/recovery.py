"""Find out what became of requests whose answers a killed run never saw (the journal's open intents).

A create is looked for by its stamp: an item that is there is linked, so that it is never made twice. Changes and
deletions need nothing: the next reading shows what they did.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.sync.context import Context, in_thread
from storage_plugin.database.journal import Operation
from storage_plugin.database.runs import Entry
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.mirror import Former, Item, Link, Origin, Photos

MADE_BY_SERVERS = ("formatted_name", "file_as")
"""What a server fills in by itself where it was sent empty; anything else that differs was edited by people."""


async def recover(context: Context) -> None:
    """Close the intents that an earlier run left open."""
    opened = await in_thread(context.journal.opened)
    if not opened:
        return
    creates = {str(each.intent.stamp): each.intent for each in opened if each.intent.operation is Operation.CREATE}
    stamps = [each.stamp for each in creates.values() if each.stamp is not None]
    found = await context.target.stamped(stamps) if stamps else []
    known = await in_thread(context.links.versions)
    linked = {link.contact for link in await in_thread(context.links.of_contacts, [s.contact for s in stamps])}
    links: dict[str, Link] = {}
    for item in sorted(found, key=lambda item: item.id, reverse=True):
        intent = creates.get(str(item.stamp))
        if intent is not None and item.id not in known and intent.contact not in linked:
            links[str(item.stamp)] = _link(intent.contact, intent.view, item)
    closed = [each.id for each in opened]
    log = [_entry(link) for link in links.values()]
    await in_thread(context.writes.settle, links=list(links.values()), intents=closed, log=log)
    context.counts["recovered"] += len(links)


def _entry(link: Link) -> Entry:
    name = display_name(link.ours)
    return Entry("create", link.contact, name, f"{name}: created by the run before, which was broken off", Former())


def _link(contact: int, sent: Contact, item: Item) -> Link:
    """Link an item to its record as it was sent; the picture is compared anew."""
    made = {name: getattr(item.view, name) for name in MADE_BY_SERVERS if not getattr(sent, name)}
    theirs = replace(sent, **made)
    version = item.version if theirs == item.view else "unknown"
    return Link(contact, item.id, version, Origin.CREATED, sent, theirs, Photos(), flagged=item.flagged)  # type: ignore[arg-type]
