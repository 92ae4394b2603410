"""Contacts that may be one person, among those that a viewer sees; accounts are left out.

Two are alike that have the same e-mail address, the same telephone number and name, or the same name and company.
Names and companies are compared by their sort keys, so that case, marks and hyphens do not count. Who has been found
to be somebody else (``distinct``) is not told again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from json import dumps
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from storage_plugin.database.browsing import Line, read_lines
from storage_plugin.database.distinct import pairs_apart
from storage_plugin.database.faults import retried
from storage_plugin.database.raw_reads import InOrder, one_of
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import EVERYONE, card, email, phone, search
from storage_plugin.database.viewing import Viewing
from storage_plugin.database.visibility import visible
from storage_plugin.model.view import View

MOST = 100
"""Groups that are told at a time."""

MOST_ALIKE = 20
"""Contacts of a group that are told; an address that half the firm has in common joins nobody."""

_BETWEEN_DIGITS = dict.fromkeys(map(ord, " -()/.+\u00a0"))
Reason = Literal["email", "phone", "company"]
_Alike = tuple[Reason, str, tuple[int, ...]]
"""Why contacts may be one, what they have in common, and their ids."""


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts that may be one, and why; ``said`` is what they have in common."""

    reason: Reason
    said: str
    lines: Sequence[Line]


@retried
def duplicates(viewing: Viewing) -> list[Group]:
    """Find contacts that may be one person, MOST groups at most; those of one reason together."""
    who = {"book": viewing.viewer.book_id, "user": viewing.viewer.user_id}
    found: dict[tuple[int, ...], tuple[Reason, str]] = {}
    with viewing.database.reading() as connection:
        alike = [*_by_email(connection, viewing.view, who), *_by_name(connection, viewing.view, who)]
        for at in range(0, len(alike), MOST):
            groups = alike[at : at + MOST]
            apart = pairs_apart(connection, who["book"], {each for _, _, ids in groups for each in ids})
            for reason, said, ids in groups:
                if len(together := _without(ids, apart)) > 1:
                    found.setdefault(together, (reason, said))
            if len(found) >= MOST:
                break
        shown = list(found.items())[:MOST]
        told = sorted({contact_id for among, _ in shown for contact_id in among})
        lines: dict[int, Line] = {line.id: line for line in read_lines(connection, told)}
    return [Group(reason, said, [lines[key] for key in among]) for among, (reason, said) in shown]


def _by_email(connection: Connection, view: View, who: Mapping[str, Any]) -> list[_Alike]:
    return _alike("email", tuples_of(connection, _sharing_an_address(view), who))


def _by_name(connection: Connection, view: View, who: Mapping[str, Any]) -> list[_Alike]:
    """Compare those who share a name: few, where names are those of people."""
    namesakes = tuples_of(connection, _namesakes(view), who)
    names: dict[int, str] = {contact_id: name for contact_id, name, _ in namesakes}
    of_names = _numbers(connection.dialect.name == "sqlite")
    numbers = [
        ((names[contact_id], digits), contact_id)
        for contact_id, number in tuples_of(connection, of_names, {"ids": dumps(list(names))})
        if (digits := number.translate(_BETWEEN_DIGITS))
    ]
    firms = [((name, company), contact_id) for contact_id, name, company in namesakes if company]
    return [*_alike("phone", numbers), *_alike("company", firms)]


def _alike(reason: Reason, keyed: Iterable[tuple[Any, int]]) -> list[_Alike]:
    """Put together whose key somebody else has, too, in the order of the keys; a pair says what is common last."""
    first: dict[Any, int] = {}
    found: dict[Any, set[int]] = {}
    for key, contact_id in keyed:
        if (other := first.setdefault(key, contact_id)) != contact_id:
            found.setdefault(key, {other}).add(contact_id)
    alike = sorted((key, tuple(sorted(ids)[:MOST_ALIKE])) for key, ids in found.items())
    return [(reason, key if isinstance(key, str) else key[-1], ids) for key, ids in alike]


def _without(ids: tuple[int, ...], apart: Collection[tuple[int, int]]) -> tuple[int, ...]:
    """Leave out who is known to be somebody else than each of the others."""
    return tuple(
        one for one in ids if any(other != one and (min(one, other), max(one, other)) not in apart for other in ids)
    )


@lru_cache(256)
def _sharing_an_address(view: View) -> Select[Any]:
    """Select e-mail address and id of those whose address stands with somebody else, too, seen or not."""
    address = func.lower(email.c.address)
    shared = select(address).where(email.c.address != "").group_by(address).having(func.count() > 1)
    among = select(address, card.c.contact_id).join_from(email, card, card.c.contact_id == email.c.contact_id)
    return among.where(visible(view, by_key=True), card.c.audience >= EVERYONE, address.in_(shared))


@lru_cache(256)
def _namesakes(view: View) -> Select[Any]:
    """Select id, name and company of those whose name somebody else has, too, seen or not."""
    name = search.c.name_folded
    shared = select(name).where(name != "").group_by(name).having(func.count() > 1)
    among = select(card.c.contact_id, name, search.c.company_folded).select_from(
        InOrder(search, card, search.c.contact_id == card.c.contact_id)
    )
    return among.where(visible(view, by_key=True), card.c.audience >= EVERYONE, name.in_(shared))


@cache
def _numbers(is_sqlite: bool) -> Select[Any]:
    among = one_of(phone.c.contact_id, "ids", sqlite=is_sqlite)
    return select(phone.c.contact_id, phone.c.number).where(phone.c.number != "", among)
