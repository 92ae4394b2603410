"""Bring a changed view back onto the whole record: only what changed in the view is changed in the record.

A view is less than the record: it lacks what the target cannot hold (labels, a fourth e-mail, a note too long).
The laws, with ``Shape.view``: an unchanged view changes nothing (GetPut); what was put back is what is seen then
(PutGet); what had no slot neither slides into one that becomes free nor vanishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from bridge.sync.pairing import partners, same
from bridge.sync.pairing import place as kind_of
from storage_plugin.model.contact import FIELDS, LISTS, Contact


def putback(record: Contact, shown_before: Contact, view: Contact) -> Contact:
    """Give ``record`` with the changes that lead from ``shown_before``, which it was shown as, to ``view``."""
    changed: dict[str, Any] = {
        name: getattr(view, name) for name in FIELDS if getattr(view, name) != getattr(shown_before, name)
    }
    for name in LISTS:
        if getattr(view, name) != getattr(shown_before, name):
            changed[name] = _items(getattr(record, name), getattr(shown_before, name), getattr(view, name))
    return replace(record, **changed)


def _items(record: Sequence[Any], shown: Sequence[Any], view: Sequence[Any]) -> tuple[Any, ...]:
    """Change, remove and add items; what was not shown stays where it is, and the rest takes the places of the shown.

    A new item that the record has already, though it was not shown, is that one.
    """
    in_record = {was: at for at, was in enumerate(partners(shown, record)) if was is not None}
    hidden = [at for at in range(len(record)) if at not in in_record.values()]
    changed: dict[int, tuple[int, Any]] = {}
    for at, was in enumerate(partners(shown, view)):
        if was is not None and was in in_record:
            source = in_record[was]
            changed[at] = source, _changed(record[source], shown[was], view[at])
    new = [at for at in range(len(view)) if at not in changed]
    for at, found in zip(new, _known([record[at] for at in hidden], [view[at] for at in new]), strict=True):
        if found is not None:
            changed[at] = hidden[found], _completed(record[hidden[found]], view[at])
    places = iter(sorted(source for source, _ in changed.values()))
    revealed = {source for source, _ in changed.values()}
    result: dict[int, list[Any]] = {at: [record[at]] for at in hidden if at not in revealed}
    place = -1
    for at, item in enumerate(view):
        if at in changed:
            place = next(places)
        result.setdefault(place, []).append(changed[at][1] if at in changed else item)
    return tuple(item for at in sorted(result) for item in result[at])


def _known(hidden: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    found = same(hidden, new)
    return [
        at if at is not None and kind_of(hidden[at]) == kind_of(item) else None
        for at, item in zip(found, new, strict=True)
    ]


def _changed(item: Any, was: Any, now: Any) -> Any:
    if isinstance(item, str):
        return now
    names = [part.name for part in fields(item)]
    return replace(item, **{name: getattr(now, name) for name in names if getattr(now, name) != getattr(was, name)})


def _completed(item: Any, now: Any) -> Any:
    if isinstance(item, str):
        return now
    return replace(item, **{part.name: value for part in fields(item) if (value := getattr(now, part.name))})
