"""A listing, a delta and a card name one state by one ETag: where they differ, a phone fetches the card for ever."""

from __future__ import annotations

import pytest

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.engine import Database
from storage_plugin.database.users import Users
from storage_plugin.model.book import ChangeNumber, Expect

CARD = "BEGIN:VCARD\r\nVERSION:{0}\r\nUID:u{1}\r\nN:;Ada;;;\r\nFN:Ada\r\n{2}END:VCARD\r\n"
GROUPS = {"3.0": "X-ADDRESSBOOKSERVER-KIND:group\r\n", "4.0": "KIND:group\r\n"}


@pytest.mark.parametrize("has_written_v4", [False, True])
def test_a_list_and_a_card_have_the_same_etag_in_every_version(database: Database, has_written_v4: bool) -> None:
    users = Users(database)
    users.add("anna")
    writer, reader = (users.add_device("anna", name) for name in ("writer", "reader"))
    for device in (writer, reader) if has_written_v4 else (writer,):
        _put(users, database, device, "first.vcf", CARD.format("4.0", "first", ""))
    for version in ("2.1", "3.0", "4.0"):
        for kind, lines in (("person", ""), ("group", GROUPS.get(version, ""))):
            name = f"{kind}-{version}"
            _put(users, database, writer, f"{name}.vcf", CARD.format(version, name, lines))

    book = _book(users, database, reader)
    listed = dict(book.entries()[1])

    assert len(listed) == 7
    assert {card.href: card.etag for card in book.cards(listed).values()} == listed
    assert dict(book.changes_since(ChangeNumber(0)).changed) == listed
    assert any(etag.endswith("-3") for etag in listed.values()), "no card is served in another version here"


def test_a_list_says_what_a_put_said_however_often_a_card_was_changed(database: Database) -> None:
    users = Users(database)
    users.add("anna")
    phone = users.add_device("anna", "phone")

    for change in range(12):
        text = CARD.format("3.0", "u1", f"NOTE:{change}\r\n")
        stored = _book(users, database, phone).put("1.vcf", text.encode(), Expect())
        assert dict(_book(users, database, phone).entries()[1]) == {"1.vcf": stored.etag}


def _book(users: Users, database: Database, secret: str) -> SqlAddressBook:
    viewer = users.sign_in("anna", secret)
    assert viewer is not None
    return SqlAddressBook(database, viewer)


def _put(users: Users, database: Database, secret: str, href: str, text: str) -> None:
    _book(users, database, secret).put(href, text.encode(), Expect())
