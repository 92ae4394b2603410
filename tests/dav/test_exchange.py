"""What a request carries from its sign-in to its answer."""

import io
from dataclasses import replace
from typing import Any

import pytest

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.dav.exchange import Exchange
from storage_plugin.dav.hanging_up import hang_up
from storage_plugin.dav.paths import place_of
from storage_plugin.dav.presented import Presented
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


class Noting:
    """A book that remembers what is written down of its device, which presented 5 before."""

    def __init__(self, server: Server) -> None:
        self.viewer: Any = replace(server.users.viewer("alice"), device_id=1, presented=5)  # type: ignore[type-var]
        self.noted: list[int] = []

    def presented(self, number: ChangeNumber) -> None:
        self.noted.append(number)


def test_a_state_that_is_known_is_not_written_down_again(server: Server, phone: Client) -> None:
    book: Any = Noting(server)
    presented = Presented()
    for number in (5, 6, 4, 5, 6):
        presented.note(book, ChangeNumber(number))
        presented.settle(book)
    assert book.noted == [6, 4, 6], "an older state than before is one, too"


def test_what_a_device_said_is_written_down_once_and_without_waiting_for_an_edit(
    server: Server, phone: Client
) -> None:
    book: Any = Noting(server)
    presented = Presented()
    for number in (6, 7, 5):
        presented.note(book, ChangeNumber(number))
    presented.close()
    assert book.noted == [5]


def test_an_edit_is_merged_onto_the_state_that_was_presented_just_before(
    server: Server, phone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage_plugin.dav.presented.PAUSE", 1.0)
    assert phone.put("1.vcf", vcard("1", "Ada", "NOTE:one", "TITLE:Countess")).status == 201
    other = server.device(device="Thunderbird")
    other.sync(other.sync().token)
    phone.put("1.vcf", vcard("1", "Ada", "NOTE:two", "TITLE:Countess"))

    other.put("1.vcf", vcard("1", "Ada", "NOTE:one", "TITLE:Mathematician"))

    text = phone("GET", phone.book + "1.vcf").text
    assert "NOTE:two" in text and "TITLE:Mathematician" in text
