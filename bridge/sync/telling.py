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
from storage_plugin.model.mirror import Side


def name_of(action: Action) -> str:
    """Give the name of the contact that ``action`` is about."""
    pair = action.pair
    if pair.ours is not None:
        return pair.ours.name or display_name(pair.ours.view) or f"contact {pair.ours.contact}"
    views = [pair.theirs.view] if pair.theirs else []
    views += [pair.link.ours, pair.link.theirs] if pair.link else []
    return next((name for view in views if (name := display_name(view))), "a contact without a name")


def described(action: Action) -> str:
    """Say in one line what ``action`` does, beginning with the contact's name."""
    return " ".join(f"{name_of(action)}: {_deed(action)}{_in_conflict(action)}".split())


_PLAIN_DEEDS: Mapping[type, str] = {
    Create: "create in the folder",
    Adopt: "join with the contact found in the folder",
    Ask: "ask which side is right",
    Remember: "remember both sides as they are",
    Remove: "remove from the folder",
    Unmark: "leave in the folder, no longer mirrored",
    Trash: "deleted in the folder, move to the deleted items",
    Revive: "edited in the folder, bring back from the deleted items",
    Drop: "no longer in the mirrored folder, move the plain contact to the deleted items",
    Forget: "forget the link",
    Keep: "stay in the folder, no longer mirrored",
}


def _deed(action: Action) -> str:
    if isinstance(action, Update):
        return _update(action)
    if isinstance(action, TakeIn):
        return f"new in the folder, take in as a {'plain' if action.plain else 'business'} contact"
    if isinstance(action, Refresh):
        return "follow the folder" if action.ours is not None or action.photo else "keep, known in the folder"
    if isinstance(action, HandOver):
        heir = "be the one of that name in" if action.twin else "become a business contact of"
        edits = " after taking in here what was edited there," if action.ours else ""
        return f"stay in the folder,{edits} and {heir} the other book"
    taken = ", after taking in what was edited there" if isinstance(action, Remove | Unmark) and action.ours else ""
    return _PLAIN_DEEDS[type(action)] + taken


def _update(action: Update) -> str:
    parts = []
    pair = action.pair
    if action.theirs is not None and pair.theirs is not None:
        parts.append(f"send {_differing(pair.theirs.view, action.theirs)}")
    if action.ours is not None and pair.ours is not None:
        parts.append(f"receive {_differing(pair.ours.view, action.ours)}")
    if action.photo is not None:
        parts.append(f"{'send' if action.photo is Side.THEIRS else 'receive'} picture")
    if pair.theirs is not None and action.flagged != pair.theirs.flagged:
        parts.append(f"{'set' if action.flagged else 'remove'} the category")
    return ", ".join(parts) or "update"


def _differing(old: Contact, new: Contact) -> str:
    names = [name for name in Contact.__slots__ if getattr(old, name) != getattr(new, name)]
    return " and ".join(names)


def _in_conflict(action: Action) -> str:
    conflicts = getattr(action, "conflicts", ())
    names = list(dict.fromkeys(conflict.field for conflict in conflicts))
    return f" (conflict in {', '.join(names)})" if names else ""
