"""Who comes back to a book finds its mirror as it was: the items that were left in the folder are its links again."""

from __future__ import annotations

from bridge.sync.context import Context, in_thread
from bridge.sync.switching import returning
from storage_plugin.database.leftovers import Leftovers


async def rejoin(context: Context) -> None:
    """Join what the mirror's book left in the folder, as far as it is there still; the folder is open.

    Nothing is to be done once a run has read both sides since the user came back.
    """
    if context.mirror.cursor is not None:
        return
    leftovers = Leftovers(context.database, context.mirror)
    left = await in_thread(leftovers.of_this_book)
    if left:
        there = await context.target.items([link.item for link in left])
        back = returning(left, there, context.mirror.installation_key)
        await in_thread(leftovers.join_again, context.lease, back)
