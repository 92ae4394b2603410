"""What is in a viewer's address book, without the texts: (href, ETag) of all members, or of those changed since.

The database joins them to two long texts: ten thousand rows one by one would take three times as long.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from storage_plugin.database.naming import served_version
from storage_plugin.database.raw_reads import Snapshot
from storage_plugin.database.schema import alias, card, group_card
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import Entry, Viewer
from storage_plugin.model.view import View

ALIASED = and_(alias.c.contact_id == card.c.contact_id, alias.c.user_id == bindparam("user"))
"""The join of a card with the name that it has in this user's book only."""

MY_GROUPS = and_(
    group_card.c.book_id == bindparam("book"), group_card.c.owner_id == bindparam("user"), ~group_card.c.deleted
)
_BETWEEN = "\n"
"""No href has a control character in it (see ``dav.paths``)."""

_COMMON_REVISIONS = 9


def list_members(
    snapshot: Snapshot, viewer: Viewer, *, aliased: bool, is_sqlite: bool, since: int | None = None
) -> list[Entry]:
    """List all members, or those changed since a number."""
    wanted = {"book": viewer.book_id, "user": viewer.user_id, "since": since}
    listing = _listing(viewer.view, aliased, viewer.writes_v4, since=since is not None, is_sqlite=is_sqlite)
    hrefs, etags = snapshot.rows(listing, wanted)[0]
    if hrefs is None:
        return []
    return list(map(Entry._make, zip(hrefs.split(_BETWEEN), etags.split(_BETWEEN), strict=True)))


def name_of(aliased: bool) -> ColumnElement[str]:
    """Give the column with the name of a card in this viewer's book."""
    return func.coalesce(alias.c.href, card.c.href) if aliased else card.c.href


def etag_column(kind: str, table: Table, key: ColumnElement[int], *, writes_v4: bool) -> ColumnElement[str]:
    """Say in SQL what ``naming.etag_of`` says, for ``kind`` "c" or "g"."""
    as_stored = [version for version in ("2.1", "3.0", "4.0") if served_version(version, writes_v4) == version]
    tail = case({version: _said("") for version in as_stored}, value=table.c.vcard_version, else_=_said("-3"))
    return _said(kind).concat(cast(key, Text)).concat(_revision(table.c.revision)).concat(tail)


def _revision(revision: ColumnElement[int]) -> ColumnElement[str]:
    """Write ``-REVISION``; SQLite is slow at printing numbers, and nearly all revisions are small ones."""
    common = {number: _said(f"-{number}") for number in range(_COMMON_REVISIONS + 1)}
    return case(common, value=revision, else_=_said("-").concat(cast(revision, Text)))


def _said(text: str) -> ColumnElement[str]:
    """Write a text of ours into the statement itself: a bound one is fetched anew for each row."""
    return literal_column(f"'{text}'", Text)


@lru_cache(1024)
def _listing(view: View, aliased: bool, writes_v4: bool, *, since: bool, is_sqlite: bool) -> Select[Any]:
    etag = etag_column("c", card, card.c.contact_id, writes_v4=writes_v4).label("etag")
    contacts = select(name_of(aliased).label("href"), etag).where(visible(view))
    if aliased:
        contacts = contacts.outerjoin(alias, ALIASED)
    etag_of_group = etag_column("g", group_card, group_card.c.id, writes_v4=writes_v4).label("etag")
    groups = select(group_card.c.href.label("href"), etag_of_group).where(MY_GROUPS)
    if since:
        contacts = contacts.where(card.c.number > bindparam("since"))
        groups = groups.where(group_card.c.number > bindparam("since"))
    every = union_all(contacts, groups).subquery()
    joined = func.group_concat if is_sqlite else func.string_agg
    return select(joined(every.c.href, _BETWEEN).label("hrefs"), joined(every.c.etag, _BETWEEN).label("etags"))
