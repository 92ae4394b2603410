"""What erasing a person would reach, told before it is done: nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.mirror_schema import link, mirror
from storage_plugin.database.schema import EVERYONE, card, conflict, trash, user, version
from storage_plugin.model.book import ContactId, NotFound
from storage_plugin.model.contact import display_name
from storage_plugin.vcard.mapping import contact_from_vcard


@dataclass(frozen=True, slots=True)
class Reach:
    """What is kept of one record. ``where``: "book", "deleted items" or "history"; ``owner_id``: whose own it is.

    ``mirrored``: the users whose mirrored folders hold it.
    """

    id: ContactId
    name: str
    where: str
    owner_id: int | None
    versions: int
    conflicts: int
    mirrored: tuple[str, ...]


def reach(database: Database, book_id: int, ids: Sequence[ContactId]) -> list[Reach]:
    """Tell what is kept of each record; raise NotFound for one of which nothing is known in this book."""
    drain(database)
    return [_reach(database, book_id, contact_id) for contact_id in sorted(set(ids))]


@retried
def _reach(database: Database, book_id: int, contact_id: ContactId) -> Reach:
    with database.reading() as connection:
        where, text, audience = _state(connection, book_id, contact_id)
        versions, conflicts = (
            connection.execute(
                select(func.count()).where(table.c.contact_id == contact_id, table.c.book_id == book_id)
            ).scalar_one()
            for table in (version, conflict)
        )
        folders = select(user.c.name).join_from(link, mirror).join(user, user.c.id == mirror.c.user_id)
        mirrored = connection.execute(
            folders.where(link.c.contact_id == contact_id).distinct().order_by(user.c.name)
        ).scalars()
        owner_id = audience if audience > EVERYONE else None
        name = display_name(contact_from_vcard(text))
        return Reach(contact_id, name, where, owner_id, versions, conflicts, tuple(mirrored))


def _state(connection: Connection, book_id: int, contact_id: ContactId) -> tuple[str, str, int]:
    """Find the newest state of a record: where it is, its text, and who may see it."""
    for where, table, newest in (
        ("book", card, card.c.revision),
        ("deleted items", trash, trash.c.revision),
        ("history", version, version.c.id),
    ):
        here = select(table.c.text, table.c.audience).where(
            table.c.contact_id == contact_id, table.c.book_id == book_id
        )
        row = connection.execute(here.order_by(newest.desc()).limit(1)).first()
        if row is not None:
            return where, row.text, row.audience
    raise NotFound(f"nothing is known of a record {contact_id}")
