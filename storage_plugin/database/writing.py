"""One change of a book: its number, its author, and what the records were before.

The number is taken last, after all row locks, from the book's counter row, so that number order is commit order and
nobody deadlocks; the few statements that need it follow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, select, update

from storage_plugin.database.incoming import Haystack
from storage_plugin.database.raw_writes import run, run_all, value_of
from storage_plugin.database.schema import blob, book, card, change, search, tombstone, version
from storage_plugin.model.book import ChangeNumber, Origin, Viewer

_NEXT = (
    update(book).where(book.c.id == bindparam("of_book")).values(number=book.c.number + 1).returning(book.c.number)
)
_CHANGE = insert(change)
_VERSION = insert(version)
_CARD = insert(card)
_SEARCH = insert(search)
_SEARCH_CHANGE = (
    update(search)
    .where(search.c.contact_id == bindparam("contact"))
    .values({name: bindparam(f"in_{name}") for name in Haystack._fields})
)
_BLOBS = select(blob.c.sha256).where(blob.c.sha256.in_(bindparam("keys", expanding=True)))
_BLOB = insert(blob)


def now() -> str:
    """Give the time as the tables keep it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def storable(text: str) -> str:
    """Give a text from elsewhere without what no database takes: NUL (PostgreSQL), and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def next_number(connection: Connection, book_id: int, by: Origin, at: str) -> ChangeNumber:
    """Take the book's next change number and say who takes it; the counter row stays locked until the commit."""
    number = value_of(connection, _NEXT, {"of_book": book_id})
    author = {"user_id": by.user_id, "device_id": by.device_id, "run_id": by.run_id}
    run(connection, _CHANGE, {"book_id": book_id, "number": number, "at": at, "source": by.source} | author)
    return ChangeNumber(number)


def add_card(connection: Connection, values: dict[str, Any], haystack: Haystack) -> None:
    """Insert the card of a new (or restored) contact."""
    add_cards(connection, [(values, haystack)])


def add_cards(connection: Connection, cards: Sequence[tuple[dict[str, Any], Haystack]]) -> None:
    """Insert many cards with their search texts."""
    if cards:
        run_all(connection, _CARD, [values for values, _ in cards])
        run_all(connection, _SEARCH, [{"contact_id": row["contact_id"]} | said._asdict() for row, said in cards])


def change_card(connection: Connection, old: Any, changes: dict[str, Any], haystack: Haystack | None = None) -> None:
    """Update a card row; ``old`` is the row as it was, ``haystack`` the new search text (None: unchanged)."""
    change_cards(connection, [(old, changes, haystack)])


def change_cards(connection: Connection, changed: Sequence[tuple[Any, dict[str, Any], Haystack | None]]) -> None:
    """Update many card rows, each as ``change_card`` does."""
    alike = defaultdict[tuple[str, ...], list[dict[str, Any]]](list)
    for old, changes, _ in changed:
        values = {f"new_{name}": value for name, value in changes.items()}
        alike[tuple(changes)].append({"contact": old["contact_id"]} | values)
    for names, rows in alike.items():
        run_all(connection, _card_change(names), rows)
    if said := [_bound(old["contact_id"], haystack) for old, _, haystack in changed if haystack is not None]:
        run_all(connection, _SEARCH_CHANGE, said)


@lru_cache
def _card_change(names: tuple[str, ...]) -> Update:
    """Set only these columns: an index of others is left alone."""
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(card).where(card.c.contact_id == bindparam("contact")).values(new)


def _bound(contact_id: int, haystack: Haystack) -> dict[str, Any]:
    return {"contact": contact_id} | {f"in_{name}": value for name, value in haystack._asdict().items()}


def keep_version(connection: Connection, old: Any, until: ChangeNumber | int) -> None:
    """Keep what a card (or trash) row said between its ``since_number`` and ``until``."""
    keep_versions(connection, [old], until)


def keep_versions(connection: Connection, rows: Sequence[Any], until: ChangeNumber | int) -> None:
    """Keep what many rows said until the same number."""
    if rows:
        said = ({name: old[name] for name in _KEPT} | {"from_number": old["since_number"]} for old in rows)
        run_all(connection, _VERSION, [row | {"until_number": until} for row in said])


_KEPT = ("contact_id", "book_id", "audience", "href", "vcard_version", "revision", "record", "text")


def keep_binaries(connection: Connection, binaries: dict[str, str]) -> None:
    """Keep photos and other large values once each."""
    if not binaries:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    held = _BLOBS if is_sqlite else _BLOBS.with_for_update(read=True, key_share=True)
    known = set(connection.execute(held, {"keys": list(binaries)}).scalars())
    rows = [{"sha256": key, "value": value} for key, value in binaries.items() if key not in known]
    if rows:
        statement: Any = _BLOB
        if not is_sqlite:
            from sqlalchemy.dialects.postgresql import insert as pg_insert

            statement = pg_insert(blob).on_conflict_do_nothing()
        connection.execute(statement, rows)


def bury(connection: Connection, viewer: Viewer, href: str, number: ChangeNumber) -> None:
    """Tell the device that sent a card, at its next sync, that the name is gone."""
    row = {"book_id": viewer.book_id, "user_id": viewer.user_id, "device_id": viewer.device_id}
    connection.execute(insert(tombstone), row | {"number": number, "href": href})
