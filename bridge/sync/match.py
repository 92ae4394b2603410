"""The first meeting of records and items that no link joins: who is the same person?

A ladder of keys: the stamp; the customer number; e-mail address and family name; a phone number and the name; name
and company. A key pairs only what it names once on each side, and never somebody whom two keys of a rung pair with
different partners. Those that are linked count, too, so that a run which was killed half-way is decided as it was
begun. Whatever is not paired is offered as a plain contact: two contacts too many are a nuisance, one too few is a
loss.

An item whose stamp names none of the given records is another book's (BCM-58) or a copy of a linked item that
somebody made; it is not paired by anything else. Nor is one whose stamp names a record of somebody else altogether: a
database that was put back to an older state gives the numbers of contacts anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bridge.sync.leaving import given_back
from bridge.sync.pairing import digits
from bridge.sync.policy import belongs_in_folder
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Item, Link, Local, Origin, Stamp
from storage_plugin.model.view import folded

SHORTEST = 5
"""A number with fewer digits is an extension or a service number: it names nobody."""

COMPARED = 7
"""So many last digits of a number are compared: country and area codes are written in many ways."""


class Linked(NamedTuple):
    """Both sides of a link as far as they count: what we made of the other side's does not."""

    ours: Contact | None
    theirs: Contact | None


class _Seen(NamedTuple):
    view: Contact


_Each = Local | Item | _Seen
Keys = Callable[[Any], Iterable[Hashable]]
"""The keys of one rung of the ladder that a record or an item has."""


class Matches(NamedTuple):
    """The pairs that were found, and what has no partner; each in the order in which it was given."""

    pairs: list[tuple[Local, Item]]
    locals: list[Local]
    items: list[Item]


def counted(link: Link, ours: Local | None, theirs: Item | None) -> Linked:
    """Give what counts of a pair that stays linked, as it is now."""
    mine = ours.view if ours is not None and ours.wanted and not ours.plain else None
    if theirs is None or link.origin is Origin.CREATED:
        return Linked(mine, None)
    return Linked(mine, theirs.view if link.before is None else given_back(link, theirs))


def unread(link: Link) -> Linked:
    """Give what counts of a linked pair that did not change."""
    mine = None if link.origin is Origin.FOREIGN else link.ours
    return Linked(mine, None if link.origin is Origin.CREATED else link.before or link.theirs)


def match(
    locals: Sequence[Local],
    items: Sequence[Item],
    stamp_of: Callable[[ContactId], Stamp],
    linked: Sequence[Linked] = (),
) -> Matches:
    """Pair records and items that are not linked; ``stamp_of`` gives the stamp that a record's item would carry.

    Records that belong in the folder are paired first; then the user's plain contacts, by what names a person.
    ``linked`` are all others.
    """
    partner: dict[int, int] = {}
    shared: dict[int, _Each] = {at: local for at, local in enumerate(locals) if belongs_in_folder(local)}
    plain: dict[int, _Each] = {at: local for at, local in enumerate(locals) if local.plain and not local.trashed}
    unstamped: dict[int, _Each] = {at: item for at, item in enumerate(items) if item.stamp is None}
    _climb(shared, dict(enumerate(items)), partner, lambda each: _stamp(each, stamp_of))
    partner = {at: item for at, item in partner.items() if may_be_one(locals[at].view, items[item].view)}
    _climb(shared, unstamped, partner, _customer_number)
    mirrored = {~at: _Seen(each.ours) for at, each in enumerate(linked) if each.ours is not None}
    there = {~at: _Seen(each.theirs) for at, each in enumerate(linked) if each.theirs is not None}
    partner |= {at: at for at in mirrored.keys() & there.keys()}
    for keys in _PERSONAL:
        _climb(shared | mirrored, unstamped | there, partner, keys)
    for keys in _PERSONAL:
        _climb(plain, unstamped | there, partner, keys)
    taken = set(partner.values())
    return Matches(
        [(locals[at], items[partner[at]]) for at in sorted(partner) if at >= 0],
        [local for at, local in enumerate(locals) if at not in partner],
        [item for at, item in enumerate(items) if at not in taken],
    )


def may_be_one(one: Contact, other: Contact) -> bool:
    """Tell whether two that have one stamp may be one person: numbers are given anew, copies become somebody else.

    They have the whole name, an e-mail address, or a phone number and a word of the name in common, or one says none.
    """
    mine, other_ones = _traits(one), _traits(other)
    return not mine or not other_ones or not mine.isdisjoint(other_ones)


def _traits(view: Contact) -> set[Hashable]:
    name = _name(view)
    numbers = {digits(phone.number)[-COMPARED:] for phone in view.phones}
    words = {(number, word) for number in numbers if number for word in name}
    found: set[Hashable] = {name, *words, *(folded(email.address.strip()) for email in view.emails)}
    return found - {(), ""}


def _climb(ours: Mapping[int, _Each], theirs: Mapping[int, _Each], partner: dict[int, int], keys: Keys) -> None:
    """Add to ``partner`` whom the keys of one rung pair beyond doubt; who is linked has a number below 0."""
    taken = set(partner.values())
    mine, other = _by_key(ours, keys), _by_key(theirs, keys)
    for_ours: dict[int, set[int]] = {}
    for_theirs: dict[int, set[int]] = {}
    for key, at in mine.items():
        if len(at) == 1 and len(there := other.get(key, set())) == 1:
            (local,), (item,) = at, there
            if local not in partner and item not in taken:
                for_ours.setdefault(local, set()).add(item)
                for_theirs.setdefault(item, set()).add(local)
    for local, found in for_ours.items():
        if len(found) == 1 and len(for_theirs[item := min(found)]) == 1 and min(local, item) >= 0:
            partner[local] = item


def _by_key(those: Mapping[int, _Each], keys: Keys) -> dict[Hashable, set[int]]:
    found: dict[Hashable, set[int]] = {}
    for at, each in those.items():
        for key in keys(each):
            found.setdefault(key, set()).add(at)
    return found


def _stamp(each: Local | Item, stamp_of: Callable[[ContactId], Stamp]) -> Iterable[Hashable]:
    if isinstance(each, Local):
        return (stamp_of(each.contact),)
    return (each.stamp,) if each.stamp else ()


def _customer_number(each: Local | Item) -> Iterable[Hashable]:
    number = each.customer_number.strip()
    return (number,) if number else ()


def _email_and_surname(each: _Each) -> Iterable[Hashable]:
    surname = folded(each.view.family_name.strip())
    return [(folded(email.address.strip()), surname) for email in each.view.emails] if surname else ()


def _phone_and_name(each: _Each) -> Iterable[Hashable]:
    name = _name(each.view)
    numbers = [digits(phone.number) for phone in each.view.phones]
    return [(number[-COMPARED:], name) for number in numbers if len(number) >= SHORTEST] if name else ()


def _name_and_company(each: _Each) -> Iterable[Hashable]:
    name, company = _name(each.view), folded(each.view.company.strip())
    return ((name, company),) if name and company else ()


_PERSONAL: tuple[Keys, ...] = (_email_and_surname, _phone_and_name, _name_and_company)


def _name(contact: Contact) -> tuple[str, ...]:
    """Give the words of the name in no order: "Muster, Anna" is Anna Muster."""
    parts = f"{contact.given_name} {contact.family_name}".strip()
    return tuple(sorted(re.findall(r"\w+", folded(parts or contact.formatted_name))))
