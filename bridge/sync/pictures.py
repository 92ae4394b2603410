"""Read the pictures of items, and no others than those that were told."""

from __future__ import annotations

from hashlib import sha256

from bridge.sync.context import Context
from storage_plugin.model.book import Precondition
from storage_plugin.model.mirror import Item


async def picture_of(context: Context, item: Item) -> bytes:
    """Read an item's picture, ``b""`` for none; raise Precondition where it is not the one that was told.

    A picture that went meanwhile, or a service that fails over it, must not take ours away.
    """
    if item.photo == "":
        return b""
    picture = await context.target.photo(item.id) or b""
    if item.photo is not None and sha256(picture).hexdigest() != item.photo:
        raise Precondition("the picture in the folder has changed")
    return picture
