"""What a run's log remembers of a contact, so that the run can be taken back: what was before, a mark of what became.

``Former`` is one line of JSON; an item's view is kept only where it differs from what the link said of it. A mark is
a hash of a link: it tells whether a later run has synchronised the contact again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

from storage_plugin.database.contact_json import contact_from_json, contact_to_json
from storage_plugin.database.links import link_columns, link_from
from storage_plugin.model.mirror import Former, Item, ItemId, Link, Stamp


def mark_of(link: Link | None) -> str:
    """Give the mark of what a link says of both sides, ``""`` for none; its version and its rest do not count."""
    if link is None:
        return ""
    said = [str(link.contact), link.item, contact_to_json(link.ours), contact_to_json(link.theirs)]
    return sha256("\n".join([*said, link.photos.ours, link.photos.theirs]).encode()).hexdigest()


def former_to_json(former: Former) -> str:
    """Write what was before."""
    said: dict[str, Any] = {}
    if former.link is not None:
        said["link"] = list(link_columns(former.link).values())
    if former.item is not None:
        said["item"] = _item(former.item, former.link)
    return json.dumps(said, separators=(",", ":"))


def former_from_json(text: str) -> Former:
    """Read what ``former_to_json`` wrote."""
    said = json.loads(text)
    link = link_from(said["link"]) if "link" in said else None
    if "item" not in said:
        return Former(link)
    id, version, view, stamp, number, flagged, photo, modified_at = said["item"]
    seen = contact_from_json(view) if view is not None or link is None else link.theirs
    item = Item(ItemId(id), version, seen, Stamp.read(stamp), number, flagged, photo, modified_at)
    return Former(link, item)


def _item(item: Item, link: Link | None) -> list[Any]:
    view = None if link is not None and item.view == link.theirs else contact_to_json(replace(item.view, photo=""))
    stamp = str(item.stamp or "")
    return [item.id, item.version, view, stamp, item.customer_number, item.flagged, item.photo, item.modified_at]
