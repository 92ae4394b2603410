"""Two contacts that look alike and are not one person: somebody has said so, and may take it back.

That holds until one of them changes in what they were compared by (name, e-mail addresses, telephone numbers), and
again when it says the same as before. What is said of a pair is shown to those who see both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from storage_plugin.database.browsing import read_lines
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import card, user
from storage_plugin.database.viewing import Viewing
from storage_plugin.database.visibility import visible
from storage_plugin.database.web_schema import distinct_pair
from storage_plugin.database.writing import now
from storage_plugin.model.book import ContactId, Record
from storage_plugin.model.contact import NAME_PARTS, Contact
from storage_plugin.model.view import folded
from storage_plugin.vcard.mapping import contact_from_vcard

MOST = 100
"""Pairs that are told, the latest first."""

_PAIRS = select(distinct_pair).where(distinct_pair.c.book_id == bindparam("book"))
_BOTH = (distinct_pair.c.one_id, distinct_pair.c.other_id)
_AMONG = _PAIRS.where(*(each.in_(bindparam("ids", expanding=True)) for each in _BOTH))
_THIS = delete(distinct_pair).where(
    distinct_pair.c.book_id == bindparam("book"),
    distinct_pair.c.one_id == bindparam("one"),
    distinct_pair.c.other_id == bindparam("other"),
)
_TEXTS = select(card.c.contact_id, card.c.text).where(
    card.c.book_id == bindparam("book"), card.c.contact_id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Apart:
    """Two contacts that are not one person; ``by`` is the user who said so, "" for one who is there no more."""

    one: ContactId
    other: ContactId
    names: tuple[str, str]
    by: str
    at: str


@retried
def tell_apart(viewing: Viewing, one: Record, other: Record) -> None:
    """Remember that two records, as they were looked at, are not one person; raise NotFound, Refused."""
    first, second = sorted((one, other), key=lambda record: record.id)
    for each in (first, second):
        viewing.changeable(each.id)
    said = {"one_said": _compared_by(first.contact), "other_said": _compared_by(second.contact)}
    pair = {"book_id": viewing.viewer.book_id, "one_id": first.id, "other_id": second.id}
    with viewing.database.writing() as connection:
        connection.execute(_THIS, _bound(viewing, first.id, second.id))
        connection.execute(insert(distinct_pair), pair | said | {"user_id": viewing.viewer.user_id, "at": now()})


@retried
def take_back(viewing: Viewing, one: ContactId, other: ContactId) -> None:
    """Forget that two records are not one person; raise NotFound, Refused."""
    for each in (one, other):
        viewing.changeable(each)
    with viewing.database.writing() as connection:
        connection.execute(_THIS, _bound(viewing, *sorted((one, other))))


@retried
def told_apart(viewing: Viewing) -> list[Apart]:
    """List the pairs that are not one person, of whom the viewer sees both; the latest first, MOST at most."""
    who = {"book": viewing.viewer.book_id, "user": viewing.viewer.user_id}
    sees = select(card.c.contact_id).where(visible(viewing.view, by_key=True)).correlate(distinct_pair)
    statement = (
        _PAIRS.add_columns(user.c.name.label("by"))
        .join_from(distinct_pair, user, isouter=True)
        .where(*(sees.where(card.c.contact_id == each).exists() for each in _BOTH))
        .order_by(distinct_pair.c.at.desc(), distinct_pair.c.one_id, distinct_pair.c.other_id)
        .limit(MOST)
    )
    with viewing.database.reading() as connection:
        rows = list(_holding(connection, who["book"], connection.execute(statement, who).all()))
        ids = sorted({key for row in rows for key in (row.one_id, row.other_id)})
        names = {line.id: line.name for line in read_lines(connection, ids)}
    return [
        Apart(row.one_id, row.other_id, (names[row.one_id], names[row.other_id]), row.by or "", row.at)
        for row in rows
    ]


def pairs_apart(connection: Connection, book_id: int, ids: Collection[int]) -> set[tuple[int, int]]:
    """Give the pairs among some records that are not one person, each with the smaller id first."""
    if not ids:
        return set()
    rows = connection.execute(_AMONG, {"book": book_id, "ids": sorted(ids)}).all()
    return {(row.one_id, row.other_id) for row in _holding(connection, book_id, rows)}


def _holding(connection: Connection, book_id: int, rows: Collection[Row[Any]]) -> Iterable[Row[Any]]:
    """Leave out the pairs of which one has changed since."""
    ids = sorted({key for row in rows for key in (row.one_id, row.other_id)})
    texts = connection.execute(_TEXTS, {"book": book_id, "ids": ids}) if ids else ()
    said: Mapping[int, str] = {row.contact_id: _compared_by(contact_from_vcard(row.text)) for row in texts}
    return (row for row in rows if said.get(row.one_id) == row.one_said and said.get(row.other_id) == row.other_said)


def _compared_by(who: Contact) -> str:
    """Digest what is compared: the name, the addresses and the numbers, in any order and case."""
    names = [folded(getattr(who, part)) for part in (*NAME_PARTS, "formatted_name")]
    emails = sorted({folded(each.address) for each in who.emails})
    phones = sorted({"".join(sign for sign in each.number if sign.isdigit()) for each in who.phones})
    return sha256(repr((names, emails, phones)).encode()).hexdigest()


def _bound(viewing: Viewing, one: int, other: int) -> dict[str, int]:
    return {"book": viewing.viewer.book_id, "one": one, "other": other}
