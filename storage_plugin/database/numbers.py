"""Customer numbers: readable, per book, taken from a row of the same transaction, never used again.

A number that a record had elsewhere is kept beside it as an alias (``number_alias``), and found like its own.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, union, update

from storage_plugin.database.schema import book, contact, number_alias

_TAKE = (
    update(book)
    .where(book.c.id == bindparam("of_book"))
    .values(next_customer_number=book.c.next_customer_number + bindparam("count"))
    .returning(book.c.next_customer_number)
)
_IN_BOOK = (contact.c.book_id == bindparam("book"), contact.c.customer_number.in_(bindparam("all", expanding=True)))
_USED = select(contact.c.customer_number).where(*_IN_BOOK)
_KNOWN = union(
    select(contact.c.customer_number, contact.c.id).where(*_IN_BOOK),
    select(number_alias.c.customer_number, contact.c.id)
    .join_from(number_alias, contact)
    .where(
        contact.c.book_id == bindparam("book"),
        number_alias.c.customer_number.in_(bindparam("all", expanding=True)),
    ),
)


def take_numbers(connection: Connection, book_id: int, count: int) -> list[str]:
    """Take the book's next customer numbers, passing over those that people gave with SQL."""
    taken: list[str] = []
    while len(taken) < count:
        missing = count - len(taken)
        last: int = connection.execute(_TAKE, {"of_book": book_id, "count": missing}).scalar_one()
        numbers = [str(number) for number in range(last - missing, last)]
        used = set(connection.execute(_USED, {"book": book_id, "all": numbers}).scalars())
        taken += [number for number in numbers if number not in used]
    return taken


def known_numbers(connection: Connection, book_id: int, numbers: list[str]) -> dict[str, int]:
    """Say which of these numbers belong to a record, as its own or as an alias: number → contact id."""
    if not numbers:
        return {}
    rows = connection.execute(_KNOWN, {"book": book_id, "all": numbers}).all()
    return {row.customer_number: row.id for row in rows}


def add_aliases(connection: Connection, numbers: dict[int, str], source: str) -> None:
    """Keep the numbers that records (id → number) have elsewhere."""
    rows = [
        {"contact_id": key, "customer_number": number, "source": source} for key, number in numbers.items() if number
    ]
    if rows:
        connection.execute(insert(number_alias), rows)
