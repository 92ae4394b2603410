"""One list of a contact on both sides, before and now, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.sync.pairing import key, partners, same
from storage_plugin.model.mirror import Side


@dataclass(slots=True)
class Slot:
    """One value on both sides, after the last synchronisation and now; for items of lists None is "not there".

    ``ours_at`` and ``theirs_at`` are the places of an item in the two lists of now.
    """

    was_ours: Any = None
    ours: Any = None
    was_theirs: Any = None
    theirs: Any = None
    ours_at: int | None = None
    theirs_at: int | None = None

    def at(self, side: Side) -> int | None:
        """Give the item's place in the list of ``side``."""
        return self.ours_at if side is Side.OURS else self.theirs_at

    def now(self, side: Side) -> Any:
        """Give the value of ``side``."""
        return self.ours if side is Side.OURS else self.theirs

    def put(self, side: Side, item: Any, at: int) -> None:
        """Let the item at ``at`` of the list of ``side`` be in this slot."""
        if side is Side.OURS:
            self.ours, self.ours_at = item, at
        else:
            self.theirs, self.theirs_at = item, at

    def order(self, leading: Side) -> tuple[bool, int]:
        """Sort by the list of ``leading``, what only the other side has after it."""
        at = self.at(leading)
        return (at is None, (self.at(leading.other) or 0) if at is None else at)


def slots_of(
    ours_base: Sequence[Any], ours: Sequence[Any], theirs_base: Sequence[Any], theirs: Sequence[Any]
) -> list[Slot]:
    """Bring the four lists together."""
    was = _bases(ours_base, theirs_base)
    new_ours = _now(was, Side.OURS, ours, partners(ours_base, ours, set(map(key, theirs))))
    new_theirs = _now(was, Side.THEIRS, theirs, partners(theirs_base, theirs, set(map(key, ours))))
    old = list({id(slot): slot for slot in was.values()}.values())
    only_ours = [slot for slot in old if slot.was_theirs is None and slot.ours is not None]
    only_theirs = [slot for slot in old if slot.was_ours is None and slot.theirs is not None]
    new_theirs = _join(_join(new_theirs, new_ours, Side.THEIRS), only_ours, Side.THEIRS)
    joined = [slot for slot in new_ours if slot.theirs is not None]
    lone = _join([slot for slot in new_ours if slot.theirs is None], only_theirs, Side.OURS)
    return [*old, *joined, *lone, *new_theirs]


def in_one_order(slots: Sequence[Slot], ours_base: Sequence[Any], theirs_base: Sequence[Any]) -> bool:
    """Tell whether both sides had their common items in the same order."""
    both = [(slot.was_ours, slot.was_theirs) for slot in slots if None not in (slot.was_ours, slot.was_theirs)]
    mine = sorted(range(len(both)), key=lambda at: list(ours_base).index(both[at][0]))
    other = sorted(range(len(both)), key=lambda at: list(theirs_base).index(both[at][1]))
    return mine == other


def _bases(ours_base: Sequence[Any], theirs_base: Sequence[Any]) -> dict[tuple[Side, int], Slot]:
    was = {(Side.OURS, at): Slot(was_ours=item) for at, item in enumerate(ours_base)}
    for at, (item, partner) in enumerate(zip(theirs_base, partners(ours_base, theirs_base), strict=True)):
        slot = Slot() if partner is None else was[Side.OURS, partner]
        slot.was_theirs = item
        was[Side.THEIRS, at] = slot
    return was


def _now(was: dict[tuple[Side, int], Slot], side: Side, items: Sequence[Any], old: list[int | None]) -> list[Slot]:
    """Put the items of now into their slots; give new slots for those that are new."""
    new = []
    for at, (item, partner) in enumerate(zip(items, old, strict=True)):
        slot = Slot() if partner is None else was[side, partner]
        slot.put(side, item, at)
        if partner is None:
            new.append(slot)
    return new


def _join(found: list[Slot], known: list[Slot], side: Side) -> list[Slot]:
    """Put new items of ``side`` into ``known`` slots where the other side has their key; give the rest."""
    rest = []
    partner_of = same([slot.now(side.other) for slot in known], [slot.now(side) for slot in found])
    for slot, partner in zip(found, partner_of, strict=True):
        if partner is None:
            rest.append(slot)
        else:
            known[partner].put(side, slot.now(side), slot.at(side) or 0)
    return rest
