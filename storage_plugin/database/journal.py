"""The journal of a mirror: what may be under way in a folder, written down before it is asked for.

An intent is committed before its request, and closed in the transaction that says what came of it. So the intents
that a killed run left open are just those of which nobody knows whether they were done; their stamps tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from storage_plugin.database.contact_json import contact_from_json, contact_to_json
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.leases import Lease, hold_lease
from storage_plugin.database.mirror_schema import journal
from storage_plugin.database.writing import now
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import NOTHING, ItemId, Stamp

LONGEST = 20
"""Intents in one call: what is under way at a time (design, section 6)."""


class Operation(StrEnum):
    """What is to be done to an item."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be asked of a folder.

    ``item`` is None (and ``version`` ``""``) where one is to be created; ``stamp`` is None where it carries none
    (an item that is unmarked). ``view`` is what will be sent, with the fingerprint of the picture if one is; it is
    NOTHING for a deletion, and once the person was erased.
    """

    operation: Operation
    contact: ContactId
    stamp: Stamp | None = None
    item: ItemId | None = None
    version: str = ""
    view: Contact = NOTHING


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent of which nobody has said what came of it; ``id`` closes it."""

    id: int
    run_id: int
    intent: Intent
    at: str


_INSERT = insert(journal).returning(journal.c.id, sort_by_parameter_order=True)
_OPEN = select(journal).where(journal.c.mirror_id == bindparam("mirror")).order_by(journal.c.id)
_CLOSE = delete(journal).where(journal.c.mirror_id == bindparam("mirror"), journal.c.id == bindparam("intent"))


class Journal:
    """The journal of the mirror that ``lease`` is for."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    @retried
    def open(self, run_id: int, intents: Sequence[Intent]) -> list[int]:
        """Write down what will be asked for (at most LONGEST); give the ids, in order. Raises LeaseLost."""
        assert len(intents) <= LONGEST, "a batch is at most twenty"
        if not intents:
            return []
        same = {"mirror_id": self._lease.mirror_id, "run_id": run_id, "at": now()}
        with self._database.writing() as connection:
            hold_lease(connection, self._lease)
            return list(connection.execute(_INSERT, [same | _row(each) for each in intents]).scalars())

    @retried
    def opened(self) -> list[OpenIntent]:
        """Read the intents that are open, oldest first."""
        with self._database.reading() as connection:
            return [_opened(row) for row in connection.execute(_OPEN, {"mirror": self._lease.mirror_id})]


def close_intents(connection: Connection, mirror_id: int, ids: Sequence[int]) -> None:
    """Close intents: what came of them is in this transaction."""
    if ids:
        connection.execute(_CLOSE, [{"mirror": mirror_id, "intent": key} for key in ids])


def _row(each: Intent) -> dict[str, Any]:
    return {
        "operation": each.operation.value,
        "contact_id": each.contact,
        "item_id": each.item,
        "version": each.version or None,
        "stamp": str(each.stamp) if each.stamp else None,
        "sent": contact_to_json(each.view),
    }


def _opened(row: Any) -> OpenIntent:
    intent = Intent(
        operation=Operation(row.operation),
        contact=row.contact_id,
        stamp=Stamp.read(row.stamp) if row.stamp else None,
        item=row.item_id,
        version=row.version or "",
        view=contact_from_json(row.sent),
    )
    return OpenIntent(row.id, row.run_id, intent, row.at)
