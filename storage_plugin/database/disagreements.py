"""Conflicts as people see them: both versions side by side, and settling one.

They are noted where they arise (``conflicts``): by a device's blind edit ("merge", "unseen"), a user who may only
read ("proposal"), or a mirror ("mirror"). Somebody has won then already, or nothing was written yet; settling says
whose version of the disputed fields is to hold, and is a change like any other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Boolean, Connection, and_, bindparam, func, or_, select, update

from storage_plugin.database.business import base_of, set_text
from storage_plugin.database.contacts import read_record
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold
from storage_plugin.database.pictures import picture_of, with_picture
from storage_plugin.database.schema import conflict
from storage_plugin.database.writing import keep_binaries, now
from storage_plugin.model.book import ContactId, NotFound, Origin, Record, Refused, Viewer
from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.record_type import Base
from storage_plugin.vcard.mapping import contact_from_vcard, name_in, vcard_with
from storage_plugin.vcard.merge import FieldConflict, merged

Choice = Literal["ours", "theirs", "present"]
"""Whose version holds: the book's, the other side's, or what the record says now."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One disagreement; ``ours`` is what the book said, ``theirs`` what the device or the folder did.

    ``contact_id`` None: a card that a user may not add. ``fields`` say ``server_value`` for ours; none are named
    where the whole card is in dispute. Times are UTC, ISO 8601; ``resolved_at`` is "" while it is open.
    """

    id: int
    contact_id: ContactId | None
    kind: str
    at: str
    user_id: int | None
    device_id: int | None
    run_id: int | None
    fields: tuple[FieldConflict, ...]
    ours: Contact | None
    theirs: Contact | None
    resolved_at: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a list says of a conflict: about whom, since when, and about which fields (none: the whole card)."""

    id: int
    contact_id: ContactId | None
    name: str
    at: str
    fields: tuple[str, ...]


_BOOK: Any = bindparam("book")
_ALL = select(conflict).where(conflict.c.book_id == _BOOK).order_by(conflict.c.id)
_OPEN = _ALL.where(conflict.c.resolved_at.is_(None))
_IS_ADMINISTRATOR: Any = bindparam("is_administrator", type_=Boolean())
_OF_VIEWER = _OPEN.where(
    or_(
        conflict.c.user_id == bindparam("user"),
        and_(_IS_ADMINISTRATOR, conflict.c.kind == "proposal", conflict.c.contact_id.is_not(None)),
    )
)
_ONE_OF_VIEWER = _OF_VIEWER.where(conflict.c.id == bindparam("conflict"))
_ONE = _ALL.where(conflict.c.id == bindparam("conflict"))
_RESOLVE = (
    update(conflict)
    .where(conflict.c.contact_id == bindparam("of_contact"), conflict.c.id <= bindparam("upto"))
    .where(conflict.c.resolved_at.is_(None), conflict.c.book_id == _BOOK)
    .values(resolved_at=bindparam("resolved"))
)


@retried
def conflicts(database: Database, book_id: int, *, resolved: bool = False) -> list[Conflict]:
    """List the open conflicts of a book, oldest first; with ``resolved``, those that are settled, too."""
    with database.reading() as connection:
        return [_conflict(row) for row in connection.execute(_ALL if resolved else _OPEN, {"book": book_id})]


@retried
def conflicts_of(database: Database, viewer: Viewer, *, most: int = 200) -> list[Dispute]:
    """List the open conflicts that a user may settle or know of, oldest first: the own ones, and for administrators
    what readers propose for records. Whether the viewer sees the record is to be asked besides.
    """
    said = {"book": viewer.book_id, "user": viewer.user_id, "is_administrator": viewer.is_administrator}
    with database.reading() as connection:
        return [_dispute(row) for row in connection.execute(_OF_VIEWER.limit(most), said)]


@retried
def conflict_of(database: Database, viewer: Viewer, conflict_id: int) -> Conflict | None:
    """Read one of those that ``conflicts_of`` lists; None for any other."""
    said = {"book": viewer.book_id, "user": viewer.user_id, "is_administrator": viewer.is_administrator}
    with database.reading() as connection:
        row = connection.execute(_ONE_OF_VIEWER, said | {"conflict": conflict_id}).first()
    return _conflict(row) if row is not None else None


@retried
def count_of(database: Database, viewer: Viewer) -> int:
    """Count what ``conflicts_of`` lists."""
    said = {"book": viewer.book_id, "user": viewer.user_id, "is_administrator": viewer.is_administrator}
    counted = select(func.count()).select_from(_OF_VIEWER.order_by(None).subquery())
    with database.reading() as connection:
        return int(connection.execute(counted, said).scalar_one())


@retried
def resolve(database: Database, book_id: int, conflict_id: int, choice: Choice, by: Origin) -> Record | None:
    """Settle a conflict, and older open ones about the same record; give the record as it is now.

    Raises NotFound for a conflict that there is not, or whose record is in the deleted items, and Refused for a card
    that was never a record, of which only ``"present"`` (nothing) can be chosen.
    """
    drain(database)
    with database.writing() as connection:
        row = connection.execute(_ONE, {"book": book_id, "conflict": conflict_id}).first()
        if row is None:
            raise NotFound(f"there is no conflict {conflict_id}")
        if row.contact_id is None:
            if choice != "present":
                raise Refused("this card was never taken in: import it")
            connection.execute(update(conflict).where(conflict.c.id == conflict_id).values(resolved_at=now()))
            return None
        if choice != "present":
            _choose(connection, row, choice, by)
        wanted = {"book": book_id, "of_contact": row.contact_id, "upto": conflict_id, "resolved": now()}
        connection.execute(_RESOLVE, wanted)
        return read_record(connection, book_id, row.contact_id)


def _choose(connection: Connection, row: Any, choice: Choice, by: Origin) -> None:
    chosen, other = (row.ours, row.theirs) if choice == "ours" else (row.theirs, row.ours)
    if chosen is None:
        raise Refused("this side had deleted the record: delete it, if that is what you want")
    old = hold(connection, row.book_id, row.contact_id)
    names = [each.field for each in _fields(row)]
    slim = old["text"]
    if not names:
        slim = merged(other, slim, chosen).text if other is not None else chosen
    else:
        slim = _with_fields(connection, slim, chosen, names)
    if base_of(old["record"]) is Base.ACCOUNT:
        present = contact_from_vcard(slim)
        slim = vcard_with(slim, replace(present, is_company=True), present)
    set_text(connection, old, slim, by, record=old["record"])


def _with_fields(connection: Connection, slim: str, chosen: str, names: Sequence[str]) -> str:
    wanted, present = contact_from_vcard(chosen), contact_from_vcard(slim)
    values = {name: getattr(wanted, name) for name in names if name in (*FIELDS, *LISTS) and name != "photo"}
    slim = vcard_with(slim, replace(present, **values), present)
    if "photo" in names:
        slim, binaries = with_picture(connection, slim, picture_of(connection, chosen) or b"")
        keep_binaries(connection, binaries)
    return slim


def _fields(row: Any) -> tuple[FieldConflict, ...]:
    said = json.loads(row.fields) if row.fields else ()
    return tuple(FieldConflict(each["field"], each["ours"], each["theirs"]) for each in said)


def _dispute(row: Any) -> Dispute:
    name = next((name for side in (row.ours, row.theirs) if side and (name := name_in(side))), "")
    return Dispute(row.id, row.contact_id, name, row.at, tuple(each.field for each in _fields(row)))


def _conflict(row: Any) -> Conflict:
    return Conflict(
        id=row.id,
        contact_id=row.contact_id,
        kind=row.kind,
        at=row.at,
        user_id=row.user_id,
        device_id=row.device_id,
        run_id=row.run_id,
        fields=_fields(row),
        ours=contact_from_vcard(row.ours) if row.ours else None,
        theirs=contact_from_vcard(row.theirs) if row.theirs else None,
        resolved_at=row.resolved_at or "",
    )
