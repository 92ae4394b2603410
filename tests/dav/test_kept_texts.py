"""Texts that a worker keeps: nobody gets one that the database would not give now, and they stay within bounds."""

from __future__ import annotations

import re

import pytest

from storage_plugin.dav.kept_texts import KeptTexts, Shelf
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.dav.client import Client, vcard
from tests.dav.conftest import Server

PHOTO = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 5_000
WITHOUT_ETAGS = "<CR:address-data/>"
AS_4 = '<getetag/><CR:address-data content-type="text/vcard" version="4.0"/>'


@pytest.fixture
def kept(phone: Client) -> Client:
    """Alice's phone; texts of her two cards are kept by the worker."""
    phone.put("1.vcf", vcard("1", "Ada & <Co>", "ORG:ACME", PHOTO))
    phone.put("2.vcf", vcard("2", "Zoë 🙂", "ORG:Other"))
    phone.multiget([phone.book + "1.vcf", phone.book + "2.vcf"])
    return phone


def _cards(phone: Client) -> list[str]:
    return [phone.book + "1.vcf", phone.book + "2.vcf"]


def test_an_answer_of_kept_texts_is_the_answer_of_another_worker(server: Server, kept: Client) -> None:
    fresh = Client(server.another_worker(), "alice", server.secret)
    for ask in (lambda phone: phone.multiget(_cards(phone)), lambda phone: phone.multiget([*_cards(phone), "/x"])):
        assert ask(kept).body == ask(fresh).body == ask(fresh).body


def test_what_is_kept_is_not_read_again(kept: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept.multiget(_cards(kept)).body

    def explode(*_: object) -> str:
        raise AssertionError("a kept text was read again")

    monkeypatch.setattr("storage_plugin.database.texts.put_back", explode)
    monkeypatch.setattr("storage_plugin.dav.multistatus.escaped", explode)
    assert kept.multiget(_cards(kept)).body == before
    assert kept.query('<CR:filter><CR:prop-filter name="FN"><CR:text-match>ada</CR:text-match></CR:prop-filter>'
                      "</CR:filter>", "<getetag/><CR:address-data/>").living == _cards(kept)[:1]  # fmt: skip


def test_a_card_that_is_hidden_now_is_not_given_though_it_is_kept(server: Server, kept: Client) -> None:
    server.users.set_view("alice", View(Filter((Condition("company", Operator.IS, "Other"),))))
    fresh = server.device(device="fresh")
    kept.put("shared.vcf", vcard("shared"))
    with server.database.writing() as connection:
        connection.exec_driver_sql("UPDATE card SET audience = 0")
        connection.exec_driver_sql("INSERT INTO hidden SELECT 1, contact_id FROM card WHERE href = '1.vcf'")
    for phone in (kept, fresh):
        reply = phone.multiget(_cards(phone))
        assert (reply.living, reply.gone) == (_cards(phone)[1:], _cards(phone)[:1])


def test_another_user_gets_nothing_of_what_is_kept(server: Server, kept: Client) -> None:
    bob = server.device("bob")
    assert bob.multiget(_cards(bob)).gone == _cards(bob)
    bob.put("1.vcf", vcard("1", "Bob's own"))
    assert "Ada" not in bob.multiget(_cards(bob)).text


def test_a_changed_card_comes_changed(kept: Client) -> None:
    kept.put("1.vcf", vcard("1", "Ada Lovelace", PHOTO))
    reply = kept.multiget(_cards(kept))
    assert "Ada Lovelace" in reply.text and "&lt;Co&gt;" not in reply.text
    assert kept.get("1.vcf").etag in reply.text


def test_a_text_asked_for_in_another_version_or_without_etag_is_right(kept: Client) -> None:
    assert "VERSION:4.0" in kept.multiget(_cards(kept), AS_4).text
    assert "VERSION:3.0" in kept.multiget(_cards(kept)).text
    plain = kept.multiget(_cards(kept), WITHOUT_ETAGS).text
    assert re.sub("<getetag>[^<]*</getetag>", "", kept.multiget(_cards(kept)).text) == plain


def test_each_device_gets_a_4_0_card_in_its_version(server: Server, phone: Client) -> None:
    writer = server.device(device="writes 4.0")
    writer.put("4.vcf", vcard("4", "Ada", "KIND:individual", version="4.0"))
    for _ in range(2):
        assert "VERSION:4.0" in writer.multiget([writer.book + "4.vcf"]).text
        assert "VERSION:3.0" in phone.multiget([phone.book + "4.vcf"]).text


def test_the_texts_stay_within_bounds_and_the_latest_asked_for_stay() -> None:
    kept = KeptTexts(limit=3_000)
    for number in range(3):
        kept.keep(("book", f"c{number}"), bytes(600))
    assert kept.get(("book", "c0")) == bytes(600)
    kept.keep(("book", "c3"), bytes(600))
    assert [kept.get(("book", f"c{number}")) is not None for number in range(4)] == [True, False, True, True]
    kept.keep(("book", "big"), bytes(10_000))
    assert kept.get(("book", "big")) is None


def test_books_are_kept_apart_and_what_was_said_to_be_here_stays() -> None:
    kept = KeptTexts(limit=1_000)
    kept.keep(("one", "c1-1"), b"text")
    one, other = Shelf(kept, "one"), Shelf(kept, "two")
    assert "c1-1" in one and "c1-1" not in other
    kept.keep(("one", "c2-1"), bytes(600))
    assert "c1-1" not in Shelf(kept, "one") and one.get("c1-1") == b"text"
