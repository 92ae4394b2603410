"""What a switch to another book left in a folder: the links of the books that a mirror's user has left.

They say which items we made and what adopted items were before, so that a clean-up can take them out of the folder
(BCM-52), and they are links again when the user comes back to their book.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, literal, select

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.leases import Lease, hold_lease
from storage_plugin.database.links import link_from
from storage_plugin.database.mirror_schema import leftover, link
from storage_plugin.database.mirrors import Mirror
from storage_plugin.database.runs import Entry, write_entries
from storage_plugin.database.schema import contact
from storage_plugin.model.book import ContactId
from storage_plugin.model.mirror import Link

_MIRROR: Any = bindparam("mirror")
_COLUMNS = tuple(column.name for column in link.c)
_ALL = (
    select(*(leftover.c[name] for name in _COLUMNS if name != "mirror_id"), leftover.c.book_id)
    .where(leftover.c.mirror_id == _MIRROR, leftover.c.place == bindparam("place"))
    .order_by(leftover.c.contact_id)
)
_FORGET = delete(leftover).where(leftover.c.mirror_id == _MIRROR, leftover.c.contact_id == bindparam("contact"))
_LINKED_ELSEWHERE = (
    select(link.c.contact_id)
    .join_from(link, contact, contact.c.id == link.c.contact_id)
    .where(link.c.mirror_id == _MIRROR, contact.c.book_id != bindparam("book"))
)


def place_of(mirror: Mirror) -> str:
    """Name the folder that a mirror's settings lead to, so that what was left there is not looked for elsewhere."""
    return json.dumps(mirror.settings.get("place") or {}, ensure_ascii=False, sort_keys=True)


class Leftovers:
    """What one mirror has left in the folder that it is set to now."""

    def __init__(self, database: Database, mirror: Mirror) -> None:
        self._database = database
        self._this = {"mirror": mirror.id, "place": place_of(mirror)}
        self._book_id = mirror.book_id

    @retried
    def of_other_books(self) -> list[Link]:
        """Read what all books but the mirror's have left."""
        return [each for key, each in self._read() if key != self._book_id]

    @retried
    def of_this_book(self) -> list[Link]:
        """Read what the mirror's own book left when its user went to another one."""
        return [each for key, each in self._read() if key == self._book_id]

    def _read(self) -> list[tuple[int, Link]]:
        with self._database.reading() as connection:
            return [(book_id, link_from(row)) for *row, book_id in connection.execute(_ALL, self._this)]

    @retried
    def forget(self, lease: Lease, run_id: int, contacts: Sequence[ContactId], log: Sequence[Entry] = ()) -> None:
        """Forget what has left the folder, and say so in the run's log; raise LeaseLost."""
        with self._database.writing() as connection:
            hold_lease(connection, lease)
            forget_leftovers(connection, lease.mirror_id, contacts)
            write_entries(connection, run_id, log)

    @retried
    def join_again(self, lease: Lease, contacts: Sequence[ContactId]) -> None:
        """Turn leftovers into links again, but where the item belongs to another record by now; raise LeaseLost."""
        with self._database.writing() as connection:
            hold_lease(connection, lease)
            link_again(connection, lease.mirror_id, contacts)


def linked_elsewhere(connection: Connection, mirror_id: int, book_id: int) -> set[ContactId]:
    """Name the records that are linked in a mirror and live in another book: a switch has handed them over."""
    rows = connection.execute(_LINKED_ELSEWHERE, {"mirror": mirror_id, "book": book_id})
    return {ContactId(key) for key in rows.scalars()}


def leave_over(
    connection: Connection, mirror_id: int, contacts: Sequence[ContactId], book_id: int, place: str
) -> None:
    """Turn the links of some records into leftovers of a book."""
    forget_leftovers(connection, mirror_id, contacts)
    columns = [link.c[name] for name in _COLUMNS]
    here = (link.c.mirror_id == mirror_id, link.c.contact_id == bindparam("contact"))
    rows = select(*columns, literal(book_id), literal(place)).where(*here)
    if contacts:
        moving = [{"contact": key} for key in contacts]
        connection.execute(insert(leftover).from_select([*_COLUMNS, "book_id", "place"], rows), moving)
        connection.execute(delete(link).where(*here), moving)


def link_again(connection: Connection, mirror_id: int, contacts: Sequence[ContactId]) -> None:
    """Turn leftovers into links again; one whose item belongs to another record by now stays as it is."""
    taken = {row.item_id for row in connection.execute(select(link.c.item_id).where(link.c.mirror_id == mirror_id))}
    here = (leftover.c.mirror_id == mirror_id, leftover.c.contact_id == bindparam("contact"))
    item = select(leftover.c.item_id).where(*here)
    rows = insert(link).from_select(list(_COLUMNS), select(*(leftover.c[name] for name in _COLUMNS)).where(*here))
    for key in contacts:
        if connection.execute(item, {"contact": key}).scalar() not in taken:
            connection.execute(rows, {"contact": key})
            forget_leftovers(connection, mirror_id, [key])


def forget_leftovers(connection: Connection, mirror_id: int, contacts: Sequence[ContactId]) -> None:
    """Remove leftovers of these records, if there are any."""
    if contacts:
        connection.execute(_FORGET, [{"mirror": mirror_id, "contact": key} for key in contacts])
