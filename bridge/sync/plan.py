"""Decide what a run does: one action at most for each contact on which the sides disagree, or none.

A pure function of what was remembered, both sides as they are now, and the rules. It takes time in proportion to the
pairs that it is given; an incremental run gives those alone that may have changed. A side has changed when its view
differs from the remembered one of that side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bridge.sync.actions import (
    Action,
    Adopt,
    Ask,
    Create,
    Drop,
    Forget,
    Pair,
    Question,
    Remember,
    Remove,
    Revive,
    TakeIn,
    Trash,
    Update,
)
from bridge.sync.foreign import followed, introduced, taken_in
from bridge.sync.leaving import leave, merged_views, rests, was_changed, was_edited
from bridge.sync.merge import FieldConflict, MergedPhoto
from bridge.sync.policy import Mode, Policy, belongs_in_folder
from bridge.sync.telling import name_of
from storage_plugin.model.contact import LISTS, Contact
from storage_plugin.model.mirror import NOTHING, Item, Link, Local, Origin

Fit = Callable[[Contact, Contact], Contact]
"""Give the part of a view for which the target has slots; what is in the second view has its slot already.

For a target it is ``lambda view, present: shape.view(view, View(present, NOTHING)).view``.
"""


def whole(view: Contact, present: Contact) -> Contact:
    """Fit a view into a target without limits."""
    return view


def plan(pairs: Iterable[Pair], policy: Policy, fit: Fit = whole) -> Iterator[Action]:
    """Yield what is to be done, in the order of ``pairs``.

    Links are forgotten last: whoever was linked when the run began meets nobody, even if the run is killed.
    """
    if not (policy.imports or policy.exports):
        return
    decided = (_decided(pair, policy, fit) for pair in pairs)
    forgotten = []
    for action in decided:
        if isinstance(action, Forget):
            forgotten.append(action)
        elif action is not None:
            yield action
    yield from forgotten


def staying(pairs: Iterable[Pair], policy: Policy, fit: Fit = whole) -> Iterator[Pair]:
    """Yield the pairs that stay linked when the plan is carried out, the records as they will be then."""
    for pair in pairs:
        action = _decided(pair, policy, fit)
        if not isinstance(action, Trash | Drop | Remove | Forget):
            view = getattr(action, "ours", None)
            yield pair if view is None or pair.ours is None else replace(pair, ours=replace(pair.ours, view=view))


def guard(actions: Iterable[Action], linked: int, policy: Policy) -> Question | None:
    """Ask before a plan that deletes more on one side than the policy allows a mirror of ``linked`` contacts."""
    deletions = [action for action in actions if isinstance(action, Trash | Drop | Remove)]
    theirs = sum(isinstance(action, Remove) for action in deletions)
    ours = len(deletions) - theirs
    allowed = policy.limit.of(linked)
    if max(ours, theirs) <= allowed:
        return None
    return Question(ours, theirs, allowed, tuple(name_of(action) for action in deletions))


def _decided(pair: Pair, policy: Policy, fit: Fit) -> Action | None:
    link, ours, theirs = pair.link, pair.ours, pair.theirs
    if link is not None and rests(pair, link):
        return None
    if link is None and ours is not None and theirs is not None:
        return _met(pair, ours, theirs, policy, fit)
    if link is None and ours is not None:
        return _created(pair, ours, policy)
    if link is None:
        return None if theirs is None else taken_in(pair, theirs, policy)
    if link.origin is Origin.FOREIGN and not (policy.exports and belongs_in_folder(ours)):
        return followed(pair, link, policy)
    if theirs is None:
        return _without_item(pair, link, policy)
    if ours is None or not belongs_in_folder(ours):
        return _not_wanted(pair, link, theirs, policy, fit)
    if link.origin is Origin.FOREIGN:
        # What people wrote into the plain contact was never sent: seen from the item, it is new.
        return _adopted(pair, replace(link, ours=link.theirs), ours, theirs, policy, fit)
    return _both(pair, link, ours, theirs, policy, fit)


# --- who has no partner, or has just found one -------------------------------------------------------------------


def _created(pair: Pair, ours: Local, policy: Policy) -> Create | None:
    if not (policy.exports and belongs_in_folder(ours)):
        return None
    kept = {
        name: getattr(NOTHING, name) for name, mode in policy.modes.items() if mode is Mode.KEEP and name != "photo"
    }
    return Create(pair, replace(ours.view, **kept), flagged=policy.flag is not None)


def _met(pair: Pair, ours: Local, theirs: Item, policy: Policy, fit: Fit) -> Action | None:
    if ours.plain:
        return introduced(pair, ours, theirs, policy)
    if not belongs_in_folder(ours):
        return taken_in(pair, theirs, policy)
    nothing = Link(ours.contact, theirs.id, theirs.version, Origin.ADOPTED, NOTHING, NOTHING)
    return _adopted(pair, nothing, ours, theirs, policy, fit)


def _adopted(pair: Pair, link: Link, ours: Local, theirs: Item, policy: Policy, fit: Fit) -> Adopt:
    """Join two that were there before us. Where both have a picture each keeps its own: ours could not be undone."""
    joined = _both(pair, link, ours, theirs, policy, fit)
    update = joined if isinstance(joined, Update) else None
    return Adopt(
        pair,
        before=replace(theirs.view, photo=theirs.photo or ""),
        ours=update.ours if update else None,
        theirs=update.theirs if update else None,
        shown=update.shown if update else None,
        conflicts=joined.conflicts if isinstance(joined, Update | Ask) else (),
        photo=update.photo if update and not (ours.photo and theirs.photo) else None,
        flagged=_flagged(link, theirs, policy),
        waiting=joined.waiting if joined else frozenset(),
    )


# --- linked pairs ------------------------------------------------------------------------------------------------


def _both(
    pair: Pair, link: Link, ours: Local, theirs: Item, policy: Policy, fit: Fit
) -> Update | Ask | Remember | None:
    update = _merged(pair, link, ours, theirs, policy, fit)
    if update.ours is not None or update.photo is not None or update.writes_folder:
        return update
    open_conflicts = update.conflicts
    if open_conflicts:
        return Ask(pair, open_conflicts, update.waiting)
    return Remember(pair, update.waiting) if _moved_on(link, ours, theirs, update.waiting) else None


def _merged(pair: Pair, link: Link, ours: Local, theirs: Item, policy: Policy, fit: Fit) -> Update:
    merged, photo = merged_views(link, ours, theirs, policy)
    theirs_view = fit(merged.theirs, theirs.view)
    return Update(
        pair,
        ours=None if merged.ours == ours.view else merged.ours,
        theirs=None if theirs_view == theirs.view else theirs_view,
        shown=None if merged.ours == ours.view else fit(merged.ours, _together(link.ours, theirs.view)),
        conflicts=(*merged.conflicts, *_conflict(photo)),
        photo=photo.to,
        flagged=_flagged(link, theirs, policy),
        waiting=merged.waiting | ({"photo"} if photo.waiting else frozenset()),
    )


def _without_item(pair: Pair, link: Link, policy: Policy) -> Action | None:
    """The item has gone: so goes the record, unless it was edited meanwhile."""
    ours = pair.ours
    if ours is None or not belongs_in_folder(ours):
        return Forget(pair)
    if not was_changed(link, ours) and policy.imports and link.origin is not Origin.FOREIGN:
        return Trash(pair)
    return _created(pair, ours, policy) or Forget(pair)


def _not_wanted(pair: Pair, link: Link, theirs: Item, policy: Policy, fit: Fit) -> Action | None:
    """The record was deleted, or is not to be in the folder any more."""
    ours = pair.ours
    if policy.imports and was_edited(link, theirs):
        if ours is None:
            return TakeIn(pair, theirs.view, link.origin, theirs.flagged)
        if not belongs_in_folder(replace(ours, trashed=False)):
            return leave(pair, policy, stays_known=True) if policy.exports else None
        update = _merged(pair, link, ours, theirs, policy, fit)
        return Revive(
            pair,
            update.ours or ours.view,
            update.theirs,
            update.shown,
            update.conflicts,
            update.photo,
            update.flagged,
            update.waiting,
        )
    return leave(pair, policy, stays_known=True) if policy.exports else None


def _flagged(link: Link, theirs: Item, policy: Policy) -> bool:
    """Tell whether the item is to carry the flag; one that its owner set stays."""
    if not policy.exports:
        return theirs.flagged
    return policy.flag is not None or (theirs.flagged and not link.flagged)


def _moved_on(link: Link, ours: Local, theirs: Item, waiting: frozenset[str]) -> bool:
    """Tell whether there is something to remember."""
    if theirs.version != link.version or ours.kept != link.kept:
        return True
    now = (ours.view, theirs.view)
    held = {name: None for name in waiting if name != "photo"}
    for was, view in zip((link.ours, link.theirs), now, strict=True):
        if any(getattr(was, name) != getattr(view, name) for name in Contact.__slots__ if name not in held):
            return True
    if "photo" in waiting:
        return False
    return ours.photo != link.photos.ours or theirs.photo not in (None, link.photos.theirs)


def _conflict(photo: MergedPhoto) -> tuple[FieldConflict, ...]:
    return (photo.conflict,) if photo.conflict else ()


def _together(one: Contact, other: Contact) -> Contact:
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in LISTS})
