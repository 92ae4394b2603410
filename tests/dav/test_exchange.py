"""What a request carries from its sign-in to its answer."""

import io
from dataclasses import replace
from typing import Any

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.dav.exchange import Exchange, Presented
from storage_plugin.dav.hanging_up import hang_up
from storage_plugin.dav.paths import place_of
from storage_plugin.dav.propfind import propfind
from storage_plugin.dav.waiting import Waiting
from storage_plugin.model.book import ChangeNumber
from tests.dav.client import NS, Client, Reply, vcard
from tests.dav.conftest import Server


def test_a_list_has_the_token_of_the_list_not_of_the_sign_in(server: Server, phone: Client) -> None:
    viewer = server.users.viewer("alice")
    assert viewer is not None
    phone.put("1.vcf", vcard("1"))  # between sign-in and list
    body = f"<propfind {NS}><prop><sync-token/><getetag/></prop></propfind>".encode()
    environ = {"HTTP_DEPTH": "1", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    book = SqlAddressBook(server.database, viewer)
    answer = propfind(
        Exchange(environ, "PROPFIND", place_of(phone.book), "", book, Presented(), Waiting(16, hang_up))
    )
    listed = Reply(answer.status, dict(answer.headers), answer.body)
    assert listed.living[-1] == phone.book + "1.vcf"
    assert listed.token == phone.sync().token


def test_a_state_that_is_known_is_not_written_down_again(server: Server, phone: Client) -> None:
    class Noting:
        viewer: Any = replace(server.users.viewer("alice"), device_id=1)  # type: ignore[type-var]
        noted: list[int] = []  # noqa: RUF012

        def presented(self, number: ChangeNumber) -> None:
            self.noted.append(number)

    book: Any = Noting()
    presented = Presented()
    for number in (5, 5, 4, 6, 6):
        presented.note(book, ChangeNumber(number))
    assert book.noted == [5, 6]
