"""Contacts that may be one person, among those that a viewer sees; accounts are left out.

Two are alike that have the same e-mail address, the same telephone number and name, or the same name and company.
Names and companies are compared by their sort keys, so that case, marks and hyphens do not count. Who has been found
to be somebody else (``distinct``) is not told again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, literal, select

from storage_plugin.database.browsing import Line, read_lines
from storage_plugin.database.distinct import count_apart, pairs_apart
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import EVERYONE, card, email, phone, search
from storage_plugin.database.viewing import Viewing
from storage_plugin.database.visibility import visible
from storage_plugin.model.view import View

MOST = 100
"""Groups that are told at a time."""

MOST_ALIKE = 20
"""Contacts of a group that are told; an address that half the firm has in common joins nobody."""

_BETWEEN_DIGITS = " -()/.+\u00a0"
Reason = Literal["email", "phone", "company"]


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
    statements, is_all = _statements(viewing.view), False
    found: dict[tuple[int, ...], tuple[Reason, str]] = {}
    with viewing.database.reading() as connection:
        most = MOST + count_apart(connection, who["book"])
        while len(found) < MOST and not is_all:
            groups, is_all = _groups(connection, statements, who | {"most": most})
            apart = pairs_apart(connection, who["book"], {each for _, _, ids in groups for each in ids})
            found = {}
            for reason, said, ids in groups:
                if len(together := _without(ids, apart)) > 1:
                    found.setdefault(together, (reason, said))
            most *= 4  # a pair may have more in common than one thing
        shown = list(found.items())[:MOST]
        told = sorted({contact_id for among, _ in shown for contact_id in among})
        lines: dict[int, Line] = {line.id: line for line in read_lines(connection, told)}
    return [Group(reason, said, [lines[key] for key in among]) for among, (reason, said) in shown]


def _groups(
    connection: Connection, statements: Mapping[Reason, Select[Any]], who: Mapping[str, Any]
) -> tuple[list[tuple[Reason, str, tuple[int, ...]]], bool]:
    """Give reason, what is common and ids of up to ``most`` groups of each reason, and whether these are all."""
    found: list[tuple[Reason, str, tuple[int, ...]]] = []
    is_all = True
    for reason, statement in statements.items():
        keys: dict[str, list[int]] = {}
        for key, contact_id in connection.execute(statement, who):
            keys.setdefault(key, []).append(contact_id)
        is_all = is_all and len(keys) < who["most"]
        for key, ids in keys.items():
            if not key.endswith("\t"):  # numbers without a digit
                found.append((reason, key.partition("\t")[2] or key, tuple(ids[:MOST_ALIKE])))
    return found, is_all


def _without(ids: tuple[int, ...], apart: Collection[tuple[int, int]]) -> tuple[int, ...]:
    """Leave out who is known to be somebody else than each of the others."""
    return tuple(
        one for one in ids if any(other != one and (min(one, other), max(one, other)) not in apart for other in ids)
    )


def _statements(view: View) -> dict[Reason, Select[Any]]:
    name, company = search.c.name_folded, search.c.company_folded
    digits: ColumnElement[str] = phone.c.number
    for sign in _BETWEEN_DIGITS:
        digits = func.replace(digits, sign, "")
    seen = select(card.c.contact_id).where(visible(view), card.c.audience >= EVERYONE)
    namesakes = select(name).where(name != "").group_by(name).having(func.count() > 1)
    searched = seen.join(search, search.c.contact_id == card.c.contact_id).where(name.in_(namesakes))
    by_email = seen.join(email, email.c.contact_id == card.c.contact_id)
    numbered = phone.c.contact_id.in_(select(search.c.contact_id).where(name.in_(namesakes)))
    by_phone = searched.join(phone, phone.c.contact_id == card.c.contact_id).where(numbered, phone.c.number != "")
    return {
        "email": _alike(by_email.where(email.c.address != ""), func.lower(email.c.address)),
        "phone": _alike(by_phone, name + literal("\t") + digits),
        "company": _alike(searched.where(company != ""), name + literal("\t") + company),
    }


def _alike(seen: Select[Any], key: ColumnElement[str]) -> Select[Any]:
    """Select key and id of those whose key somebody else has, too."""
    keyed = seen.add_columns(key.label("said")).distinct().cte("keyed")
    shared = (
        select(keyed.c.said)
        .group_by(keyed.c.said)
        .having(func.count() > 1)
        .order_by(keyed.c.said)
        .limit(bindparam("most"))
    )
    alike = select(keyed.c.said, keyed.c.contact_id).where(keyed.c.said.in_(select(shared.subquery().c.said)))
    return alike.order_by(keyed.c.said, keyed.c.contact_id)
