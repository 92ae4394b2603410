"""Items that belong to the folder's owner: a plain contact follows each, and none is ever written to (BCM-13)."""

from __future__ import annotations

from bridge.sync.actions import Drop, Forget, Pair, Refresh, TakeIn
from bridge.sync.leaving import was_changed
from bridge.sync.merge import merge, merge_photos
from bridge.sync.policy import BOTH_WAYS, Entry, Policy, may_enter
from storage_plugin.model.mirror import NOTHING, Item, Link, Local, Origin, Side


def taken_in(pair: Pair, item: Item, policy: Policy) -> TakeIn | None:
    """Decide about an item that nobody knows (BCM-12, BC-16, AMI-17)."""
    match may_enter(policy, item):
        case Entry.PLAIN:
            return TakeIn(pair, item.view, Origin.FOREIGN, item.flagged)
        case Entry.BUSINESS:
            flagged = item.flagged or (policy.exports and policy.flag is not None)
            return TakeIn(pair, item.view, Origin.ADOPTED, flagged)
        case Entry.STAYS_OUT:
            return None


def introduced(pair: Pair, local: Local, item: Item, policy: Policy) -> Refresh | None:
    """Let a plain contact that was there before follow an item: it is completed, and nothing of it overwritten."""
    if not policy.imports:
        return None
    ours = merge(NOTHING, local.view, NOTHING, item.view, Side.OURS).ours
    photo = Side.OURS if item.photo and not local.photo else None
    return Refresh(pair, None if ours == local.view else ours, photo=photo)


def followed(pair: Pair, link: Link, policy: Policy) -> Refresh | Drop | Forget | None:
    """Decide about a foreign link whose record is not to be in the folder (else it is adopted, BCM-45).

    The item wins a conflict: it is the original. A plain contact that people edited is not dropped with its item, and
    one that they deleted does not come back.
    """
    local, item = pair.ours, pair.theirs
    if item is None:
        if local is None or local.trashed or not local.plain or was_changed(link, local):
            return Forget(pair)
        return Drop(pair) if policy.imports else None
    if local is None or local.trashed or not local.plain or not policy.imports:
        return None
    merged = merge(link.ours, local.view, link.theirs, item.view, Side.THEIRS)
    photo = merge_photos(link.photos, local.photo, item.photo, Side.THEIRS, BOTH_WAYS)
    ours = None if merged.ours == local.view else merged.ours
    to_ours = photo.to if photo.to is Side.OURS else None
    if ours is None and to_ours is None and not _moved_on(link, item):
        return None
    return Refresh(pair, ours, merged.conflicts, to_ours)


def _moved_on(link: Link, item: Item) -> bool:
    known = item.photo is None or item.photo == link.photos.theirs
    return not known or (item.view, item.version) != (link.theirs, link.version)
