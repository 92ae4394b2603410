"""A plan in words, for ``mirror run --dry-run`` and the log: a line for each action, the contact's name first."""

from __future__ import annotations

from collections.abc import Mapping

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
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Side


def name_of(action: Action) -> str:
    """Give the name of the contact that ``action`` is about."""
    pair = action.pair
    if pair.ours is not None:
        return pair.ours.name or display_name(pair.ours.view) or N_(f"contact {pair.ours.contact}")
    views = [pair.theirs.view] if pair.theirs else []
    views += [pair.link.ours, pair.link.theirs] if pair.link else []
    return next((name for view in views if (name := display_name(view))), N_("a contact without a name"))


def described(action: Action) -> str:
    """Say in one line what ``action`` does, beginning with the contact's name."""
    return " ".join(f"{name_of(action)}: {_in_conflict(action, _deed(action))}".split())


_PLAIN_DEEDS: Mapping[type, str] = {
    Create: N_("create in the folder"),
    Adopt: N_("join with the contact found in the folder"),
    Ask: N_("ask which side is right"),
    Remember: N_("remember both sides as they are"),
    Remove: N_("remove from the folder"),
    Unmark: N_("leave in the folder, no longer mirrored"),
    Trash: N_("deleted in the folder, move to the deleted items"),
    Revive: N_("edited in the folder, bring back from the deleted items"),
    Drop: N_("no longer in the mirrored folder, move the plain contact to the deleted items"),
    Forget: N_("forget the link"),
    Keep: N_("stay in the folder, no longer mirrored"),
}


def _deed(action: Action) -> str:
    if isinstance(action, Update):
        return _update(action)
    if isinstance(action, TakeIn):
        return N_(f"new in the folder, take in as a {'plain' if action.plain else 'business'} contact")
    if isinstance(action, Refresh):
        follows = action.ours is not None or action.photo
        return N_("follow the folder") if follows else N_("keep, known in the folder")
    if isinstance(action, HandOver):
        return N_(
            f"stay in the folder,{' after taking in here what was edited there,' if action.ours else ''} and "
            f"{'be the one of that name in' if action.twin else 'become a business contact of'} the other book"
        )
    deed = _PLAIN_DEEDS[type(action)]
    takes_in = isinstance(action, Remove | Unmark) and action.ours
    return N_(f"{deed}, after taking in what was edited there") if takes_in else deed


def _update(action: Update) -> str:
    parts = []
    pair = action.pair
    if action.theirs is not None and pair.theirs is not None:
        attributes = _differing(pair.theirs.view, action.theirs)
        parts.append(N_(f"send {attributes}"))
    if action.ours is not None and pair.ours is not None:
        attributes = _differing(pair.ours.view, action.ours)
        parts.append(N_(f"receive {attributes}"))
    if action.photo is not None:
        parts.append(N_("send picture") if action.photo is Side.THEIRS else N_("receive picture"))
    if pair.theirs is not None and action.flagged != pair.theirs.flagged:
        parts.append(N_("set the category") if action.flagged else N_("remove the category"))
    return ", ".join(parts) or N_("update")


def _differing(old: Contact, new: Contact) -> str:
    names = [name for name in Contact.__slots__ if getattr(old, name) != getattr(new, name)]
    return " and ".join(names)


def _in_conflict(action: Action, deed: str) -> str:
    conflicts = getattr(action, "conflicts", ())
    attributes = ", ".join(dict.fromkeys(conflict.field for conflict in conflicts))
    return N_(f"{deed} (conflict in {attributes})") if attributes else deed
