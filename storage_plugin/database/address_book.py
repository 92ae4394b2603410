"""The address book as one viewer sees it, over the database: reading. Changing it is in ``card_writer``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, select

from storage_plugin.database import card_writer, device_states, history, properties
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.listing import list_members
from storage_plugin.database.raw_reads import Snapshot, SqlSnapshot
from storage_plugin.database.schema import alias, book
from storage_plugin.database.texts import Texts
from storage_plugin.model.book import (
    Card,
    ChangeNumber,
    Changes,
    Expect,
    InvalidToken,
    Listing,
    Needle,
    Property,
    Stored,
    Viewer,
)
from storage_plugin.model.view import View

_NUMBERS = select(
    book.c.number, book.c.oldest_number, exists().where(alias.c.user_id == bindparam("user")).label("has_aliases")
).where(book.c.id == bindparam("book"))
_CHUNK = 500


class SqlAddressBook:
    """``model.book.AddressBook`` over a database; each method is one transaction of its own."""

    def __init__(self, database: Database, viewer: Viewer) -> None:
        self.database = database
        self.viewer = viewer

    # --- reading ---

    @retried
    def entries(self) -> tuple[ChangeNumber, Listing]:
        """List all members, with the number at which the list holds."""
        with self.database.snapshot() as snapshot:
            ((number, _, aliased),) = snapshot.rows(_NUMBERS, self._who)
            return ChangeNumber(number), self._members(snapshot, aliased)

    @retried
    def changes_since(self, number: ChangeNumber) -> Changes:
        """Tell each member changed or gone since ``number``; raise InvalidToken when history does not reach back."""
        with self.database.snapshot() as snapshot:
            ((now, oldest, aliased, is_gone),) = snapshot.rows(_since(self.viewer.view), self._since(number))
            if not oldest <= number <= now:
                raise InvalidToken(f"number {number} is not between {oldest} and {now}")
            if not is_gone:
                return Changes(now, self._members(snapshot, aliased, number), ())
        return self._changed_and_gone(number)

    def _changed_and_gone(self, number: ChangeNumber) -> Changes:
        """Look into the past as well, which takes many more statements."""
        with self.database.reading() as connection:
            snapshot = SqlSnapshot(connection)
            ((now, _, aliased),) = snapshot.rows(_NUMBERS, self._who)
            changed = self._members(snapshot, aliased, number)
            gone = history.gone_since(connection, self.viewer, number)
            gone -= set(changed.hrefs)
            gone -= {card.href for card in self._texts(snapshot, aliased).named(sorted(gone))}
            return Changes(now, changed, sorted(gone))

    @retried
    def cards(self, hrefs: Iterable[str]) -> Mapping[str, Card]:
        """Fetch members by name; a name that is not there (or not visible) is left out."""
        with self.database.snapshot() as snapshot:
            texts = self._texts(snapshot, self.viewer.has_aliases)
            return {card.href: card for card in texts.named(list(hrefs))}

    def all_cards(self) -> Iterator[Card]:
        """Read the whole book, one card after the other."""
        _, entries = self.entries()
        for at in range(0, len(entries), _CHUNK):
            yield from self.cards(entries.hrefs[at : at + _CHUNK]).values()

    def candidates(self, needles: Sequence[Needle], *, every: bool = False) -> Iterator[Card]:
        """Read the cards that may contain any (or ``every``) needle; never too few, perhaps too many."""
        if not needles:
            yield from self.all_cards()
            return
        wanted = tuple(needles)
        keys, cards = self._first_with_needles(wanted, every)
        yield from cards
        for at in range(_CHUNK, len(keys), _CHUNK):
            yield from self._with_needles(wanted, every, keys[at : at + _CHUNK])
        yield from self._groups_with_needles(wanted, every)

    @retried
    def _first_with_needles(self, needles: tuple[Needle, ...], every: bool) -> tuple[list[int], list[Card]]:
        """Find which contacts are asked for, and read the first of them."""
        with self.database.snapshot() as snapshot:
            texts = self._texts(snapshot, self.viewer.has_aliases)
            keys = texts.keys_with_needles(needles, every=every)
            return keys, texts.with_needles(needles, every=every, among=keys[:_CHUNK]) if keys else []

    @retried
    def _with_needles(self, needles: tuple[Needle, ...], every: bool, among: Sequence[int]) -> list[Card]:
        with self.database.snapshot() as snapshot:
            return self._texts(snapshot, self.viewer.has_aliases).with_needles(needles, every=every, among=among)

    @retried
    def _groups_with_needles(self, needles: tuple[Needle, ...], every: bool) -> list[Card]:
        with self.database.snapshot() as snapshot:
            return self._texts(snapshot, self.viewer.has_aliases).groups_with_needles(needles, every=every)

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
    def properties(self, resource: str) -> Mapping[str, Property]:
        """Read what this user set of the home or the book."""
        return properties.properties(self.database, self.viewer, resource)

    @retried
    def set_properties(self, resource: str, changes: Sequence[tuple[str, Property | None]]) -> None:
        """Set what devices like to set; raise Refused."""
        properties.set_properties(self.database, self.viewer, resource, changes)

    @retried
    def presented(self, number: ChangeNumber) -> None:
        """Remember that this device has the state of ``number``, which must come from a token of this view."""
        if self.viewer.device_id is not None:
            device_states.presented(self.database, self.viewer, number)

    @retried
    def given(self, numbers: Mapping[str, ChangeNumber]) -> None:
        """Remember the same of single cards, by ETag, for a device that presents no sync tokens."""
        if self.viewer.device_id is not None:
            device_states.given(self.database, self.viewer, numbers)

    # --- parts ---

    @property
    def _who(self) -> dict[str, Any]:
        return {"book": self.viewer.book_id, "user": self.viewer.user_id}

    def _since(self, number: int) -> dict[str, Any]:
        return self._who | {"since": number}

    def _members(self, snapshot: Snapshot, aliased: bool, since: int | None = None) -> Listing:
        is_sqlite = self.database.is_sqlite
        return list_members(snapshot, self.viewer, aliased=bool(aliased), is_sqlite=is_sqlite, since=since)

    def _texts(self, snapshot: Snapshot, aliased: bool) -> Texts:
        return Texts(snapshot, self.viewer, aliased=bool(aliased), is_sqlite=self.database.is_sqlite)


@lru_cache(1024)
def _since(view: View) -> Select[Any]:
    return _NUMBERS.add_columns(history.is_something_gone(view).label("is_gone"))
