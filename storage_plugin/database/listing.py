"""What is in a viewer's address book, without the texts: (href, ETag) of all members, or of those changed since.

The database joins them to two long texts: ten thousand rows one by one would take three times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, and_, bindparam, case, cast, func, select

from storage_plugin.database.naming import VERSIONS, served_version
from storage_plugin.database.raw_reads import Snapshot
from storage_plugin.database.schema import alias, card, group_card
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import Listing, Viewer
from storage_plugin.model.view import View

ALIASED = and_(alias.c.contact_id == card.c.contact_id, alias.c.user_id == bindparam("user"))
"""The join of a card with the name that it has in this user's book only."""

MY_GROUPS = and_(
    group_card.c.book_id == bindparam("book"), group_card.c.owner_id == bindparam("user"), ~group_card.c.deleted
)
_BETWEEN = "\n"
"""No href has a control character in it (see ``dav.paths``)."""


def list_members(
    snapshot: Snapshot, viewer: Viewer, *, aliased: bool, is_sqlite: bool, since: int | None = None
) -> Listing:
    """List all members, or those changed since a number."""
    wanted = {"book": viewer.book_id, "user": viewer.user_id, "since": since}
    contacts = _contacts(viewer.view, aliased, viewer.writes_v4, since=since is not None, is_sqlite=is_sqlite)
    groups = _groups(viewer.writes_v4, since=since is not None, is_sqlite=is_sqlite)
    listing = Listing()
    _read(listing, snapshot.rows(contacts, wanted), "c")
    _read(listing, snapshot.rows(groups, wanted), "g")
    return listing


def _read(listing: Listing, rows: Sequence[Any], kind: str) -> None:
    """Add what the three columns of the one row say, each of them one text or, where nothing is, None."""
    ((hrefs, keys, states),) = rows
    if hrefs is not None:
        listing.hrefs.extend(hrefs.split(_BETWEEN))
        pairs = zip(keys.split(_BETWEEN), states.split(_BETWEEN), strict=True)
        listing.etags.extend([f"{kind}{key}-{state}" for key, state in pairs])


def name_of(aliased: bool) -> ColumnElement[str]:
    """Give the column with the name of a card in this viewer's book."""
    return func.coalesce(alias.c.href, card.c.href) if aliased else card.c.href


@lru_cache(1024)
def _contacts(view: View, aliased: bool, writes_v4: bool, *, since: bool, is_sqlite: bool) -> Select[Any]:
    columns: Any = _joined(card, name_of(aliased), card.c.contact_id, writes_v4, is_sqlite=is_sqlite)
    found: Select[Any] = select(*columns).select_from(card).where(visible(view))
    if aliased:
        found = found.outerjoin(alias, ALIASED)
    return found.where(card.c.number > bindparam("since")) if since else found


@lru_cache
def _groups(writes_v4: bool, *, since: bool, is_sqlite: bool) -> Select[Any]:
    columns: Any = _joined(group_card, group_card.c.href, group_card.c.id, writes_v4, is_sqlite=is_sqlite)
    found: Select[Any] = select(*columns).where(MY_GROUPS)
    return found.where(group_card.c.number > bindparam("since")) if since else found


def _joined(
    table: Table, href: ColumnElement[str], key: ColumnElement[int], writes_v4: bool, *, is_sqlite: bool
) -> list[ColumnElement[str]]:
    """Join hrefs, keys and the rest of the ETags (``naming.etag_of``) to one text each.

    SQLite writes a number of its own accord, and three times as fast as when it has to glue it to something.
    """
    revision = cast(table.c.revision, Text)
    plain = table.c.revision if is_sqlite else revision
    as_stored = (version for version in VERSIONS if served_version(version, writes_v4) == version)
    state = case(*((table.c.vcard_version == version, plain) for version in as_stored), else_=revision.concat("-3"))
    join = func.group_concat if is_sqlite else func.string_agg
    columns = {"hrefs": href, "keys": key if is_sqlite else cast(key, Text), "states": state}
    return [join(column, _BETWEEN).label(name) for name, column in columns.items()]
