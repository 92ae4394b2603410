"""What a target can hold of a contact, as data; and the view of a contact that follows from it.

The published table of fields (mirrored / kept, not mirrored) is written from the same data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

from storage_plugin.model.contact import FIELDS, LISTS, PARTS, Contact

Shows = Callable[[str], str]
"""Gives the value of a field as a target shows it, ``""`` where it cannot ("a birthday without its year")."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much of one of Contact's lists a target can hold.

    ``slots`` is the number of items by kind; the kind ``"*"`` stands for all kinds together, which are then not told
    apart. A number of None means no limit. ``instead`` names the kind whose slots an item of another kind takes.
    ``parts`` are the attributes of an item that come back as they were sent. An item with a part of more than
    ``longest`` characters (None: there is no limit), or with one of the signs of ``without``, finds no room. Items of
    the kinds ``nowhere`` are not shown, whatever slots there are.
    """

    slots: Mapping[str, int | None]
    parts: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)
    longest: int | None = None
    without: str = ""
    nowhere: Set[str] = frozenset()

    def shown(self, item: Any) -> Any | None:
        """Give ``item`` as the target would show it; None where nothing is left of it, or its kind has no slot."""
        if isinstance(item, str):
            return item if self._holds(item) else None
        named = getattr(item, "kind", "")
        kind = self.instead.get(named, named)
        if named in self.nowhere or kind in self.nowhere:
            return None
        if "*" not in self.slots and kind not in self.slots:
            return None
        left = {part.name: getattr(item, part.name) for part in fields(item) if part.name in self.parts - {"kind"}}
        texts = [value for value in left.values() if isinstance(value, str)]
        if not any(texts) or not all(map(self._holds, texts)):
            return None
        return type(item)(**(left | {"kind": kind} if "kind" in self.parts else left))

    def _holds(self, text: str) -> bool:
        fits = self.longest is None or len(text) <= self.longest
        return fits and not any(sign in text for sign in self.without)

    def slot(self, shown: Any) -> str:
        """Name the slots that ``shown`` counts against."""
        return "*" if "*" in self.slots else getattr(shown, "kind", "")


class View(NamedTuple):
    """What the target shows of a contact, and the items of its lists that have no slot there."""

    view: Contact
    kept: Contact


@dataclass(frozen=True, slots=True)
class Shape:
    """What a target can hold: single fields by name, lists by ``Room``; ``photo`` for pictures.

    ``shows`` gives single values as they come back; a value longer than ``longest`` (characters) is not shown at all:
    it is kept whole, never cut. What is not named in ``fields`` or ``lists`` is not mirrored. A view has the items
    of a list in the order of the slots' kinds, since that is the order in which a target gives them back.
    """

    fields: frozenset[str]
    lists: Mapping[str, Room]
    photo: bool = True
    shows: Mapping[str, Shows] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)

    def view(self, contact: Contact, before: View | None = None) -> View:
        """Give what the target shows of ``contact``.

        ``before`` is the view when last synchronised: what had a slot keeps it, what had none does not slide into
        one that became free (it is the contact's, but the folder's owner has never seen it there).
        """
        seen: dict[str, Any] = {name: self._value(name, getattr(contact, name)) for name in self.fields}
        kept: dict[str, Any] = {}
        for name in LISTS:
            had = getattr(before.view, name) if before else ()
            hidden = getattr(before.kept, name) if before else ()
            seen[name], kept[name] = self._allot(name, getattr(contact, name), had, hidden)
        return View(Contact(**seen), Contact(**kept))

    def _value(self, name: str, value: Any) -> Any:
        if name in self.longest and len(value) > self.longest[name]:
            return ""
        return self.shows[name](value) if name in self.shows else value

    def _allot(
        self, name: str, items: tuple[Any, ...], had: tuple[Any, ...], hidden: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        room = self.lists.get(name)
        if room is None or not items:
            return (), items
        shown = [room.shown(item) for item in items]
        first, last = Counter(had), Counter(hidden)
        ranks = [_rank(item, as_shown, first, last) for item, as_shown in zip(items, shown, strict=True)]
        free = dict(room.slots)
        placed: set[int] = set()
        for index in sorted(range(len(items)), key=ranks.__getitem__):
            as_shown = shown[index]
            if as_shown is None or ranks[index] == _HIDDEN:
                continue
            slot = room.slot(as_shown)
            left = free[slot]
            if left is None or left > 0:
                free[slot] = None if left is None else left - 1
                placed.add(index)
        order = list(room.slots)
        seen = sorted((shown[index] for index in sorted(placed)), key=lambda each: order.index(room.slot(each)))
        return tuple(seen), tuple(item for index, item in enumerate(items) if index not in placed)


_HAD, _NEW, _HIDDEN = 0, 1, 2


def _rank(item: Any, shown: Any, had: Counter[Any], hidden: Counter[Any]) -> int:
    if had[shown] > 0:
        had[shown] -= 1
        return _HAD
    if hidden[item] > 0:
        hidden[item] -= 1
        return _HIDDEN
    return _NEW


EVERYTHING = Shape(
    fields=frozenset(FIELDS) - {"photo"},
    lists={name: Room({"*": None}, frozenset(PARTS.get(name, ()))) for name in LISTS},
)
"""The shape of a target that loses nothing (vCards)."""


def without(shape: Shape, *names: str) -> Shape:
    """Give ``shape`` without some fields and lists."""
    lists = {name: room for name, room in shape.lists.items() if name not in names}
    return replace(shape, fields=shape.fields - set(names), lists=lists)
