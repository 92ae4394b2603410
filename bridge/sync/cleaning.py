"""What becomes of contacts that a switch of books left in the folder: a pure decision (BCM-52, BCM-64)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bridge.sync.actions import Drop, Forget, Pair, Refresh, Remove, Unmark
from bridge.sync.foreign import followed
from bridge.sync.leaving import leave, was_edited
from bridge.sync.policy import Policy
from storage_plugin.model.mirror import Item, ItemId, Link, Origin


@dataclass(frozen=True, slots=True)
class Clearing:
    """What is done about one item; a Forget needs nothing of the folder.

    ``then`` is what becomes of the plain contact that followed the item, once the item is removed.
    """

    action: Remove | Unmark | Forget
    then: Refresh | Drop | Forget | None = None


def plan_leftovers(
    leftovers: Iterable[Link],
    there: Mapping[ItemId, Item],
    present: Mapping[ItemId, Pair],
    installation: str,
    policy: Policy,
) -> Iterator[Clearing]:
    """Plan to take out of the folder what we created, and to give back what we adopted.

    ``leftovers`` are links of books that the user has left, ``present`` the pairs of the same items in the user's
    book. One that the user has added to that book stays, and so does, unmarked, one that people edited since it was
    left: there is no record that could take that in.
    """
    for link in leftovers:
        item, pair = there.get(link.item), present.get(link.item)
        if link.origin is Origin.FOREIGN or (pair is not None and not _is_plain(pair)):
            continue
        if item is None or item.stamp is None or item.stamp.installation != installation:
            yield Clearing(Forget(Pair(link)))
            continue
        left = Pair(link, None, item)
        if link.origin is Origin.CREATED and was_edited(link, item):
            flagged = item.flagged and not link.flagged
            yield Clearing(Unmark(left, theirs=item.view, flagged=flagged, stays_known=False))
            continue
        action = leave(left, policy, stays_known=False)
        if isinstance(action, Remove) and pair is not None and pair.link is not None:
            yield Clearing(action, followed(replace(pair, theirs=None), pair.link, policy))
        else:
            yield Clearing(action)


def _is_plain(pair: Pair) -> bool:
    """Tell whether the item is its owner's in the present book: nobody has added it there."""
    is_foreign = pair.link is None or pair.link.origin is Origin.FOREIGN
    return is_foreign and (pair.ours is None or pair.ours.plain)
