"""Edits without If-Match (Thunderbird, Evolution), merged by field with what others did meanwhile."""

from __future__ import annotations

import json

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.model.book import Precondition
from tests.visibility.office import Office, Phone, vcard


@pytest.fixture
def office(database: Database) -> Office:
    """An office in which Alice has a phone and a Thunderbird that know the same card."""
    made = Office(database)
    made.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:first"))
    made.phone.sync()
    return made


@pytest.fixture
def thunderbird(office: Office) -> Phone:
    made = office.another(office.alice, "Thunderbird")
    made.sync()
    made.sync()
    return made


def conflicts(office: Office) -> list[str]:
    return [row.kind for row in office.ask("SELECT kind FROM conflict WHERE book_id = :b", b=office.book_id)]


def test_vc_81_edits_of_different_fields_are_both_there(office: Office, thunderbird: Phone) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Mathematician", "NOTE:first"))
    stored = thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:second"))
    assert stored.etag is None
    text = thunderbird.text("a.vcf")
    assert "TITLE:Mathematician" in text
    assert "NOTE:second" in text
    assert conflicts(office) == []


def test_vc_81_of_one_field_the_devices_value_is_taken_and_both_are_kept(office: Office, thunderbird: Phone) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Phone", "NOTE:first"))
    thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Thunderbird", "NOTE:first"))
    assert "TITLE:Thunderbird" in thunderbird.text("a.vcf")
    (row,) = office.ask("SELECT kind, fields FROM conflict WHERE book_id = :b", b=office.book_id)
    assert row.kind == "merge"
    assert {"Phone", "Thunderbird"} <= set(json.dumps(json.loads(row.fields)).replace('"', " ").split())


def test_a_device_that_never_presented_a_token_is_taken_whole_and_noted(office: Office) -> None:
    stranger = office.another(office.alice, "stranger")
    body = vcard("1", "Ada Lovelace", "TITLE:Whole")
    assert stranger.put("a.vcf", body).etag is not None
    assert stranger.text("a.vcf").encode() == body
    assert conflicts(office) == ["unseen"]
    assert any("NOTE:first" in row.text for row in office.ask("SELECT text FROM version"))


def test_a_device_without_tokens_is_merged_with_what_it_was_given(office: Office) -> None:
    evolution = office.another(office.alice, "Evolution")
    evolution.book.given({evolution.listing()["a.vcf"]: evolution.viewer.number})
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Mathematician", "NOTE:first"))
    assert evolution.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:second")).etag is None
    assert {"TITLE:Mathematician", "NOTE:second"} <= set(evolution.text("a.vcf").split("\r\n"))
    assert conflicts(office) == []


def test_what_other_devices_were_given_and_what_is_gone_say_nothing(office: Office) -> None:
    one, other = (office.another(office.alice, name) for name in ("one", "other"))
    one.book.given(
        {one.listing()["a.vcf"]: one.viewer.number, "c777-1": one.viewer.number, "g1-1": one.viewer.number}
    )
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Mathematician", "NOTE:first"))
    body = vcard("1", "Ada Lovelace", "NOTE:second")
    assert other.put("a.vcf", body).etag is not None
    assert other.text("a.vcf").encode() == body
    assert conflicts(office) == ["unseen"]


def test_an_edit_with_the_current_etag_is_taken_as_sent(office: Office, thunderbird: Phone) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Phone"))
    body = vcard("1", "Ada Lovelace", "NOTE:only this")
    thunderbird.put("a.vcf", body, match=thunderbird.listing()["a.vcf"])
    assert thunderbird.text("a.vcf").encode() == body
    assert conflicts(office) == []


def test_if_match_of_any_state_is_merged_like_none(office: Office, thunderbird: Phone) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Phone", "NOTE:first"))
    thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:second"), match="*")
    assert "TITLE:Phone" in thunderbird.text("a.vcf")


def test_vc_82_a_stale_if_match_is_refused(office: Office, thunderbird: Phone) -> None:
    stale = thunderbird.listing()["a.vcf"]
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Phone"))
    before = office.phone.listing()
    with pytest.raises(Precondition):
        thunderbird.put("a.vcf", vcard("1", "Ada", "TITLE:Stale"), match=stale)
    assert office.phone.listing() == before


def test_vc_83_an_etag_says_that_what_is_served_is_what_was_sent(office: Office, thunderbird: Phone) -> None:
    body = vcard("1", "Ada Lovelace", "NOTE:exact")
    assert thunderbird.put("a.vcf", body).etag == thunderbird.listing()["a.vcf"]
    assert thunderbird.text("a.vcf").encode() == body
    no_name = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nN:Lovelace;Ada;;;\r\nEND:VCARD\r\n"
    assert thunderbird.put("a.vcf", no_name).etag is None


def test_vc_86_an_edit_by_sql_removes_the_second_email_only(office: Office) -> None:
    lines = [f"EMAIL;TYPE=work:{number}@example.org" for number in range(1, 6)]
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", *lines))
    office.sql("DELETE FROM email WHERE address = '2@example.org'")
    text = office.phone.text("a.vcf")
    assert [line for line in text.split("\r\n") if line.startswith("EMAIL")] == [lines[0], *lines[2:]]


def test_vc_87_a_touched_rev_makes_no_version(office: Office) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "REV:20260101T000000Z"))
    versions = len(office.ask("SELECT id FROM version"))
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "REV:20260202T000000Z"))
    assert len(office.ask("SELECT id FROM version")) == versions


def test_a_merge_is_not_the_base_of_the_next_edit(office: Office, thunderbird: Phone) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Phone", "NOTE:first"))
    thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:second"))
    thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:third"))
    text = thunderbird.text("a.vcf")
    assert "TITLE:Phone" in text, "what the phone wrote is lost by the second edit"
    assert "NOTE:third" in text


def test_ones_own_edit_is_the_base_of_the_next(office: Office, thunderbird: Phone) -> None:
    thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Queen", "NOTE:first"))
    thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:first"))
    assert "TITLE:Countess" in thunderbird.text("a.vcf")
    assert conflicts(office) == []


def test_a_device_set_back_is_merged_from_the_state_it_has(office: Office, thunderbird: Phone) -> None:
    old = thunderbird.token
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Phone", "NOTE:first"))
    thunderbird.sync()
    thunderbird.sync()
    thunderbird.token = old
    thunderbird.sync()
    thunderbird.put("a.vcf", vcard("1", "Ada Lovelace", "TITLE:Countess", "NOTE:second"))
    assert "TITLE:Phone" in thunderbird.text("a.vcf")


def test_a_4_0_card_edited_by_a_3_0_device_comes_back_whole(office: Office, thunderbird: Phone) -> None:
    body = vcard("4", "Grace Hopper", "KIND:individual", "ANNIVERSARY:19300615", "LANG:en", version="4.0")
    thunderbird.put("b.vcf", body)
    shown = office.phone.text("b.vcf")
    assert "VERSION:3.0" in shown
    office.phone.put(
        "b.vcf",
        shown.replace("END:VCARD", "NOTE:from the phone\r\nEND:VCARD").encode(),
        match=office.phone.listing()["b.vcf"],
    )
    text = thunderbird.text("b.vcf")
    assert "VERSION:4.0" in text
    assert "NOTE:from the phone" in text
    for line in ("LANG:en", "ANNIVERSARY:19300615", "KIND:individual"):
        assert line in text


def reescaped(*lines: str, version: str = "4.0") -> bytes:
    """Ada's card as Thunderbird 153 sends it after an edit."""
    return vcard("1", "Ada Lovelace", *lines, "NOTE:a\\\\; b", version=version)


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_what_was_escaped_anew_is_no_edit(office: Office, thunderbird: Phone, version: str) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "NOTE:a\\; b"))
    thunderbird.sync()
    thunderbird.sync()
    thunderbird.put("a.vcf", reescaped("TITLE:Queen", version=version))
    thunderbird.put("a.vcf", reescaped("TITLE:Countess", version=version))
    assert "TITLE:Countess" in office.phone.text("a.vcf")
    assert "NOTE:a\\; b\r\n" in office.phone.text("a.vcf")
    assert conflicts(office) == []


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_what_was_escaped_anew_gives_way_to_an_edit(office: Office, thunderbird: Phone, version: str) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "NOTE:a\\; b"))
    thunderbird.sync()
    thunderbird.sync()
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "NOTE:on the way"))
    thunderbird.put("a.vcf", reescaped("TITLE:Queen", version=version))
    assert "TITLE:Queen" in office.phone.text("a.vcf")
    assert "NOTE:on the way\r\n" in office.phone.text("a.vcf")
    assert conflicts(office) == []


def test_backslashes_of_an_edit_with_the_current_etag_are_taken_as_sent(office: Office, thunderbird: Phone) -> None:
    office.phone.put("a.vcf", vcard("1", "Ada Lovelace", "NOTE:a\\; b"))
    thunderbird.put("a.vcf", reescaped(version="3.0"), match=thunderbird.listing()["a.vcf"])
    assert thunderbird.text("a.vcf").encode() == reescaped(version="3.0")
