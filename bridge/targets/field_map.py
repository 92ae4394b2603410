"""A field map: which of our fields and kinds stands in which of the folder's (AMI-12, AMI-20). Pure.

A map is one to one. What is not named stands where it always does, unless its place was given to something else: then
it is not mirrored. What of the folder nothing stands in is never read, and never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.targets.shape import Room, Shape
from storage_plugin.model.contact import PHONE_KINDS, PLACE_KINDS, TEXTS, Contact

DATES = ("birthday", "anniversary")
FIELDS = tuple(name for name in TEXTS if name != "formatted_name")
"""What can be mapped: a contact without its name could not be told from others."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "phones": PHONE_KINDS,
    "addresses": PLACE_KINDS,
    "urls": PLACE_KINDS,
}
"""The lists whose kinds can be mapped."""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """``fields``: ours → theirs; ``kinds``: of each list, our kind → theirs."""

    fields: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError with a sentence for what is no map."""
        for name in (*self.fields, *self.fields.values()):
            if name not in FIELDS:
                raise ValueError(f"there is no field {name!r} that can be mapped; there are {', '.join(FIELDS)}")
        for ours, theirs in self.fields.items():
            if (ours in DATES) != (theirs in DATES):
                raise ValueError(f"{ours} cannot stand in {theirs}: one is a date, the other a text")
        _check_one_to_one("fields", self.fields)
        for name, kinds in self.kinds.items():
            if name not in KINDS:
                raise ValueError(f"{name!r} has no kinds that can be mapped; {', '.join(KINDS)} have")
            for kind in (*kinds, *kinds.values()):
                if kind not in KINDS[name]:
                    raise ValueError(f"{name} have no kind {kind!r}; they have {', '.join(KINDS[name])}")
            _check_one_to_one(name, kinds)

    @property
    def is_empty(self) -> bool:
        """Tell whether everything stands where it always does."""
        return not self.fields and not any(self.kinds.values())

    def shape(self, theirs: Shape) -> Shape:
        """Give what the folder can hold, in our terms."""
        names = {ours: _there(self.fields, ours) for ours in (*theirs.fields, *self.fields)}
        at = {ours: name for ours, name in names.items() if name in theirs.fields}
        return replace(
            theirs,
            fields=frozenset(at),
            lists={name: _room(room, self.kinds.get(name, {})) for name, room in theirs.lists.items()},
            shows={ours: theirs.shows[name] for ours, name in at.items() if name in theirs.shows},
            longest={ours: theirs.longest[name] for ours, name in at.items() if name in theirs.longest},
        )

    def outward(self, view: Contact) -> Contact:
        """Say a view of ours in the folder's terms."""
        said: dict[str, Any] = dict.fromkeys(FIELDS, "")
        said |= {theirs: getattr(view, ours) for theirs in FIELDS if (ours := _here(self.fields, theirs))}
        said |= {name: _kinds(getattr(view, name), kinds, _there) for name, kinds in self.kinds.items()}
        return replace(view, **said)

    def inward(self, view: Contact) -> Contact:
        """Say in our terms what the folder shows."""
        said: dict[str, Any] = dict.fromkeys(FIELDS, "")
        said |= {ours: getattr(view, theirs) for ours in FIELDS if (theirs := _there(self.fields, ours))}
        said |= {name: _kinds(getattr(view, name), kinds, _here) for name, kinds in self.kinds.items()}
        return replace(view, **said)

    def onto(self, item: Contact, view: Contact) -> Contact:
        """Give ``item``, a view in the folder's terms, with what ``view`` of ours says of it; the rest stays."""
        said = self.outward(view)
        rest = {name: getattr(item, name) for name in FIELDS if not _here(self.fields, name)}
        for name, kinds in self.kinds.items():
            unseen = tuple(each for each in getattr(item, name) if _here(kinds, each.kind) is None)
            rest[name] = getattr(said, name) + unseen
        return replace(said, **rest)

    def hides(self, name: str) -> bool:
        """Tell whether the folder may have items in a list that we do not see."""
        kinds = self.kinds.get(name, {})
        return bool(set(kinds) - set(kinds.values()))


def _there(map: Mapping[str, str], ours: str) -> str | None:
    """Name where ours stands in the folder; None for nowhere."""
    return map[ours] if ours in map else None if ours in map.values() else ours


def _here(map: Mapping[str, str], theirs: str) -> str | None:
    """Name what of ours stands there; None for nothing."""
    return next((ours for ours, name in map.items() if name == theirs), None if theirs in map else theirs)


def _kinds(items: tuple[Any, ...], map: Mapping[str, str], way: Any) -> tuple[Any, ...]:
    told = [(item, way(map, item.kind)) for item in items]
    return tuple(replace(item, kind=kind) for item, kind in told if kind is not None)


def _room(theirs: Room, map: Mapping[str, str]) -> Room:
    """Give the slots by our kinds, in the folder's order; what has no place there is left out."""
    if not map or "kind" not in theirs.parts:
        return theirs
    slots = {ours: count for kind, count in theirs.slots.items() if (ours := _here(map, kind)) is not None}
    given = {_here(map, kind): _here(map, other) for kind, other in theirs.instead.items()}
    instead = {ours: other for ours, other in given.items() if ours is not None and other is not None}
    moved = {ours for ours, other in given.items() if ours is not None and other is None}
    return replace(theirs, slots=slots, instead=instead, nowhere=moved | (set(map.values()) - set(map)))


def _check_one_to_one(what: str, map: Mapping[str, str]) -> None:
    places = list(map.values())
    for place in places:
        if places.count(place) > 1:
            both = " and ".join(ours for ours, theirs in map.items() if theirs == place)
            raise ValueError(f"{what}: {both} cannot both stand in {place}")
