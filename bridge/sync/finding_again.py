"""An item that is gone and one that is new may be the same: it was copied, or its mailbox came from a backup.

By the stamp that was copied along, or by saying just what the item that is gone said. Else a folder whose items have
new ids would look as if its owner had deleted everybody and made them anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from bridge.sync.match import may_be_one
from storage_plugin.model.book import ContactId
from storage_plugin.model.mirror import NOTHING, Item, Link, Origin, Stamp


def found_again(
    gone: Sequence[Link], new: Sequence[Item], stamp_of: Callable[[ContactId], Stamp]
) -> dict[ContactId, Link]:
    """Give for those links of ``gone`` whose item is among the ``new`` ones the link to that item, by contact.

    Of two copies with one stamp the first is taken, and none that was made somebody else. One without a stamp counts
    where nobody else is alike; it may be its owner's own, so that it is stamped again and never deleted.
    """
    if not gone:
        return {}
    result: dict[ContactId, Link] = {}
    ours = {stamp_of(link.contact): link for link in gone if link.origin is not Origin.FOREIGN}
    for item in sorted(new, key=lambda item: item.id):
        link = None if item.stamp is None else ours.get(item.stamp)
        if link is not None and may_be_one(link.theirs, item.view):
            result.setdefault(link.contact, replace(link, item=item.id))
    left = [link for link in gone if link.contact not in result and link.theirs != NOTHING]
    bare = [item for item in new if item.stamp is None]
    alike, lost = Counter(item.view for item in bare), Counter(link.theirs for link in left)
    by_view = {item.view: item for item in bare if alike[item.view] == lost[item.view] == 1}
    return result | {link.contact: _bare(link, by_view[link.theirs]) for link in left if link.theirs in by_view}


def _bare(link: Link, item: Item) -> Link:
    if link.origin is Origin.FOREIGN:
        return replace(link, item=item.id)
    before = link.before or replace(item.view, photo=item.photo or "")
    return replace(link, item=item.id, version="", origin=Origin.ADOPTED, before=before)
