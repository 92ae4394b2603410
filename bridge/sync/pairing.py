"""Which item of a list is which item of another list: by equality, by key, then a replacement in its place.

The *key* of an item is what people would call it by (an address, the digits of a number); its *place* is the kind of
slot that it takes ("work"), so that another number in the same place replaces the one before. Categories have no
place: one is added, another removed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from typing import Any

from storage_plugin.model.contact import Email, ImportantDate, Messenger, Phone, PostalAddress, Url
from storage_plugin.model.view import folded


def key(item: Any) -> Hashable:
    """Give what identifies ``item`` among others of its list."""
    match item:
        case Email(address=address):
            return folded(address.strip())
        case Phone(number=number):
            return digits(number) or folded(number)
        case PostalAddress():
            return folded("\n".join((item.street, item.postal_code, item.city)))
        case Url(address=address):
            return folded(address.strip().rstrip("/"))
        case ImportantDate(value=value):
            return value
        case Messenger(handle=handle, service=service):
            return folded(f"{service}:{handle}")
        case _:
            return folded(item)


def place(item: Any) -> str | None:
    """Give the kind of slot that ``item`` takes; None where items do not take the place of each other."""
    match item:
        case Email(kind=kind) | Phone(kind=kind) | PostalAddress(kind=kind) | Url(kind=kind):
            return kind
        case ImportantDate(label=label):
            return label
        case Messenger(service=service):
            return service
        case _:
            return None


def digits(number: str) -> str:
    """Give the digits of a phone number."""
    return "".join(sign for sign in number if sign.isdigit())


def partners(old: Sequence[Any], new: Sequence[Any], elsewhere: Container[Hashable] = ()) -> list[int | None]:
    """Give for each of ``new`` the index of the item of ``old`` that it was, or None for one that is new.

    An item whose key is ``elsewhere`` too takes nobody's place: it was added on both sides.
    """
    return _with_places(old, new, same(old, new), elsewhere)


def shown_as(shown: Sequence[Any], items: Sequence[Any]) -> list[int | None]:
    """Give for each of ``items`` the index of what it is shown as; of two that look alike the first is the first."""
    return _with_places(shown, items, _matched(shown, items, (_key_and_place, key)), ())


def _with_places(
    old: Sequence[Any], new: Sequence[Any], found: list[int | None], elsewhere: Container[Hashable]
) -> list[int | None]:
    """Let those that are still without a partner take the place of one that is free."""
    free = [at for at in range(len(old)) if at not in found]
    rest = [at for at, partner in enumerate(found) if partner is None and key(new[at]) not in elsewhere]
    in_place = _matched([old[at] for at in free], [new[at] for at in rest], (place,))
    for at, partner in zip(rest, in_place, strict=True):
        found[at] = None if partner is None else free[partner]
    return found


def same(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Give for each of ``new`` the index of the item of ``old`` that it is, perhaps in another place, or None."""
    return _matched(old, new, (_itself, _key_and_place, key))


def _matched(
    old: Sequence[Any], new: Sequence[Any], likenesses: Sequence[Callable[[Any], Hashable]]
) -> list[int | None]:
    result: list[int | None] = [None] * len(new)
    free = dict.fromkeys(range(len(old)))
    for like in likenesses:
        alike: dict[Hashable, list[int]] = {}
        for at in reversed(free):
            if (trait := like(old[at])) is not None:
                alike.setdefault(trait, []).append(at)
        for at, item in enumerate(new):
            if result[at] is None and (candidates := alike.get(like(item))):
                result[at] = found = candidates.pop()
                del free[found]
    return result


def _itself(item: Any) -> Hashable:
    hashable: Hashable = item
    return hashable


def _key_and_place(item: Any) -> Hashable:
    return key(item), place(item)
