"""What the bridge asks twice a second: has a book changed since its mirrors last ran? One read for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select

from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.mirror_schema import mirror
from storage_plugin.database.mirrors import State
from storage_plugin.database.schema import book, touched
from storage_plugin.model.book import ChangeNumber


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a mirror and its book stand; ``reached`` is the book's number that the last whole run has dealt with.

    ``settings`` is JSON, for noticing that it is another one.
    """

    mirror_id: int
    state: State
    settings: str
    number: ChangeNumber
    reached: ChangeNumber | None

    @property
    def is_behind(self) -> bool:
        """Tell whether the book has changed since."""
        return self.reached is None or self.number > self.reached


_PULSES = (
    select(
        mirror.c.id,
        mirror.c.state,
        mirror.c.settings,
        mirror.c.number.label("reached"),
        book.c.number,
        exists(select(touched.c.contact_id)).label("is_touched"),
    )
    .join(book, book.c.id == mirror.c.book_id)
    .order_by(mirror.c.id)
)


def pulses(database: Database) -> list[Pulse]:
    """Read how all mirrors stand; what was changed with plain SQL is settled first. Raises Unavailable."""
    found, is_touched = _read(database)
    if not is_touched:
        return found
    drain(database)
    return _read(database)[0]


@retried
def _read(database: Database) -> tuple[list[Pulse], bool]:
    with database.reading() as connection:
        rows = connection.execute(_PULSES).all()
    found = [Pulse(row.id, State(row.state), row.settings or "", row.number, row.reached) for row in rows]
    return found, any(row.is_touched for row in rows)
