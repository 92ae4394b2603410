"""The address book as one viewer sees it, over the database: reading. Changing it is in ``card_writer``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from json import dumps
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)

from storage_plugin.database import card_writer, history, incoming, properties
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.naming import etag_of, served_version
from storage_plugin.database.raw_reads import one_of, rows_of
from storage_plugin.database.schema import alias, blob, book, card, group_card, search
from storage_plugin.database.visibility import visible
from storage_plugin.model.book import (
    Card,
    ChangeNumber,
    Changes,
    Entry,
    Expect,
    InvalidToken,
    Needle,
    Stored,
    Viewer,
)
from storage_plugin.model.view import View
from storage_plugin.vcard.binaries import put_back, refers_to
from storage_plugin.vcard.versions import as_version

_NUMBERS = select(
    book.c.number, book.c.oldest_number, exists().where(alias.c.user_id == bindparam("user")).label("has_aliases")
).where(book.c.id == bindparam("book"))
_BLOBS = {
    is_sqlite: select(blob.c.sha256, blob.c.value).where(one_of(blob.c.sha256, "keys", sqlite=is_sqlite))
    for is_sqlite in (True, False)
}
_MY_GROUPS = and_(
    group_card.c.book_id == bindparam("book"), group_card.c.owner_id == bindparam("user"), ~group_card.c.deleted
)
_ALIASED = and_(alias.c.contact_id == card.c.contact_id, alias.c.user_id == bindparam("user"))
_COLUMNS: dict[str, ColumnElement[str]] = {"FN": search.c.fn, "EMAIL": search.c.email}
_CHUNK = 500


class SqlAddressBook:
    """``model.book.AddressBook`` over a database; each method is one transaction of its own."""

    def __init__(self, database: Database, viewer: Viewer) -> None:
        self.database = database
        self.viewer = viewer

    # --- reading ---

    @retried
    def entries(self) -> tuple[ChangeNumber, Sequence[Entry]]:
        """List all members, with the number at which the list holds."""
        with self.database.reading() as connection:
            number, _, aliased = connection.execute(_NUMBERS, self._who).one()
            listing = self._listing(bool(aliased))
            return ChangeNumber(number), self._entries(connection, listing)

    @retried
    def changes_since(self, number: ChangeNumber) -> Changes:
        """Tell each member changed or gone since ``number``; raise InvalidToken when history does not reach back."""
        with self.database.reading() as connection:
            now, oldest, aliased = connection.execute(_NUMBERS, self._who).one()
            if not oldest <= number <= now:
                raise InvalidToken(f"number {number} is not between {oldest} and {now}")
            if number == now:
                return Changes(now, (), ())
            listing = self._listing(bool(aliased), since=True)
            changed = self._entries(connection, listing, since=number)
            gone = history.gone_since(connection, self.viewer, number)
            if gone:
                gone -= {entry.href for entry in changed}
                gone -= {href for href, *_ in self._rows(connection, sorted(gone), bool(aliased))}
            return Changes(now, changed, sorted(gone))

    @retried
    def cards(self, hrefs: Iterable[str]) -> Mapping[str, Card]:
        """Fetch members by name; a name that is not there (or not visible) is left out."""
        with self.database.reading() as connection:
            rows = self._rows(connection, list(hrefs), self._aliased)
            return {card.href: card for card in self._served(connection, rows)}

    def all_cards(self) -> Iterator[Card]:
        """Read the whole book, one card after the other."""
        _, entries = self.entries()
        for at in range(0, len(entries), _CHUNK):
            yield from self.cards(entry.href for entry in entries[at : at + _CHUNK]).values()

    def candidates(self, needles: Sequence[Needle], *, every: bool = False) -> Iterator[Card]:
        """Read the cards that may contain any (or ``every``) needle; never too few, perhaps too many."""
        if not needles:
            yield from self.all_cards()
            return
        yield from self._candidates(tuple(needles), every)

    @retried
    def _candidates(self, needles: tuple[Needle, ...], every: bool) -> Sequence[Card]:
        found = [
            self.database.contains(
                _COLUMNS.get(needle.property, search.c.text), bindparam(f"needle{at}", needle.text)
            )
            for at, needle in enumerate(needles)
        ]
        keys = select(search.c.contact_id).where(and_(*found) if every else or_(*found))
        statement = _card_columns(self.viewer.view, self._aliased).where(card.c.contact_id.in_(keys))
        with self.database.reading() as connection:
            rows = connection.execute(statement, self._who).all()
            return list(self._served(connection, [*rows, *self._groups(connection, needles, every)]))

    def _groups(self, connection: Connection, needles: tuple[Needle, ...], every: bool) -> Iterator[Any]:
        join = all if every else any
        for row in rows_of(connection, _GROUPS, self._who):
            read = incoming.columns_of(row[-1]).haystack
            if join(needle.text in getattr(read, needle.property.lower(), read.text) for needle in needles):
                yield row

    # --- changing ---

    @retried
    def put(self, href: str, body: bytes, expect: Expect, *, charset: str | None = None) -> Stored:
        """Store the card that a device sent; see ``card_writer.put``."""
        return card_writer.put(self.database, self.viewer, href, body, expect, charset)

    @retried
    def delete(self, href: str, expect: Expect) -> None:
        """Move the record to the deleted items; raise NotFound, Precondition, Refused."""
        card_writer.delete(self.database, self.viewer, href, expect)

    @retried
    def move(self, href: str, new_href: str, expect: Expect, *, overwrite: bool) -> bool:
        """Give the member another name; tell whether something was overwritten."""
        return card_writer.move(self.database, self.viewer, href, new_href, expect, overwrite=overwrite)

    @retried
    def properties(self, resource: str) -> Mapping[str, str]:
        """Read what this user set of the home or the book."""
        return properties.properties(self.database, self.viewer, resource)

    @retried
    def set_properties(self, resource: str, changes: Sequence[tuple[str, str | None]]) -> None:
        """Set what devices like to set; raise Refused."""
        properties.set_properties(self.database, self.viewer, resource, changes)

    @retried
    def presented(self, number: ChangeNumber) -> None:
        """Remember that this device has the state of ``number``, which must come from a token of this view."""
        if self.viewer.device_id is not None:
            card_writer.presented(self.database, self.viewer, number)

    # --- rows ---

    @property
    def _who(self) -> dict[str, Any]:
        return {"book": self.viewer.book_id, "user": self.viewer.user_id}

    @property
    def _aliased(self) -> bool:
        return self.viewer.has_aliases

    def _listing(self, aliased: bool, *, since: bool = False) -> CompoundSelect[Any]:
        is_sqlite = self.database.is_sqlite
        return _listing(self.viewer.view, aliased, self.viewer.writes_v4, since=since, is_sqlite=is_sqlite)

    def _entries(self, connection: Connection, listing: CompoundSelect[Any], since: int | None = None) -> list[Entry]:
        wanted = self._who if since is None else self._who | {"since": since}
        found = connection.execute(listing, wanted).cursor
        return list(map(Entry._make, found.fetchall())) if found else []

    def _rows(self, connection: Connection, hrefs: list[str], aliased: bool) -> list[Any]:
        rows: list[Any] = []
        for at in range(0, len(hrefs), _CHUNK):
            chunk = hrefs[at : at + _CHUNK]
            wanted = self._who | {"hrefs": dumps(chunk)}
            found = rows_of(connection, _named(self.viewer.view, aliased, self.database.is_sqlite), wanted)
            rows += found
            if len(found) < len(chunk):
                rows += rows_of(connection, _NAMED_GROUPS[self.database.is_sqlite], wanted)
        return rows

    def _served(self, connection: Connection, rows: Sequence[Any]) -> Iterator[Card]:
        keys = list({key for *_, slim in rows if "\x1f" in slim for key in refers_to(slim)})
        blobs: dict[str, str] = {}
        for at in range(0, len(keys), _CHUNK):
            wanted_blobs = {"keys": dumps(keys[at : at + _CHUNK])}
            blobs |= dict(rows_of(connection, _BLOBS[self.database.is_sqlite], wanted_blobs))
        v4 = self.viewer.writes_v4
        for href, kind, key, revision, version, uid, modified, slim in rows:
            text = put_back(slim, blobs) if "\x1f" in slim else slim
            wanted = served_version(version, v4)
            served = text if wanted == version else as_version(text, wanted)
            etag = etag_of(kind, key, revision, version, v4)
            yield Card(href, etag, uid, served, text, version, modified)


def _href(aliased: bool) -> ColumnElement[str]:
    return func.coalesce(alias.c.href, card.c.href) if aliased else card.c.href


@lru_cache
def _listing(view: View, aliased: bool, writes_v4: bool, *, since: bool, is_sqlite: bool) -> CompoundSelect[Any]:
    """Select (href, ETag) of all members, or of those changed since ``since``."""
    printed = func.printf if is_sqlite else func.format
    tail, tail_of_group = _tail(card, writes_v4), _tail(group_card, writes_v4)
    etag = printed("c%s-%s%s", card.c.contact_id, card.c.revision, tail)
    contacts = select(_href(aliased), etag).where(visible(view))
    if aliased:
        contacts = contacts.outerjoin(alias, _ALIASED)
    etag_of_group = printed("g%s-%s%s", group_card.c.id, group_card.c.revision, tail_of_group)
    groups = select(group_card.c.href, etag_of_group).where(_MY_GROUPS)
    if since:
        contacts = contacts.where(card.c.number > bindparam("since"))
        groups = groups.where(group_card.c.number > bindparam("since"))
    return union_all(contacts, groups)


def _tail(table: Table, writes_v4: bool) -> ColumnElement[str]:
    """Say in SQL how ``naming.etag_of`` ends: ten thousand ETags are made faster there."""
    as_stored = [version for version in ("2.1", "3.0", "4.0") if served_version(version, writes_v4) == version]
    return case((table.c.vcard_version.in_(as_stored), ""), else_="-3")


@lru_cache
def _card_columns(view: View, aliased: bool) -> Select[Any]:
    columns = (literal("c").label("kind"), card.c.contact_id.label("key"), card.c.revision, card.c.vcard_version)
    more = (card.c.uid, card.c.modified_at, card.c.text)
    found = select(_href(aliased).label("href"), *columns, *more).where(visible(view))
    return found.outerjoin(alias, _ALIASED) if aliased else found


@lru_cache
def _named(view: View, aliased: bool, is_sqlite: bool) -> Select[Any]:
    named = _card_columns(view, aliased).where(one_of(_href(aliased), "hrefs", sqlite=is_sqlite))
    if not aliased:
        return named
    by_alias = select(alias.c.contact_id).where(
        alias.c.book_id == bindparam("book"),
        one_of(alias.c.href, "hrefs", sqlite=is_sqlite),
        alias.c.user_id == bindparam("user"),
    )
    in_book = card.c.book_id == bindparam("book")
    by_name = select(card.c.contact_id).where(in_book, one_of(card.c.href, "hrefs", sqlite=is_sqlite))
    return named.where(card.c.contact_id.in_(union(by_alias, by_name)))


_GROUPS = select(
    group_card.c.href,
    literal("g").label("kind"),
    group_card.c.id.label("key"),
    group_card.c.revision,
    group_card.c.vcard_version,
    group_card.c.uid,
    group_card.c.modified_at,
    group_card.c.text,
).where(_MY_GROUPS)
_NAMED_GROUPS = {
    is_sqlite: _GROUPS.where(one_of(group_card.c.href, "hrefs", sqlite=is_sqlite)) for is_sqlite in (True, False)
}
