"""Contacts that may be one person, among those that a viewer sees; accounts are left out.

Two are alike that have the same e-mail address, the same telephone number and name, or the same name and company.
Names and companies are compared by their sort keys, so that case, marks and hyphens do not count. Who has been found
to be somebody else (``distinct``) is not told again.

Which addresses and names stand there twice is found in all of them; what their contacts say besides, and whether the
viewer sees them, is asked of some of these at a time, until there is enough to tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from json import dumps
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, select

from storage_plugin.database.browsing import Line, read_lines
from storage_plugin.database.distinct import pairs_apart
from storage_plugin.database.faults import retried
from storage_plugin.database.raw_reads import one_of
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import EVERYONE, card, email, phone, search
from storage_plugin.database.viewing import Viewing
from storage_plugin.database.visibility import visible
from storage_plugin.model.view import View

MOST = 100
"""Groups that are told at a time."""

MOST_ALIKE = 20
"""Contacts of a group that are told; an address that half the firm has in common joins nobody."""

_SLICE = 20
"""Addresses or names of which the contacts are read at a time."""

_BETWEEN_DIGITS = dict.fromkeys(map(ord, " -()/.+\u00a0"))
Reason = Literal["email", "phone", "company"]
_Alike = tuple[Reason, str, tuple[int, ...]]
"""Why contacts may be one, what they have in common, and their ids."""


def _several(said: ColumnElement[str], whose: ColumnElement[int]) -> Select[Any]:
    """Select what stands more than once, and the ids of those who say it, with commas."""
    ids: ColumnElement[Any] = func.aggregate_strings(cast(whose, Text), ",")
    return select(said, ids).where(said != "").group_by(said).having(func.count() > 1)


_ADDRESSES = _several(func.lower(email.c.address), email.c.contact_id)
_NAMES = _several(search.c.name_folded, search.c.contact_id)


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts that may be one, and why; ``said`` is what they have in common."""

    reason: Reason
    said: str
    lines: Sequence[Line]


@retried
def duplicates(viewing: Viewing) -> list[Group]:
    """Find contacts that may be one person, MOST groups at most: those with an address in common, then namesakes."""
    found: dict[tuple[int, ...], tuple[Reason, str]] = {}
    with viewing.database.reading() as connection:
        for groups in _groups(connection, viewing):
            apart = pairs_apart(connection, viewing.viewer.book_id, {each for _, _, ids in groups for each in ids})
            for reason, said, ids in groups:
                if len(together := _without(ids, apart)) > 1:
                    found.setdefault(together, (reason, said))
            if len(found) >= MOST:
                break
        shown = list(found.items())[:MOST]
        told = sorted({contact_id for among, _ in shown for contact_id in among})
        lines: dict[int, Line] = {line.id: line for line in read_lines(connection, told)}
    return [Group(reason, said, [lines[key] for key in among]) for among, (reason, said) in shown]


def _groups(connection: Connection, viewing: Viewing) -> Iterator[list[_Alike]]:
    """Put together who is alike of those that the viewer sees, some addresses or names at a time, in their order."""
    for addresses in _sliced(connection, _ADDRESSES):
        seen = _seen(connection, viewing, addresses)
        yield _alike("email", ((address, key) for address, ids in addresses for key in ids if key in seen))
    for names in _sliced(connection, _NAMES):
        firms = _seen(connection, viewing, names)
        yield _namesakes(names, firms, _numbers(connection, firms))


def _sliced(connection: Connection, statement: Select[Any]) -> Iterator[list[tuple[str, set[int]]]]:
    """Read what several contacts say, in order, with their ids."""
    several = sorted(map(tuple, connection.execute(statement)))
    for at in range(0, len(several), _SLICE):
        yield [(said, set(map(int, ids.split(",")))) for said, ids in several[at : at + _SLICE]]


def _namesakes(
    names: Sequence[tuple[str, Iterable[int]]], firms: Mapping[int, str], numbers: Mapping[int, Iterable[str]]
) -> list[_Alike]:
    """Compare those who share a name by their numbers, then by their ``firms``."""
    found: list[_Alike] = []
    for _, ids in names:
        found += _alike("phone", ((number, key) for key in ids for number in numbers.get(key, ())))
        found += _alike("company", ((firm, key) for key in ids if (firm := firms.get(key, ""))))
    return found


def _alike(reason: Reason, keyed: Iterable[tuple[str, int]]) -> list[_Alike]:
    """Put together whose key somebody else has, too, in the order of the keys."""
    found: dict[str, set[int]] = {}
    for key, contact_id in keyed:
        found.setdefault(key, set()).add(contact_id)
    alike = sorted((key, sorted(ids)[:MOST_ALIKE]) for key, ids in found.items() if len(ids) > 1)
    return [(reason, key, tuple(ids)) for key, ids in alike]


def _without(ids: tuple[int, ...], apart: Collection[tuple[int, int]]) -> tuple[int, ...]:
    """Leave out who is known to be somebody else than each of the others."""
    return tuple(
        one for one in ids if any(other != one and (min(one, other), max(one, other)) not in apart for other in ids)
    )


def _seen(connection: Connection, viewing: Viewing, among: Iterable[tuple[str, set[int]]]) -> dict[int, str]:
    """Give the contacts that the viewer sees, each with the key of its company."""
    ids = {key for _, keys in among for key in keys}
    wanted = {"book": viewing.viewer.book_id, "user": viewing.viewer.user_id, "ids": dumps(list(ids))}
    return dict(tuples_of(connection, _with_company(viewing.view, viewing.database.is_sqlite), wanted))


def _numbers(connection: Connection, ids: Collection[int]) -> dict[int, set[str]]:
    """Read the digits of the telephone numbers of some contacts."""
    found: dict[int, set[str]] = {}
    statement = _phones(connection.dialect.name == "sqlite")
    for contact_id, number in tuples_of(connection, statement, {"ids": dumps(list(ids))}):
        if digits := number.translate(_BETWEEN_DIGITS):
            found.setdefault(contact_id, set()).add(digits)
    return found


@lru_cache(256)
def _with_company(view: View, is_sqlite: bool) -> Select[Any]:
    among = one_of(card.c.contact_id, "ids", sqlite=is_sqlite)
    found = select(card.c.contact_id, search.c.company_folded).join_from(card, search)
    return found.where(visible(view, by_key=True), card.c.audience >= EVERYONE, among)


@cache
def _phones(is_sqlite: bool) -> Select[Any]:
    among = one_of(phone.c.contact_id, "ids", sqlite=is_sqlite)
    return select(phone.c.contact_id, phone.c.number).where(phone.c.number != "", among)
