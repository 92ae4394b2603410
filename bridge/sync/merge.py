"""Three-way merge of the two views of a contact, field by field and item by item.

Each side is compared with what *it* was after the last synchronisation, so that what a server writes otherwise than
it was sent is no edit. What only one side changed the other gets; what both changed to the same needs nothing; what
both changed differently is a conflict: the winner's value is taken and both are reported. What nobody changed stays
as each side has it.

Laws: a one-sided edit is taken whole; equal edits need no winner; swapping the sides swaps the result; nothing is
invented, but for a formatted name that follows from parts of both sides (see ``names``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bridge.sync import names
from bridge.sync.policy import BOTH_WAYS, Ways
from bridge.sync.slots import Slot, in_one_order, slots_of
from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.mirror import Photos, Side


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """Both sides changed ``field`` (an attribute of Contact, or "photo") differently.

    For lists the values are the two items, None for a removed one. ``taken`` is the side whose value both have now,
    None where each side keeps its own until somebody decides.
    """

    field: str
    ours: Any
    theirs: Any
    taken: Side | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What each side is to show. ``waiting`` are the fields with changes that may not cross (a switch, a mode)."""

    ours: Contact
    theirs: Contact
    conflicts: tuple[FieldConflict, ...] = ()
    waiting: frozenset[str] = frozenset()


class MergedPhoto(NamedTuple):
    """The side that gets the other's picture (or loses its own, where the other has none), or None."""

    to: Side | None = None
    conflict: FieldConflict | None = None
    waiting: bool = False


class _Outcome(NamedTuple):
    ours: Any
    theirs: Any
    conflicts: tuple[FieldConflict, ...] = ()
    waiting: bool = False


def _freely(_field: str) -> Ways:
    return BOTH_WAYS


def merge(
    ours_base: Contact,
    ours: Contact,
    theirs_base: Contact,
    theirs: Contact,
    winner: Side | None,
    ways: Callable[[str], Ways] = _freely,
) -> Merged:
    """Bring the changes of each side to the other; ``winner`` None leaves conflicting values as each side has them.

    ``ways`` tells of a field which sides may be written to. Pictures are not looked at, see ``merge_photos``.
    """
    if ours == ours_base and theirs == theirs_base:
        return Merged(ours, theirs)
    outcomes: dict[str, _Outcome] = {}
    for name in FIELDS:
        if name != "photo":
            four = [getattr(contact, name) for contact in (ours_base, ours, theirs_base, theirs)]
            outcomes[name] = _decide(name, Slot(*four), winner, ways(name))
    for name in LISTS:
        lists = [getattr(contact, name) for contact in (ours_base, ours, theirs_base, theirs)]
        outcomes[name] = _merge_lists(name, lists, winner, ways(name))
    mine = replace(ours, **{name: outcome.ours for name, outcome in outcomes.items()})
    other = replace(theirs, **{name: outcome.theirs for name, outcome in outcomes.items()})
    written = names.rejoined((ours_base, theirs_base), (ours, theirs), (mine, other), winner)
    if written and ways("formatted_name") == BOTH_WAYS:
        mine, other = replace(mine, formatted_name=written[0]), replace(other, formatted_name=written[1])
        outcomes["formatted_name"] = _Outcome(*written)
    conflicts = tuple(conflict for outcome in outcomes.values() for conflict in outcome.conflicts)
    return Merged(mine, other, conflicts, frozenset(name for name, each in outcomes.items() if each.waiting))


def merge_photos(
    base: Photos, ours: str, theirs: str | None, winner: Side | None, ways: Ways = BOTH_WAYS
) -> MergedPhoto:
    """Do the same with pictures. Two fingerprints are never compared with each other: servers encode pictures anew.

    ``theirs`` None means that nobody looked: it is taken to be what it was.
    """
    ours_changed = ours != base.ours
    theirs_changed = theirs is not None and theirs != base.theirs
    if (not ours_changed and not theirs_changed) or (not ours and not (base.theirs if theirs is None else theirs)):
        return MergedPhoto()
    if ours_changed and theirs_changed:
        source, conflict = winner, FieldConflict("photo", ours, theirs, winner)
    else:
        source, conflict = Side.OURS if ours_changed else Side.THEIRS, None
    if source is None:
        return MergedPhoto(None, conflict)
    if not ways.into(source.other):
        return MergedPhoto(waiting=True)
    return MergedPhoto(source.other, conflict)


def _decide(name: str, slot: Slot, winner: Side | None, ways: Ways) -> _Outcome:
    ours_changed, theirs_changed = slot.ours != slot.was_ours, slot.theirs != slot.was_theirs
    if not (ours_changed or theirs_changed) or slot.ours == slot.theirs:
        return _Outcome(slot.ours, slot.theirs)
    conflicts: tuple[FieldConflict, ...] = ()
    source: Side | None = Side.OURS if ours_changed else Side.THEIRS
    if ours_changed and theirs_changed:
        conflicts = (FieldConflict(name, slot.ours, slot.theirs, winner),)
        source = winner
    if source is None:
        return _Outcome(slot.ours, slot.theirs, conflicts)
    if not ways.into(source.other):
        return _Outcome(slot.ours, slot.theirs, waiting=True)
    value = slot.ours if source is Side.OURS else slot.theirs
    return _Outcome(value, value, conflicts)


def _merge_lists(name: str, lists: Sequence[tuple[Any, ...]], winner: Side | None, ways: Ways) -> _Outcome:
    ours_base, ours, theirs_base, theirs = lists
    ours_changed, theirs_changed = ours != ours_base, theirs != theirs_base
    if not (ours_changed or theirs_changed) or ours == theirs:
        return _Outcome(ours, theirs)
    slots = slots_of(*lists)
    decided = [_decide(name, slot, winner, ways) for slot in slots]
    leading = winner if ours_changed and theirs_changed else Side.OURS if ours_changed else Side.THEIRS
    if not in_one_order(slots, ours_base, theirs_base):
        leading = None
    return _Outcome(
        _ordered(slots, [each.ours for each in decided], leading or Side.OURS) if ways.ours else ours,
        _ordered(slots, [each.theirs for each in decided], leading or Side.THEIRS) if ways.theirs else theirs,
        tuple(conflict for each in decided for conflict in each.conflicts),
        any(each.waiting for each in decided),
    )


def _ordered(slots: Sequence[Slot], values: Sequence[Any], leading: Side) -> tuple[Any, ...]:
    """Put the values in order, none of them more often than one side has it now."""
    left = Counter(slot.ours for slot in slots) | Counter(slot.theirs for slot in slots)
    result = []
    for at in sorted(range(len(slots)), key=lambda at: slots[at].order(leading)):
        if values[at] is not None and left[values[at]] > 0:
            left[values[at]] -= 1
            result.append(values[at])
    return tuple(result)
