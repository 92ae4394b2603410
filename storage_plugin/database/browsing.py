"""The list of what one user may see: searched, narrowed, sorted and paged by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from json import dumps
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, or_, select

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.finding import stands_in
from storage_plugin.database.raw_reads import InOrder, one_of
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import (
    EVERYONE,
    NOBODY,
    card,
    category,
    contact,
    email,
    phone,
    record_type,
    search,
)
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import ContactId, Viewer
from storage_plugin.model.contact import NAME_PARTS, Contact
from storage_plugin.model.record_type import BUSINESS_CONTACT
from storage_plugin.model.sorting import ORDERS, listed_name
from storage_plugin.model.view import View

PER_PAGE = 50
"""Records of a page."""

MOST_COUNTED = 1000
"""Records found by words that are counted: for a single letter it would take longer to count than to find."""

Sort = Literal["name", "company", "changed"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: records with all ``words``, of a record type (``plain``: own plain contacts), of a category.

    ``account``: only records that are linked to this one; ``accounts``: only accounts, of any type.
    ``language``: whose alphabet sorts names. ``page`` counts from 1.
    """

    words: str = ""
    type: str = ""
    plain: bool = False
    category: str = ""
    account: ContactId | None = None
    accounts: bool = False
    sort: Sort = "name"
    language: str = "en"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """What a list shows of a record; ``photo`` is the SHA-256 of a picture that we keep, or ""."""

    id: ContactId
    name: str
    company: str
    email: str
    phone: str
    photo: str
    type: str
    customer_number: str
    modified_at: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of a list, and how many records there are on all pages; ``is_more``: there are more than ``total``."""

    lines: Sequence[Line]
    total: int
    page: int
    has_later: bool
    is_more: bool = False

    @property
    def pages(self) -> int:
        """Count the pages; there is always one."""
        return max(1, -(-self.total // PER_PAGE))


_NAMES = ("formatted_name", *NAME_PARTS, "nickname", "company", "file_as")
_LINES = (
    select(
        *(contact.c.id, contact.c.owner_id, contact.c.is_company, contact.c.photo, contact.c.customer_number),
        *(record_type.c.name, card.c.modified_at),
        *(contact.c[name] for name in _NAMES),
    )
    .join_from(contact, card)
    .join(record_type, record_type.c.id == contact.c.record_type_id, isouter=True)
)
_EMAILS = select(email.c.contact_id, email.c.address).order_by(email.c.position.desc(), email.c.id.desc())
_PHONES = select(phone.c.contact_id, phone.c.number).order_by(phone.c.position.desc(), phone.c.id.desc())


@cache
def _of_ids(is_sqlite: bool) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Make the statements of the lines, and of all e-mail addresses and numbers, the first one last."""
    keyed = ((_LINES, contact.c.id), (_EMAILS, email.c.contact_id), (_PHONES, phone.c.contact_id))
    lines, emails, phones = (each.where(one_of(column, "ids", sqlite=is_sqlite)) for each, column in keyed)
    return lines, emails, phones


_IS_SEARCHED = search.c.contact_id == card.c.contact_id
_TEXTS_FIRST = InOrder(search, card, _IS_SEARCHED)
"""One pass over all texts; a card is looked up where the words are found."""


class Browsing:
    """Lists of the active book of a viewer; ``view`` is what decides about shared records."""

    def __init__(self, database: Database, viewer: Viewer, view: View) -> None:
        self.database = database
        self.viewer = viewer
        self.view = view

    @retried
    def lines(self, wanted: Wanted = Wanted()) -> Lines:
        """List a page of what is wanted; one beyond the last page is the last."""
        words = stands_in(self.database, wanted.words)
        found = self._found(wanted, by_key=words is not None)
        with self.database.reading() as connection:
            if words is not None:
                return self._searched(connection, wanted, found.select_from(_TEXTS_FIRST).where(words))
            joined = found if wanted.sort == "changed" else found.join(search, _IS_SEARCHED)
            return self._counted(connection, wanted, joined)

    def _counted(self, connection: Connection, wanted: Wanted, found: Select[Any]) -> Lines:
        total: int = connection.execute(found.with_only_columns(func.count()), self._who).scalar_one()
        page = _page(wanted, total)
        ids = self._cut(connection, wanted, found, page)
        return Lines(read_lines(connection, ids[:PER_PAGE]), total, page, len(ids) > PER_PAGE)

    def _searched(self, connection: Connection, wanted: Wanted, found: Select[Any]) -> Lines:
        """Look for words: in all texts when few have them, but no longer than until it is known that many have."""
        some = found.with_only_columns(*self._order(wanted)).limit(MOST_COUNTED + 1)
        keys = sorted(map(tuple, connection.execute(some, self._who)), reverse=_is_reversed(wanted))
        if len(keys) <= MOST_COUNTED:
            page = _page(wanted, len(keys))
            shown = [key[-1] for key in keys[(page - 1) * PER_PAGE : page * PER_PAGE]]
            return Lines(read_lines(connection, shown), len(keys), page, page * PER_PAGE < len(keys))
        page = max(wanted.page, 1)
        ids = self._cut(connection, wanted, found, page)
        if not ids:
            return self._counted(connection, wanted, found)
        return Lines(read_lines(connection, ids[:PER_PAGE]), MOST_COUNTED, page, len(ids) > PER_PAGE, is_more=True)

    def _cut(self, connection: Connection, wanted: Wanted, found: Select[Any], page: int) -> Sequence[int]:
        """Read the ids of a page, and one of the next."""
        order = (each.desc() if _is_reversed(wanted) else each for each in self._order(wanted))
        cut = found.order_by(*order).limit(PER_PAGE + 1).offset((page - 1) * PER_PAGE)
        return connection.execute(cut, self._who).scalars().all()

    @retried
    def categories(self) -> Sequence[str]:
        """Name the categories of all records that the viewer sees."""
        statement = (
            select(category.c.name)
            .join_from(card, category, category.c.contact_id == card.c.contact_id)
            .where(visible(self.view), category.c.name.is_not(None))
            .distinct()
        )
        with self.database.reading() as connection:
            return sorted(connection.execute(statement, self._who).scalars(), key=str.casefold)

    def _found(self, wanted: Wanted, *, by_key: bool) -> Select[Any]:
        found = select(card.c.contact_id).where(visible(self.view, by_key=by_key))
        if wanted.plain:
            found = found.where(card.c.audience == bindparam("user"))
        elif wanted.type:
            found = found.where(card.c.audience <= EVERYONE, _is_of_type(wanted.type))
        if wanted.accounts:
            found = found.where(card.c.audience == NOBODY)
        if wanted.category:
            name = category.c.name == bindparam(None, wanted.category)
            found = found.where(exists().where(category.c.contact_id == card.c.contact_id, name))
        if wanted.account is not None:
            linked = select(contact.c.id).where(contact.c.account_id == bindparam(None, wanted.account))
            found = found.where(card.c.contact_id.in_(linked))
        return found

    def _order(self, wanted: Wanted) -> Sequence[ColumnElement[Any]]:
        """Give what is sorted by, the id last; Python sorts it as the database does."""
        if wanted.sort == "changed":
            return (card.c.number, card.c.contact_id)
        order = ORDERS.get(wanted.language, "folded")
        company, name = search.c[f"company_{order}"], search.c[f"name_{order}"]
        by_name = (self.database.by_letters(name), card.c.contact_id)
        return by_name if wanted.sort == "name" else (company == "", self.database.by_letters(company), *by_name)

    @property
    def _who(self) -> dict[str, Any]:
        return {"book": self.viewer.book_id, "user": self.viewer.user_id}


def _is_reversed(wanted: Wanted) -> bool:
    return wanted.sort == "changed"


def _page(wanted: Wanted, total: int) -> int:
    return min(max(wanted.page, 1), max(1, -(-total // PER_PAGE)))


def _is_of_type(name: str) -> ColumnElement[bool]:
    this = select(record_type.c.id).where(
        record_type.c.book_id == bindparam("book"), record_type.c.name == bindparam(None, name)
    )
    types = [contact.c.record_type_id.in_(this)]
    if name == BUSINESS_CONTACT.name:
        types.append(contact.c.record_type_id.is_(None))
    return exists().where(contact.c.id == card.c.contact_id, or_(*types))


def read_lines(connection: Connection, ids: Sequence[int]) -> Sequence[Line]:
    """Read what a list shows of some records, whose viewer has been seen to."""
    wanted = {"ids": dumps(list(ids))}
    lines, *firsts = _of_ids(connection.dialect.name == "sqlite")
    emails, phones = ({key: value for key, value in tuples_of(connection, each, wanted) if value} for each in firsts)
    rows = {row[0]: row for row in tuples_of(connection, lines, wanted)}
    return [_line(rows[key], emails.get(key, ""), phones.get(key, "")) for key in ids]


def _line(row: Sequence[Any], address: str, number: str) -> Line:
    key, owner_id, is_company, photo, customer_number, type_, modified_at, *names = row
    said: dict[str, Any] = {name: value or "" for name, value in zip(_NAMES, names, strict=True)}
    return Line(
        id=key,
        name=listed_name(Contact(**said, is_company=bool(is_company))) or address or number,
        company=said["company"],
        email=address,
        phone=number,
        photo=photo if photo and is_kept(photo) else "",
        type="" if owner_id is not None else type_ or BUSINESS_CONTACT.name,
        customer_number=customer_number or "",
        modified_at=modified_at,
    )


def is_kept(photo: str) -> bool:
    """Tell whether ``Contact.photo`` names a picture that we keep; others are somewhere on the net."""
    return len(photo) == 64 and all(letter in "0123456789abcdef" for letter in photo)
