"""Bring a changed view back onto the whole record: only what changed in the view is changed in the record.

A view is less than the record: it lacks what the target cannot hold (labels, a fourth e-mail, a note too long).
The laws, with ``Shape.view``: an unchanged view changes nothing (GetPut); what was put back is what is seen then
(PutGet); what had no slot neither slides into one that becomes free nor vanishes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bridge.sync.pairing import key, partners, place, same, shown_as
from storage_plugin.model.contact import FIELDS, LISTS, Contact


def putback(record: Contact, shown: Contact, kept: Contact, view: Contact) -> Contact:
    """Give ``record``, seen as ``shown`` while ``kept`` had no slot, with the changes that lead to ``view``."""
    changed: dict[str, Any] = {
        name: getattr(view, name) for name in FIELDS if getattr(view, name) != getattr(shown, name)
    }
    for name in LISTS:
        if getattr(view, name) != getattr(shown, name):
            lists = [getattr(contact, name) for contact in (record, shown, kept, view)]
            changed[name] = _items(*lists)
    return replace(record, **changed)


@dataclass(slots=True)
class _Found:
    """An item of the view that the record has, and what becomes of it.

    ``at`` is its place in the record, ``was`` its place in the view before; None for one that has to find a place
    there: it was not shown before, or is of another kind now.
    """

    at: int
    was: int | None
    item: Any


def _items(record: Sequence[Any], shown: Sequence[Any], kept: Sequence[Any], view: Sequence[Any]) -> tuple[Any, ...]:
    """Change, remove and add items. One that was kept and now is in the view is no new one, but that one."""
    hidden = _places_of(kept, record)
    visible = [at for at in range(len(record)) if at not in hidden]
    place_of = {
        was: at
        for at, was in zip(visible, shown_as(shown, [record[at] for at in visible]), strict=True)
        if was is not None
    }
    revealed = _revealed(record, hidden, shown, view)
    found: dict[int, _Found] = {
        at: _Found(source, None, _completed(record[source], view[at])) for at, source in revealed.items()
    }
    for at, was in enumerate(partners(shown, view, {key(view[at]) for at in revealed})):
        if was is not None and was in place_of and at not in found:
            source, item = place_of[was], _changed(record[place_of[was]], shown[was], view[at])
            found[at] = _Found(source, was if place(shown[was]) == place(view[at]) else None, item)
    stay = [at for at in hidden if at not in revealed.values()]
    return _arranged(record, view, found, stay)


def _places_of(kept: Sequence[Any], record: Sequence[Any]) -> list[int]:
    """Find the kept items in the record; of equal ones the last."""
    left = Counter(kept)
    places = []
    for at in reversed(range(len(record))):
        if left[record[at]] > 0:
            left[record[at]] -= 1
            places.append(at)
    return sorted(places)


def _revealed(
    record: Sequence[Any], hidden: Sequence[int], shown: Sequence[Any], view: Sequence[Any]
) -> dict[int, int]:
    """Give the places in the record of those items that are new in the view, but were kept in the record."""
    new = [at for at, was in enumerate(same(shown, view)) if was is None]
    found = zip(new, same([record[at] for at in hidden], [view[at] for at in new]), strict=True)
    places = {at: hidden[partner] for at, partner in found if partner is not None}
    return {at: source for at, source in places.items() if place(view[at]) in ("", None, place(record[source]))}


def _arranged(
    record: Sequence[Any], view: Sequence[Any], found: dict[int, _Found], stay: Sequence[int]
) -> tuple[Any, ...]:
    """Put the items in order: where people reordered the view, its order; else each in its place in the record.

    A target that sorts by kind shows another order than the record's; there a new item stands by its kind.
    """
    stays = {at: found[at].at for at in sorted(found) if found[at].was is not None}
    was = [found[at].was for at in stays]
    if was != sorted(was, key=lambda at: at or 0):
        stays = dict(zip(stays, sorted(stays.values()), strict=True))
    by_kind = list(stays.values()) != sorted(stays.values())
    result: dict[float, list[Any]] = {at: [record[at]] for at in stay}
    for at, there in stays.items():
        result[there] = [found[at].item]
    for at in range(len(view)):
        if at not in stays:
            item = found[at].item if at in found else view[at]
            result.setdefault(_before_or_after(view, stays, at, by_kind=by_kind), []).append(item)
    return tuple(item for at in sorted(result) for item in result[at])


def _before_or_after(view: Sequence[Any], stays: Mapping[int, int], at: int, *, by_kind: bool) -> float:
    """Give the place for an item: after its neighbour in the view, or before the next one; halves are between."""
    alike = [other for other in stays if not by_kind or place(view[other]) == place(view[at])]
    before = [stays[other] for other in alike if other < at]
    after = [stays[other] for other in alike if other > at]
    if before:
        return max(before) + 0.5
    if after:
        return min(after) - 0.5
    return max(stays.values(), default=-1) + 0.5


def _changed(item: Any, was: Any, now: Any) -> Any:
    if isinstance(item, str):
        return now
    names = [part.name for part in fields(item)]
    return replace(item, **{name: getattr(now, name) for name in names if getattr(now, name) != getattr(was, name)})


def _completed(item: Any, now: Any) -> Any:
    if isinstance(item, str):
        return now
    return replace(item, **{part.name: value for part in fields(item) if (value := getattr(now, part.name))})
