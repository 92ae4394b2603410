"""A DAV worker for the tests, a process of its own: each time it is told to, it counts on in one field of a card.

``python -m tests.sql_writers.counting URL USER SECRET FIELD (matching|blind)``; standard input names a card a line.
It reads the card, says "ready", waits for one more line, and writes. So the test can have several read one state
before any of them writes: exactly what a lost edit needs.
"""

from __future__ import annotations

import re
import sys

from sqlalchemy import select

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.engine import Database
from storage_plugin.database.schema import device_sync
from storage_plugin.database.users import Users
from storage_plugin.model.book import Card, Expect, Precondition, Unavailable


class Device:
    """A device of a user that counts in one field."""

    def __init__(self, url: str, user: str, secret: str, field: str) -> None:
        self.database, self.user, self.secret, self.field = Database.open(url), user, secret, field

    @property
    def book(self) -> SqlAddressBook:
        """Sign in anew, as every request does."""
        viewer = Users(self.database).sign_in(self.user, self.secret)
        assert viewer is not None
        return SqlAddressBook(self.database, viewer)

    def matching(self, href: str) -> None:
        """Count on with If-Match; where somebody was first, read and count again."""
        card, is_first = self.book.cards([href])[href], True
        while True:
            if is_first:
                rendezvous()
            is_first = False
            try:
                self.book.put(href, self._counted(card), Expect(match=(card.etag,)))
                return
            except (Precondition, Unavailable):
                card = self.book.cards([href])[href]

    def blind(self, href: str) -> None:
        """Count on without If-Match, as Thunderbird edits: once, over whatever is there by then."""
        card = self._synced(href)
        rendezvous()
        while True:
            try:
                self.book.put(href, self._counted(card), Expect())
                return
            except Unavailable:
                pass

    def _counted(self, card: Card) -> bytes:
        before, count, after = re.split(rf"(?<=\n{self.field}:)(\d+)", card.text)
        return f"{before}{int(count) + 1}{after}".encode()

    def _synced(self, href: str) -> Card:
        """Sync until the server knows that this device has the card as it is."""
        while True:
            book = self.book
            number, _ = book.entries()
            card = book.cards([href])[href]
            book.presented(number)
            with self.database.reading() as connection:
                mine = select(device_sync.c.number).where(device_sync.c.device_id == book.viewer.device_id)
                noted = connection.execute(mine).scalar()
            if noted == number and href not in {entry.href for entry in book.changes_since(number).changed}:
                return card


def rendezvous() -> None:
    """Say that the card is read, and wait for the others."""
    print("ready", flush=True)
    assert sys.stdin.readline(), "the test is gone"


def main() -> None:
    """Count until there are no more lines."""
    *who, how = sys.argv[1:]
    device = Device(*who)
    while line := sys.stdin.readline():
        {"matching": device.matching, "blind": device.blind}[how](line.strip())
    device.database.close()


if __name__ == "__main__":
    main()
