"""Our side of a mirror, for reading: what changed since a run, and what records say now.

Only what is for the mirror's user is ever read: what the user's view lets through, what is linked in this mirror, and
the user's own plain contacts. A record that is not among these is told like one that was erased: not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Connection, Select, and_, bindparam, exists, or_, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.mirror_schema import link
from storage_plugin.database.mirrors import Mirror
from storage_plugin.database.pictures import fingerprint, fingerprints, picture_of
from storage_plugin.database.schema import EVERYONE, book, card, conflict, tombstone, trash
from storage_plugin.database.schema import view as view_table
from storage_plugin.database.timeline import timeline
from storage_plugin.database.visibility import view_from, visible, was_visible
from storage_plugin.model.book import ChangeNumber, ContactId, NotFound
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.mirror import NOTHING, Local
from storage_plugin.model.record_type import BUSINESS_CONTACT, Base
from storage_plugin.model.view import View
from storage_plugin.vcard.mapping import contact_from_vcard

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Since:
    """What may have to be looked at: records that changed, were deleted or erased, or came into or left the view.

    ``full``: these are all records that the mirror is about. ``number`` and ``view`` are what ``Mirrors.reached``
    takes when all of it is done.
    """

    ids: Sequence[ContactId]
    number: ChangeNumber
    view: str
    full: bool


@dataclass(frozen=True, slots=True)
class OurRecord:
    """A record as it is now, or was when it went to the deleted items (``trashed``).

    ``wanted``: it belongs into the folder (or would, were it not deleted), being shared and let through by the user's
    view (accounts only where this shows them, BCM-42). ``plain``: the user's own, not promoted. ``contact`` is whole;
    ``photo`` is the picture's fingerprint (``pictures``). ``type`` is "" for a plain contact; ``modified_at`` UTC,
    ISO 8601.
    """

    id: ContactId
    contact: Contact
    revision: int
    photo: str
    customer_number: str
    owner_id: int | None
    type: str
    base: Base
    wanted: bool
    trashed: bool
    modified_at: str

    @property
    def plain(self) -> bool:
        """Tell whether nobody has promoted it yet."""
        return self.owner_id is not None

    @property
    def name(self) -> str:
        """Give the name under which people look for it."""
        return display_name(self.contact)

    def local(self, view: Contact, kept: Contact = NOTHING) -> Local:
        """Give the record in the words of the plan, with what the target shows of it."""
        return Local(
            contact=self.id,
            revision=self.revision,
            view=view,
            kept=kept,
            photo=self.photo,
            customer_number=self.customer_number,
            wanted=self.wanted,
            trashed=self.trashed,
            plain=self.plain,
            modified_at=self.modified_at,
            name=self.name,
        )


_MIRROR: Any = bindparam("mirror")
_IDS: Any = bindparam("ids", expanding=True)
_BOOK: Any = bindparam("book")
_NUMBERS = select(book.c.number, book.c.oldest_number).where(book.c.id == _BOOK)
_VIEW = select(
    view_table.c.filter, view_table.c.new_contacts, view_table.c.read_only, view_table.c.show_accounts
).where(view_table.c.user_id == bindparam("user"), view_table.c.book_id == _BOOK)
_LINKED = select(link.c.contact_id).where(link.c.mirror_id == _MIRROR)
_LINKED_OF = _LINKED.where(link.c.contact_id.in_(_IDS))
_CHANGED_LINKED = (
    select(card.c.contact_id)
    .join(link, and_(link.c.contact_id == card.c.contact_id, link.c.mirror_id == _MIRROR))
    .where(card.c.book_id == _BOOK, card.c.number > bindparam("since"))
)
_DELETED = select(trash.c.contact_id).where(trash.c.book_id == _BOOK, trash.c.number > bindparam("since"))
_ERASED = select(tombstone.c.href).where(
    tombstone.c.user_id == EVERYONE, tombstone.c.book_id == _BOOK, tombstone.c.number > bindparam("since")
)


@lru_cache
def _shown(view: View) -> Select[Any]:
    return select(card.c.contact_id).where(visible(view), card.c.audience <= EVERYONE)


@lru_cache
def _cards(view: View) -> Select[Any]:
    columns = (card.c.contact_id, card.c.revision, card.c.audience, card.c.record, card.c.modified_at, card.c.text)
    is_linked = exists().where(link.c.mirror_id == _MIRROR, link.c.contact_id == card.c.contact_id)
    is_mine = card.c.audience == bindparam("user")
    is_known = and_(or_(is_linked, bindparam("known", type_=Boolean)), card.c.audience <= EVERYONE)
    may_know = or_(visible(view), is_mine, is_known)
    return select(*columns, visible(view).label("is_seen")).where(
        card.c.book_id == _BOOK, card.c.contact_id.in_(_IDS), may_know
    )


_UNLINKED_PLAIN = select(card.c.contact_id).where(
    card.c.book_id == _BOOK, card.c.audience == bindparam("user"), card.c.contact_id.not_in(_LINKED)
)
_TRASH = (
    select(
        *(trash.c.contact_id, trash.c.revision, trash.c.audience, trash.c.record, trash.c.text),
        trash.c.deleted_at.label("modified_at"),
        exists().where(link.c.mirror_id == _MIRROR, link.c.contact_id == trash.c.contact_id).label("is_linked"),
    )
    .where(trash.c.book_id == _BOOK, trash.c.contact_id.in_(_IDS), trash.c.number.is_not(None))
    .where(or_(trash.c.audience <= EVERYONE, trash.c.audience == bindparam("user")))
)
_TEXT = select(card.c.text).where(card.c.contact_id == bindparam("contact"))
_LOST = (
    select(conflict.c.theirs)
    .where(conflict.c.contact_id == bindparam("contact"), conflict.c.kind == "mirror", conflict.c.theirs.is_not(None))
    .order_by(conflict.c.id)
)


class OurSide:
    """The records that a mirror is about; each method reads committed states."""

    def __init__(self, database: Database, mirror: Mirror) -> None:
        self._database = database
        self._mirror = mirror

    @retried
    def view(self) -> View:
        """Read the view of the mirror's user: its filter, and whether he or she may only read."""
        with self._database.reading() as connection:
            return view_of(connection, self._mirror)

    @retried
    def since(self, number: ChangeNumber | None, view: str = "") -> Since:
        """Tell what may have to be looked at since ``number``, at which the user's view was ``view``.

        Everything, for None and for a number to which history does not reach back.
        """
        drain(self._database)
        with self._database.reading() as connection:
            wanted = self._this | {"since": number}
            now, oldest = connection.execute(_NUMBERS, wanted).one()
            seen_by = view_of(connection, self._mirror)
            if number is None or not oldest <= number <= now:
                ids = self._ids(connection, _shown(seen_by)) | self._ids(connection, _LINKED)
                return Since(sorted(ids), now, seen_by.fingerprint, True)
            changed = _shown(seen_by).where(card.c.number > bindparam("since"))
            ids = {key for statement in (changed, _CHANGED_LINKED) for key in _keys(connection, statement, wanted)}
            gone = [*_keys(connection, _DELETED, wanted), *_keys(connection, _ERASED, wanted)]
            ids |= self._linked_among(connection, gone)
            if view != seen_by.fingerprint:
                ids |= self._ids(connection, _shown(seen_by)) ^ self._ids(connection, _LINKED)
        return Since(sorted(ids), now, seen_by.fingerprint, False)

    @retried
    def unlinked_plain(self) -> list[ContactId]:
        """List the user's own plain contacts that no item of the folder is linked to."""
        with self._database.reading() as connection:
            return sorted(self._ids(connection, _UNLINKED_PLAIN))

    def load(self, ids: Iterable[ContactId]) -> dict[ContactId, OurRecord]:
        """Read records; left out is what was erased, or is not for the mirror's user."""
        wanted, found = sorted(set(ids)), dict[ContactId, OurRecord]()
        for at in range(0, len(wanted), CHUNK):
            found |= self._load(wanted[at : at + CHUNK])
        return found

    @retried
    def _load(self, ids: Sequence[ContactId]) -> dict[ContactId, OurRecord]:
        with self._database.reading() as connection:
            return load(connection, self._mirror, ids)

    @retried
    def picture(self, contact_id: ContactId) -> bytes | None:
        """Read the bytes of a record's picture; None where there is none. Raises NotFound."""
        with self._database.reading() as connection:
            known = load(connection, self._mirror, [contact_id]).get(contact_id)
            if known is None or known.trashed:
                raise NotFound(f"there is no record {contact_id} here")
            return picture_of(connection, connection.execute(_TEXT, {"contact": contact_id}).scalar_one())

    @retried
    def former_picture(self, contact_id: ContactId, wanted: str) -> bytes | None:
        """Read the picture with the fingerprint ``wanted`` that a record has or had, or that lost against its own.

        None where none is known.
        """
        with self._database.reading() as connection:
            if contact_id not in load(connection, self._mirror, [contact_id]):
                return None
            texts = list(connection.execute(_LOST, {"contact": contact_id}).scalars())
            texts += [state.text for state in timeline(connection, self._mirror.book_id, contact_id).states]
            pictures = (picture_of(connection, text) for text in reversed(texts))
            return next((picture for picture in pictures if fingerprint(picture) == wanted), None)

    @property
    def _this(self) -> dict[str, Any]:
        return {"book": self._mirror.book_id, "user": self._mirror.user_id, "mirror": self._mirror.id}

    def _ids(self, connection: Connection, statement: Select[Any]) -> set[ContactId]:
        return set(_keys(connection, statement, self._this))

    def _linked_among(self, connection: Connection, ids: Sequence[ContactId]) -> set[ContactId]:
        found = set[ContactId]()
        for at in range(0, len(ids), CHUNK):
            found |= set(_keys(connection, _LINKED_OF, self._this | {"ids": ids[at : at + CHUNK]}))
        return found


def view_of(connection: Connection, mirror: Mirror) -> View:
    """Read the view of a mirror's user in its book."""
    row = connection.execute(_VIEW, {"user": mirror.user_id, "book": mirror.book_id}).first()
    return View() if row is None else view_from(*row)


def load(
    connection: Connection, mirror: Mirror, ids: Sequence[ContactId], *, known: bool = False
) -> dict[ContactId, OurRecord]:
    """Read some records as the mirror may know them, in an open transaction.

    ``known``: the caller has checked that the user knew of them; a shared record is read though the view hides it.
    """
    seen_by = view_of(connection, mirror)
    this = {"book": mirror.book_id, "user": mirror.user_id, "mirror": mirror.id, "ids": list(ids), "known": known}
    rows = [(row, bool(row.is_seen), False) for row in connection.execute(_cards(seen_by), this)]
    rows += [(row, is_seen, True) for row, is_seen in _trashed(connection, mirror, seen_by, this)]
    read = [(row, contact_from_vcard(row.text), is_seen, is_trashed) for row, is_seen, is_trashed in rows]
    photos = fingerprints(connection, ((who.photo, row.text) for row, who, _, _ in read))
    return {row.contact_id: _record(row, who, photos, is_seen, is_trashed) for row, who, is_seen, is_trashed in read}


def _trashed(connection: Connection, mirror: Mirror, view: View, this: dict[str, Any]) -> Iterator[tuple[Any, bool]]:
    for row in connection.execute(_TRASH, this).all():
        is_seen = was_visible(mirror.user_id, view, row.audience, row.text, row.record)
        if this["known"] or row.is_linked or is_seen:
            yield row, is_seen


def _record(row: Any, who: Contact, photos: dict[str, str], is_seen: bool, is_trashed: bool) -> OurRecord:
    said = json.loads(row.record) if row.record else {}
    is_plain = row.audience > EVERYONE
    return OurRecord(
        id=row.contact_id,
        contact=who,
        revision=row.revision,
        photo=photos.get(who.photo, ""),
        customer_number=said.get("customer_number", ""),
        owner_id=row.audience if is_plain else None,
        type="" if is_plain else said.get("type") or BUSINESS_CONTACT.name,
        base=Base(said.get("base", Base.CONTACT.value)),
        wanted=not is_plain and is_seen,
        trashed=is_trashed,
        modified_at=row.modified_at or "",
    )


def _keys(connection: Connection, statement: Select[Any], wanted: dict[str, Any]) -> list[ContactId]:
    return [ContactId(int(key)) for key in connection.execute(statement, wanted).scalars()]
