"""Customer numbers: readable, per book, taken from a row of the same transaction, never used again.

A number that a record had elsewhere is kept beside it as an alias (``number_alias``), and found like its own. People
who write with SQL may give numbers of their own: those are passed over, and where one is a little ahead of us we go
on behind it, so that it is not given again when its record is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, insert, literal, select, text, union_all, update
from sqlalchemy.exc import DBAPIError

from storage_plugin.database.faults import ATTEMPTS, Busy
from storage_plugin.database.schema import book, contact, number_alias

AHEAD = 1_000_000
"""A number further ahead than this is of somebody's own system; ours does not jump there."""

_TAKE = (
    update(book)
    .where(book.c.id == bindparam("of_book"))
    .values(next_customer_number=book.c.next_customer_number + bindparam("count"))
    .returning(book.c.next_customer_number)
)
_GIVE = update(contact).where(contact.c.id == bindparam("contact")).values(customer_number=bindparam("given"))
_WAIT = text("SELECT current_setting('lock_timeout')")
_SET_WAIT = text("SELECT set_config('lock_timeout', :wait, true)")
_NEXT = select(book.c.next_customer_number).where(book.c.id == bindparam("book"))
_PASS = (
    update(book)
    .where(book.c.id == bindparam("of_book"), book.c.next_customer_number <= bindparam("used"))
    .values(next_customer_number=bindparam("used") + 1)
)
_IN_BOOK = (contact.c.book_id == bindparam("book"), contact.c.customer_number.in_(bindparam("all", expanding=True)))
_USED = select(contact.c.customer_number).where(*_IN_BOOK)
_KNOWN = union_all(
    select(contact.c.customer_number, contact.c.id, literal(1).label("is_own")).where(*_IN_BOOK),
    select(number_alias.c.customer_number, contact.c.id, literal(0))
    .join_from(number_alias, contact)
    .where(
        contact.c.book_id == bindparam("book"),
        number_alias.c.customer_number.in_(bindparam("all", expanding=True)),
    ),
).order_by("is_own", "id")


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


def give_number(connection: Connection, book_id: int, contact_id: int) -> str:
    """Give a new record the next number, passing over one that somebody at psql is about to commit."""
    if connection.dialect.name == "sqlite":
        number = take_numbers(connection, book_id, 1)[0]
        connection.execute(_GIVE, {"contact": contact_id, "given": number})
        return number
    wait = connection.execute(_WAIT).scalar_one()
    connection.execute(_SET_WAIT, {"wait": "50ms"})
    for _ in range(ATTEMPTS):
        number = take_numbers(connection, book_id, 1)[0]
        if try_numbers(connection, {contact_id: number}):
            connection.execute(_SET_WAIT, {"wait": wait})
            return number
    raise Busy("somebody is giving customer numbers at psql")


def try_numbers(connection: Connection, given: Mapping[int, str]) -> bool:
    """Write numbers (contact → number); undo that when somebody at psql has given the same and not yet committed."""
    if not given:
        return True
    try:
        with connection.begin_nested():
            connection.execute(_GIVE, [{"contact": key, "given": number} for key, number in given.items()])
        return True
    except DBAPIError as error:
        if connection.dialect.name == "sqlite" or error.connection_invalidated:
            raise
        return False


def note_numbers(connection: Connection, book_id: int, given: Iterable[str | None]) -> None:
    """Go on behind those numbers that people gave by themselves."""
    numbers = [int(number) for number in given if number and number.isascii() and number.isdecimal()]
    if not numbers:
        return
    next_ = connection.execute(_NEXT, {"book": book_id}).scalar_one()
    if ahead := [number for number in numbers if next_ <= number < next_ + AHEAD]:
        connection.execute(_PASS, {"of_book": book_id, "used": max(ahead)})


def known_numbers(connection: Connection, book_id: int, numbers: list[str]) -> dict[str, int]:
    """Say which of these numbers belong to a record, as its own or else as an alias: number → contact id."""
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
