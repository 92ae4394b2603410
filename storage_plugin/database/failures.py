"""Contacts that could not be synchronised, each by itself: why, how often, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.leases import Lease, hold_lease
from storage_plugin.database.mirror_schema import failure
from storage_plugin.database.writing import storable
from storage_plugin.model.book import ContactId
from storage_plugin.model.mirror import ItemId


@dataclass(frozen=True, slots=True)
class Failure:
    """A record, or an item without a record, that failed; ``error`` is one sentence, times are UTC, ISO 8601."""

    error: str
    at: str
    retry_at: str
    contact: ContactId | None = None
    item: ItemId | None = None
    name: str = ""
    attempts: int = 1


_THIS = (
    failure.c.mirror_id == bindparam("mirror"),
    failure.c.contact_id == bindparam("contact"),
    failure.c.item_id == bindparam("item"),
)
_ALL = select(failure).where(failure.c.mirror_id == bindparam("mirror")).order_by(failure.c.id)
_ATTEMPTS = select(failure.c.attempts).where(*_THIS)
_FORGET = delete(failure).where(*_THIS)


class Failures:
    """The failures of one mirror. What is linked anew or unlinked has not failed any more (``links``)."""

    def __init__(self, database: Database, mirror_id: int) -> None:
        self._database = database
        self._mirror_id = mirror_id

    @retried
    def all(self) -> list[Failure]:
        """Read all failures, oldest first."""
        with self._database.reading() as connection:
            return [_failure(row) for row in connection.execute(_ALL, {"mirror": self._mirror_id})]

    @retried
    def note(self, lease: Lease, *failures: Failure) -> None:
        """Note failures; ``attempts`` of one that failed before are added up. Raises LeaseLost."""
        with self._database.writing() as connection:
            hold_lease(connection, lease)
            for each in failures:
                this = self._key(each.contact, each.item)
                before = connection.execute(_ATTEMPTS, this).scalar() or 0
                connection.execute(_FORGET, this)
                said = {
                    "name": storable(each.name) or None,
                    "error": storable(each.error),
                    "at": each.at,
                    "retry_at": each.retry_at,
                }
                key = {"mirror_id": this["mirror"], "contact_id": this["contact"], "item_id": this["item"]}
                connection.execute(insert(failure), key | said | {"attempts": before + each.attempts})

    @retried
    def forget(self, contact: ContactId | None = None, item: ItemId | None = None) -> None:
        """Forget that a record or an item has failed."""
        with self._database.writing() as connection:
            connection.execute(_FORGET, self._key(contact, item))

    def _key(self, contact: ContactId | None, item: ItemId | None) -> dict[str, Any]:
        return {"mirror": self._mirror_id, "contact": contact or 0, "item": item or ""}


def _failure(row: Any) -> Failure:
    return Failure(
        error=row.error,
        at=row.at,
        retry_at=row.retry_at,
        contact=row.contact_id or None,
        item=row.item_id or None,
        name=row.name or "",
        attempts=row.attempts,
    )
