"""One change of a book: its number, its author, and what the records were before.

The number is taken last, after all row locks, from the book's counter row, so that number order is commit order and
nobody deadlocks; the few statements that need it follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from storage_plugin.database.incoming import Haystack
from storage_plugin.database.schema import blob, book, card, change, search, tombstone, version
from storage_plugin.model.book import ChangeNumber, Origin, Viewer

_FIXED = ("contact_id", "book_id")
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
    .values({"fn": bindparam("in_fn"), "email": bindparam("in_email"), "text": bindparam("in_text")})
)
_BLOBS = select(blob.c.sha256).where(blob.c.sha256.in_(bindparam("keys", expanding=True)))
_BLOB = insert(blob)
_CARD_CHANGE = (
    update(card)
    .where(card.c.contact_id == bindparam("contact"))
    .values({column.name: bindparam(f"new_{column.name}") for column in card.columns if column.name not in _FIXED})
)


def now() -> str:
    """Give the time as the tables keep it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def storable(text: str) -> str:
    """Give a text from elsewhere without what no database takes: NUL (PostgreSQL), and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def next_number(connection: Connection, book_id: int, by: Origin, at: str) -> ChangeNumber:
    """Take the book's next change number and say who takes it; the counter row stays locked until the commit."""
    number = connection.execute(_NEXT, {"of_book": book_id}).scalar_one()
    author = {"user_id": by.user_id, "device_id": by.device_id, "run_id": by.run_id}
    connection.execute(_CHANGE, {"book_id": book_id, "number": number, "at": at, "source": by.source} | author)
    return ChangeNumber(number)


def add_card(connection: Connection, values: dict[str, Any], haystack: Haystack) -> None:
    """Insert the card of a new (or restored) contact."""
    add_cards(connection, [(values, haystack)])


def add_cards(connection: Connection, cards: Sequence[tuple[dict[str, Any], Haystack]]) -> None:
    """Insert many cards with their search texts."""
    if cards:
        connection.execute(_CARD, [values for values, _ in cards])
        connection.execute(_SEARCH, [{"contact_id": row["contact_id"]} | said._asdict() for row, said in cards])


def change_card(connection: Connection, old: Any, changes: dict[str, Any], haystack: Haystack | None = None) -> None:
    """Update a card row; ``old`` is the row as it was, ``haystack`` the new search text (None: unchanged)."""
    change_cards(connection, [(old, changes, haystack)])


def change_cards(connection: Connection, changed: Sequence[tuple[Any, dict[str, Any], Haystack | None]]) -> None:
    """Update many card rows, each as ``change_card`` does."""
    if changed:
        connection.execute(_CARD_CHANGE, [_changed(old, changes) for old, changes, _ in changed])
    if said := [_bound(old["contact_id"], haystack) for old, _, haystack in changed if haystack is not None]:
        connection.execute(_SEARCH_CHANGE, said)


def _changed(old: Any, changes: dict[str, Any]) -> dict[str, Any]:
    values = {f"new_{name}": changes.get(name, old[name]) for name in old if name not in _FIXED}
    return {"contact": old["contact_id"]} | values


def _bound(contact_id: int, haystack: Haystack) -> dict[str, Any]:
    return {"contact": contact_id, "in_fn": haystack.fn, "in_email": haystack.email, "in_text": haystack.text}


def keep_version(connection: Connection, old: Any, until: ChangeNumber | int) -> None:
    """Keep what a card (or trash) row said between its ``since_number`` and ``until``."""
    keep_versions(connection, [old], until)


def keep_versions(connection: Connection, rows: Sequence[Any], until: ChangeNumber | int) -> None:
    """Keep what many rows said until the same number."""
    if rows:
        said = ({name: old[name] for name in _KEPT} | {"from_number": old["since_number"]} for old in rows)
        connection.execute(_VERSION, [row | {"until_number": until} for row in said])


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
