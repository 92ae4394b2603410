"""An item that is to leave the mirror: what we created is removed, what was there before is given back.

What people changed in the folder meanwhile is taken in first, and stays in an adopted item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from bridge.sync.actions import Action, Drop, Forget, Pair, Remove, Unmark
from bridge.sync.merge import FieldConflict, Merged, MergedPhoto, merge, merge_photos
from bridge.sync.policy import Policy, belongs_in_folder, ways, winning_side
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import NOTHING, Item, Link, Local, Origin, Rest, Side


def plan_stop(pairs: Iterable[Pair], policy: Policy) -> Iterator[Action]:
    """Plan the end of a mirror, or the change to another folder (BCM-10, BCM-36, BCM-38).

    What we created goes, what we adopted is given back, and the plain contacts that followed items of the owner's go
    to the deleted items unless people edited them. No business contact is touched but to take in last edits.
    """
    for pair in pairs:
        if pair.link is not None:
            yield _stopped(pair, pair.link, policy)


def leave(pair: Pair, policy: Policy, *, stays_known: bool) -> Remove | Unmark | Forget:
    """Take an item out of the mirror; edits of people go into the record, if there still is one."""
    link, item = pair.link, pair.theirs
    if link is None or item is None:
        return Forget(pair)
    ours, conflicts, picture, edited = last_edits(link, pair.ours, item, policy)
    if link.origin is Origin.CREATED:
        return Remove(pair, ours, conflicts, picture, edited)
    before = given_back(link, item)
    present = link.photos.theirs if item.photo is None else item.photo
    return Unmark(
        pair,
        theirs=_without_photo(before),
        ours=ours,
        conflicts=conflicts,
        photo=None if present == before.photo else before.photo,
        flagged=item.flagged and not link.flagged,
        stays_known=stays_known,
        edited=edited,
    )


class LastEdits(NamedTuple):
    """The view and the picture that a record takes in from its item; ``edited``: people did edit the item."""

    ours: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: Side | None = None
    edited: bool = False


def last_edits(link: Link, local: Local | None, item: Item, policy: Policy) -> LastEdits:
    """Give what a record takes in from an item that is to leave the mirror."""
    if local is None or not policy.imports or not was_edited(link, item):
        return LastEdits()
    merged, photo = merged_views(link, local, item, policy)
    conflicts = merged.conflicts + ((photo.conflict,) if photo.conflict else ())
    ours = None if merged.ours == local.view else merged.ours
    return LastEdits(ours, conflicts, photo.to if photo.to is Side.OURS else None, True)


def merged_views(link: Link, ours: Local, theirs: Item, policy: Policy) -> tuple[Merged, MergedPhoto]:
    """Merge a linked pair, pictures too, under the rules of ``policy``.

    What a switch keeps back waits for it; what the mode of a field keeps back is settled.
    """
    winner = winning_side(policy, ours, theirs)
    views = (link.ours, ours.view, link.theirs, theirs.view)
    merged = merge(*views, winner, lambda name: ways(policy, name, getattr(theirs.view, name)))
    photo_ways = ways(policy, "photo", theirs.photo)
    photo = merge_photos(link.photos, ours.photo, theirs.photo, winner, photo_ways)
    if policy.imports and policy.exports:
        return replace(merged, waiting=frozenset()), photo._replace(waiting=False)
    return merged, photo


def was_edited(link: Link, item: Item) -> bool:
    """Tell whether people changed an item since the last synchronisation.

    An adopted item that is as it was before us is one that a killed run gave back already, not an edited one. A link
    that says nothing is that of an erased person, who is not to come back from the folder.
    """
    if link.version and (link.ours, link.theirs) == (NOTHING, NOTHING):
        return False
    if link.before is not None and item.view == _without_photo(link.before):
        return False
    return item.view != link.theirs or (item.photo is not None and item.photo != link.photos.theirs)


def was_changed(link: Link, local: Local) -> bool:
    """Tell whether a record's view or picture changed since the last synchronisation."""
    return local.view != link.ours or local.photo != link.photos.ours


def rests(pair: Pair, link: Link) -> bool:
    """Tell whether an undo left a pair apart, and neither side has been touched since."""
    if link.rest is None:
        return False
    ours, theirs = pair.ours, pair.theirs
    if link.rest != Rest(belongs_in_folder(ours), theirs is not None):
        return False
    return not (ours and was_changed(link, ours)) and not (theirs and was_edited(link, theirs))


def given_back(link: Link, item: Item) -> Contact:
    """Give an adopted item as it would be if we had never written: as before, and what people changed since.

    Its ``photo`` is the fingerprint of the picture, as in ``Link.before``.
    """
    before = link.before or NOTHING
    if not link.version:
        return before
    view = merge(_without_photo(before), _without_photo(before), link.theirs, item.view, Side.THEIRS).ours
    if item.photo is None or item.photo == link.photos.theirs:
        return replace(view, photo=before.photo)
    return replace(view, photo=item.photo)


def _without_photo(contact: Contact) -> Contact:
    return replace(contact, photo="") if contact.photo else contact


def _stopped(pair: Pair, link: Link, policy: Policy) -> Action:
    if link.origin is not Origin.FOREIGN:
        return leave(pair, policy, stays_known=False)
    local = pair.ours
    if local is None or not local.plain or local.trashed or was_changed(link, local):
        return Forget(pair)
    return Drop(pair)
