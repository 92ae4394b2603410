"""What is remembered after an action: the link, as a pure function of the action and of what both sides answered."""

from __future__ import annotations

from dataclasses import replace

from bridge.sync.actions import (
    Action,
    Adopt,
    Ask,
    Create,
    Drop,
    Forget,
    HandOver,
    Keep,
    Refresh,
    Remember,
    Remove,
    Revive,
    TakeIn,
    Trash,
    Unmark,
    Update,
)
from bridge.sync.leaving import given_back
from bridge.sync.policy import Policy
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import NOTHING, Item, Link, Local, Origin, Photos


def remembered(link: Link, policy: Policy) -> Item:
    """Give the item of a link that was not read since it did not change; its flag is as it should be."""
    flagged = link.flagged or (policy.flag is not None and link.origin is not Origin.FOREIGN)
    return Item(link.item, link.version, link.theirs, flagged=flagged, photo=None)


def claimed(action: Adopt) -> Link:
    """Give the link to commit before an adopted item is written to: a killed run must not forget what it was before.

    It has no version, which tells that the item was not written to yet, and remembers what the item said before, so
    that the next run finds the same changes and merges them again.
    """
    ours, theirs = action.pair.ours, action.pair.theirs
    assert ours is not None and theirs is not None
    both = bool(ours.photo and theirs.photo)
    photos = Photos(ours.photo, theirs.photo or "") if both else Photos()
    known = action.pair.link
    return Link(
        ours.contact,
        theirs.id,
        "",
        Origin.ADOPTED,
        known.theirs if known else NOTHING,
        known.theirs if known else NOTHING,
        known.photos if known else photos,
        before=action.before,
        flagged=action.flagged and not theirs.flagged,
    )


def unsettled(action: Update) -> Link | None:
    """Give the link to commit before an adopted item is written to again; None for an item of our own.

    It has no version (see ``claimed``), and what people changed is in its ``before``: a killed run must not take what
    we wrote for what they wrote. Where the item was not written to after all, commit the old link again.
    """
    known, read = action.pair.link, action.pair.theirs
    assert known is not None and read is not None
    if known.before is None:
        return None
    flagged = known.flagged or (action.flagged and not read.flagged)
    return replace(known, version="", before=given_back(known, read), flagged=flagged, rest=None)


def taken_first(action: Remove | Unmark | HandOver, ours: Local) -> Link:
    """Give the link to commit with an edit that is taken in before its item leaves: it is not taken in again."""
    known, read = action.pair.link, action.pair.theirs
    assert known is not None and read is not None
    before = None if known.before is None else given_back(known, read)
    return replace(_link(action, ours, read, known.origin), before=before, flagged=known.flagged)


def inherited(link: Link, item: Item, successor: ContactId, twin: Local | None) -> Link:
    """Give the link of a record that succeeds another one; ``item`` is the item as it was read.

    It has no version, so that the item is stamped anew (see ``claimed``). A new record says what the former one says,
    so that the same is remembered; a ``twin`` and the item meet for the first time.
    """
    before = None if link.before is None else given_back(link, item)
    heir = replace(link, contact=successor, version="", before=before, rest=None)
    if twin is None:
        return heir
    photos = Photos(twin.photo, item.photo or "") if twin.photo and item.photo else Photos()
    return replace(heir, ours=NOTHING, theirs=NOTHING, kept=NOTHING, photos=photos)


def link_after(action: Action, ours: Local, theirs: Item) -> Link | None:
    """Give the link that ``action`` leaves; None where none is left.

    ``ours`` is the record as it is now, its view taken with ``Shape.view(record, View(action.shown, kept))``;
    ``theirs`` is what the target answered (or the item as it was read, where it was not written to).
    """
    match action:
        case Remove() | Trash() | Drop() | Forget() | HandOver() | Keep():
            return None
        case Unmark(stays_known=False):
            return None
        case Unmark() | Refresh():
            return _link(action, ours, theirs, Origin.FOREIGN)
        case Create():
            return replace(_link(action, ours, theirs, Origin.CREATED), flagged=theirs.flagged)
        case TakeIn(origin=Origin.FOREIGN):
            return _link(action, ours, theirs, Origin.FOREIGN)
        case TakeIn():
            read = action.pair.theirs
            assert read is not None
            before = replace(read.view, photo=read.photo or "") if action.origin is Origin.ADOPTED else None
            link = _link(action, ours, theirs, action.origin)
            is_ours = _ours(action, theirs) or (action.flagged and not read.flagged)
            return replace(link, before=before, flagged=is_ours)
        case Adopt():
            link = _link(action, ours, theirs, Origin.ADOPTED)
            return replace(
                _held(link, action.pair.link, action.waiting), before=action.before, flagged=_ours(action, theirs)
            )
        case Update() | Revive() | Ask() | Remember():
            known, read = action.pair.link, action.pair.theirs
            assert known is not None and read is not None
            link = replace(_link(action, ours, theirs, known.origin), flagged=_ours(action, theirs))
            if known.before is not None:
                link = replace(link, before=given_back(known, read))
            return _held(link, known, action.waiting)


def _link(action: Action, ours: Local, theirs: Item, origin: Origin) -> Link:
    known = action.pair.link
    seen = theirs.photo if theirs.photo is not None else known.photos.theirs if known else ""
    photos = Photos(ours.photo, seen)
    return Link(ours.contact, theirs.id, theirs.version, origin, ours.view, theirs.view, photos, ours.kept)


def _ours(action: Action, theirs: Item) -> bool:
    """Tell whether the flag on the item is of our making."""
    known, read = action.pair.link, action.pair.theirs
    was_ours = known is not None and known.flagged
    return theirs.flagged and (was_ours or (read is not None and not read.flagged))


def _held(link: Link, known: Link | None, waiting: frozenset[str]) -> Link:
    """Leave what may not cross as it was remembered, so that it crosses when it may."""
    was_ours, was_theirs = (known.ours, known.theirs) if known else (NOTHING, NOTHING)
    names = waiting - {"photo"}
    photos = (known.photos if known else Photos()) if "photo" in waiting else link.photos
    return replace(
        link, ours=_with(link.ours, was_ours, names), theirs=_with(link.theirs, was_theirs, names), photos=photos
    )


def _with(contact: Contact, old: Contact, names: frozenset[str]) -> Contact:
    return replace(contact, **{name: getattr(old, name) for name in names})
