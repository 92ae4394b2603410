"""What each device has, as far as it told or was told: the base for merging its edits without If-Match.

A device that synchronises (RFC 6578) says so of the whole book with each token that it presents. Of one that does not
(Evolution) the cards that it was given are noted, one by one. An older state is a safe base, a newer one is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import MISSED
from storage_plugin.database.raw_writes import value_of
from storage_plugin.database.schema import device_card, device_sync
from storage_plugin.model.book import ChangeNumber, Viewer

_TOKEN = select(device_sync.c.number).where(
    device_sync.c.device_id == bindparam("device"), device_sync.c.book_id == bindparam("book")
)
_GIVEN = select(device_card.c.number).where(
    device_card.c.device_id == bindparam("device"), device_card.c.contact_id == bindparam("contact")
)
_ETAG = re.compile(r"c(\d+)-")


def state_of(connection: Connection, viewer: Viewer, contact_id: int) -> ChangeNumber | None:
    """Give the number as of which the viewer's device has a card for sure, or None."""
    who = {"device": viewer.device_id, "book": viewer.book_id, "contact": contact_id}
    token: ChangeNumber | None = value_of(connection, _TOKEN, who)
    given: ChangeNumber | None = value_of(connection, _GIVEN, who) if token is None else None
    return given if token is None else token


def presented(database: Database, viewer: Viewer, number: ChangeNumber) -> None:
    """Remember that this device has the state of ``number``."""
    row = {"device_id": viewer.device_id, "book_id": viewer.book_id, "number": number}
    with suppress(*MISSED), database.noting() as connection:  # the next poll notes it
        connection.execute(_upsert(database, device_sync, "book_id"), row)


def given(database: Database, viewer: Viewer, numbers: Mapping[str, ChangeNumber]) -> None:
    """Remember that this device was given cards, by ETag, as of these numbers."""
    rows = [
        {"device_id": viewer.device_id, "contact_id": int(found[1]), "number": number}
        for etag, number in numbers.items()
        if (found := _ETAG.match(etag))
    ]
    if not rows:
        return
    with suppress(*MISSED), database.noting() as connection:  # without it an edit is taken whole, and noted
        connection.execute(_upsert(database, device_card, "contact_id"), rows)


def _upsert(database: Database, table: Table, of: str) -> sqlite.Insert | postgresql.Insert:
    note = sqlite.insert(table) if database.is_sqlite else postgresql.insert(table)
    return note.on_conflict_do_update(index_elements=("device_id", of), set_={"number": note.excluded.number})
