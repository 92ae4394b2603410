"""The cards of a viewer's address book with their texts: by name, or by what may stand in them.

Who sees a card is decided in the statement that reads it (``visible``). Photos are kept apart from the text, and are
put back here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from json import dumps
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, func, literal, or_, select, union

from storage_plugin.database import incoming
from storage_plugin.database.listing import ALIASED, MY_GROUPS, name_of
from storage_plugin.database.naming import VERSIONS, etag_tail, served_version
from storage_plugin.database.raw_reads import InOrder, Snapshot, each_of, one_of
from storage_plugin.database.schema import alias, blob, card, group_card, search
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import Card, Needle, Viewer
from storage_plugin.model.view import View
from storage_plugin.vcard.binaries import MARK, put_back, refers_to
from storage_plugin.vcard.versions import as_version

_CHUNK = 500
_COLUMNS: dict[str, ColumnElement[str]] = {"FN": search.c.fn, "EMAIL": search.c.email}


class Texts:
    """Reads cards in one snapshot. ``aliased``: some go by a name of their own in this viewer's book."""

    def __init__(self, snapshot: Snapshot, viewer: Viewer, *, aliased: bool, is_sqlite: bool) -> None:
        self._snapshot = snapshot
        self._view = viewer.view
        self._writes_v4 = viewer.writes_v4
        self._aliased = aliased
        self._is_sqlite = is_sqlite
        self._who = {"book": viewer.book_id, "user": viewer.user_id}

    def named(self, hrefs: Sequence[str]) -> Iterator[Card]:
        """Read the members of these names; those that are not there are left out."""
        for at in range(0, len(hrefs), _CHUNK):
            chunk = hrefs[at : at + _CHUNK]
            wanted = self._who | {"hrefs": dumps(chunk)}
            rows = self._snapshot.rows(_named(self._view, self._aliased, self._is_sqlite), wanted)
            if len(rows) < len(chunk):
                rows = [*rows, *self._snapshot.rows(_NAMED_GROUPS[self._is_sqlite], wanted)]
            yield from self._cards(rows)

    def keys_with_needles(self, needles: tuple[Needle, ...], *, every: bool) -> list[int]:
        """Give the ids of contacts, of any book, in which any (or ``every``) needle stands."""
        statement = _keys(self._is_sqlite, _properties(needles), every)
        return [key for (key,) in self._snapshot.rows(statement, _bound(needles))]

    def with_needles(self, needles: tuple[Needle, ...], *, every: bool, among: Sequence[int]) -> list[Card]:
        """Read the contacts among some in which any (or ``every``) needle stands."""
        statement = _with_needles(self._view, self._aliased, self._is_sqlite, _properties(needles), every)
        return list(self._cards(self._snapshot.rows(statement, self._who | _bound(needles) | {"keys": dumps(among)})))

    def groups_with_needles(self, needles: tuple[Needle, ...], *, every: bool) -> list[Card]:
        """Read the group cards in which any (or ``every``) needle stands."""
        rows = self._snapshot.rows(_GROUPS, self._who)
        return list(self._cards([row for row in rows if _has(row[-1], needles, every)]))

    def _cards(self, rows: Sequence[Any]) -> Iterator[Card]:
        blobs = self._blobs(rows)
        writes_v4 = self._writes_v4
        ways = {version: (served_version(version, writes_v4), etag_tail(version, writes_v4)) for version in VERSIONS}
        for href, kind, key, revision, version, uid, modified, slim in rows:
            text = put_back(slim, blobs) if MARK in slim else slim
            wanted, tail = ways[version]
            served = text if wanted == version else as_version(text, wanted)
            yield Card(href, f"{kind}{key}-{revision}{tail}", uid, served, text, version, modified)

    def _blobs(self, rows: Sequence[Any]) -> dict[str, str]:
        keys = list({key for *_, slim in rows if MARK in slim for key in refers_to(slim)})
        blobs: dict[str, str] = {}
        for at in range(0, len(keys), _CHUNK):
            blobs |= dict(self._snapshot.rows(_BLOBS[self._is_sqlite], {"keys": dumps(keys[at : at + _CHUNK])}))
        return blobs


def _has(text: str, needles: tuple[Needle, ...], every: bool) -> bool:
    """Look for the needles as ``search`` keeps a text; groups are in no index."""
    read = incoming.columns_of(text).haystack
    join = all if every else any
    return join(needle.text in getattr(read, needle.property.lower(), read.text) for needle in needles)


_BLOBS = {
    is_sqlite: select(blob.c.sha256, blob.c.value).where(one_of(blob.c.sha256, "keys", sqlite=is_sqlite))
    for is_sqlite in (True, False)
}


def _columns(table: Table, href: ColumnElement[str], kind: str, key: ColumnElement[int]) -> Select[Any]:
    said = (literal(kind).label("kind"), key.label("key"), table.c.revision, table.c.vcard_version)
    return select(href.label("href"), *said, table.c.uid, table.c.modified_at, table.c.text)


@lru_cache(1024)
def _cards(view: View, aliased: bool, *, by_key: bool) -> Select[Any]:
    found = _columns(card, name_of(aliased), "c", card.c.contact_id).where(visible(view, by_key=by_key))
    return found.outerjoin(alias, ALIASED) if aliased else found


@lru_cache(1024)
def _named(view: View, aliased: bool, is_sqlite: bool) -> Select[Any]:
    if not aliased:
        names = each_of("hrefs", sqlite=is_sqlite)
        in_order = InOrder(names, card, card.c.href == names.c.value)
        return _cards(view, False, by_key=False).select_from(in_order)
    named = _cards(view, True, by_key=True).where(one_of(name_of(True), "hrefs", sqlite=is_sqlite))
    by_alias = select(alias.c.contact_id).where(
        alias.c.book_id == bindparam("book"),
        one_of(alias.c.href, "hrefs", sqlite=is_sqlite),
        alias.c.user_id == bindparam("user"),
    )
    in_book = card.c.book_id == bindparam("book")
    by_name = select(card.c.contact_id).where(in_book, one_of(card.c.href, "hrefs", sqlite=is_sqlite))
    return named.where(card.c.contact_id.in_(union(by_alias, by_name)))


@lru_cache(1024)
def _keys(is_sqlite: bool, properties: tuple[str, ...], every: bool) -> Select[Any]:
    find = func.instr if is_sqlite else func.strpos
    found = [
        find(_COLUMNS.get(property_, search.c.text), bindparam(f"needle{at}")) > 0
        for at, property_ in enumerate(properties)
    ]
    return select(search.c.contact_id).where(and_(*found) if every else or_(*found))


@lru_cache(1024)
def _with_needles(
    view: View, aliased: bool, is_sqlite: bool, properties: tuple[str, ...], every: bool
) -> Select[Any]:
    among = _keys(is_sqlite, properties, every).where(one_of(search.c.contact_id, "keys", sqlite=is_sqlite))
    return _cards(view, aliased, by_key=True).where(card.c.contact_id.in_(among))


def _properties(needles: tuple[Needle, ...]) -> tuple[str, ...]:
    return tuple(needle.property for needle in needles)


def _bound(needles: tuple[Needle, ...]) -> dict[str, str]:
    return {f"needle{at}": needle.text for at, needle in enumerate(needles)}


_GROUPS = _columns(group_card, group_card.c.href, "g", group_card.c.id).where(MY_GROUPS)
_NAMED_GROUPS = {
    is_sqlite: _GROUPS.where(one_of(group_card.c.href, "hrefs", sqlite=is_sqlite)) for is_sqlite in (True, False)
}
