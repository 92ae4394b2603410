"""One address book in two Thunderbirds and on an iPhone.

Thunderbird 153 sends vCard 4.0 with neither If-Match nor If-None-Match, reads the card again after each PUT, and
synchronises by sync-collection; the iPhone knows vCard 3.0 alone and sends If-Match.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections import Counter
from typing import Any

import pytest

from tests.clients.conftest import Office
from tests.clients.thunderbird import Shown

pytestmark = pytest.mark.slow

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(range(256)) * 80 + bytes.fromhex("ffd9")


def png(width: int = 96) -> bytes:
    """Make a picture of noise-like stripes, so that it does not become tiny."""
    rows = b"".join(b"\0" + bytes((x * y) % 251 for x in range(width)) for y in range(1, width + 1))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, width, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def data_url(kind: str, picture: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}"


def picture_in(url: str | None) -> bytes:
    assert url and url.startswith("data:image/"), url
    return base64.b64decode(url.partition(",")[2], validate=True)


def person(name: str, *more: tuple[str, dict[str, Any], str, Any]) -> list[tuple[str, dict[str, Any], str, Any]]:
    given, _, family = name.partition(" ")
    return [("n", {}, "text", [family, given, "", "", ""]), ("fn", {}, "text", name), *more]


FULL = person(
    "Zoë Žižek",
    ("nickname", {}, "text", "Zo"),
    ("email", {"type": "work", "pref": "1"}, "text", "zoe@example.com"),
    ("email", {"type": "home"}, "text", "zoe@example.org"),
    ("tel", {"type": "work"}, "text", "+49 731 12345"),
    ("tel", {"type": "cell"}, "text", "+49 170 1,,23"),
    ("adr", {"type": "work"}, "text", ["", "", "Münsterplatz 1", "Ulm", "", "89073", "Germany"]),
    ("url", {"type": "work"}, "uri", "https://example.com/@48.1,11.5,17z?a=1;b=2"),
    ("bday", {}, "date", "1980-02-29"),
    ("anniversary", {}, "date", "2005-06-07"),
    ("org", {}, "text", ["Contoso, Ltd.", "Research; Tests"]),
    ("title", {}, "text", "Dr., Leiterin"),
    ("role", {}, "text", "Buyer"),
    ("impp", {}, "uri", "xmpp:zoe@example.com"),
    ("note", {}, "text", "first; second, third\nnext line \\ 😀"),
    ("lang", {}, "language-tag", "de"),
    ("related", {"type": "spouse"}, "text", "Max, the other"),
    ("x-custom1", {}, "text", "K;1,2"),
)


def content(card: Shown, *without: str) -> Counter[str]:
    """Give what a person sees of a card: each property with its value."""
    left_out = {"version", "prodid", "rev", *without}
    return Counter(f"{name} = {json.dumps(value)}" for name, _, _, value in card.entries if name not in left_out)


def everything(card: Shown, *without: str) -> Counter[str]:
    """Give each property with its parameters and its value."""
    left_out = {"prodid", "rev", *without}
    return Counter(json.dumps(each) for each in card.entries if each[0] not in left_out)


def test_the_account_set_up_finds_the_one_address_book(office: Office) -> None:
    assert office.found == [{"name": "Contacts", "url": office.server.book}]


def test_what_thunderbird_sends_is_kept_to_the_byte(office: Office) -> None:
    uid = office.a.create(*FULL)
    sent = office.a.card(uid)
    assert office.server.rows("SELECT text, vcard_version FROM card WHERE uid = ?", uid) == [(sent.text, "4.0")]


def test_a_contact_made_in_thunderbird_is_on_every_device(office: Office) -> None:
    uid = office.a.create(*person("Ada Lovelace", ("note", {}, "text", "a; b, c")))
    office.meet()
    assert content(office.b.card(uid)) == content(office.a.card(uid))
    assert office.phone.find(uid).value("FN") == "Ada Lovelace"


def test_a_contact_made_on_the_iphone_is_in_every_thunderbird(office: Office) -> None:
    uid = office.phone.create(
        "N:Мустер;Макс;;;", "FN:Макс Мустер", "TEL;type=CELL;type=VOICE;type=pref:+49 170 1", "NOTE:a\\, b\\nc"
    )
    office.meet()
    for thunderbird in (office.a, office.b):
        shown = thunderbird.card(uid)
        assert shown.name == "Макс Мустер"
        assert shown.value("tel") == "+49 170 1"
        assert shown.value("note") == "a, b\nc"


def test_a_thunderbird_card_is_readable_on_the_iphone(office: Office) -> None:
    uid = office.a.create(*FULL)
    office.meet()
    card = office.phone.find(uid)
    assert card.value("FN") == "Zoë Žižek"
    assert card.value("N") == "Žižek;Zoë;;;"
    assert {line.partition(":")[2] for line in card.lines("TEL")} == {"+49 731 12345", "+49 170 1\\,\\,23"}
    assert {line.partition(":")[2] for line in card.lines("EMAIL")} == {"zoe@example.com", "zoe@example.org"}
    assert "PREF=1" not in card.text and "pref" in card.lines("EMAIL")[0].lower()
    assert card.value("ADR") == ";;Münsterplatz 1;Ulm;;89073;Germany"
    assert card.value("ORG") == "Contoso\\, Ltd.;Research\\; Tests"
    assert card.value("BDAY") in ("1980-02-29", "19800229")
    assert card.value("NOTE") in (
        "first; second\\, third\\nnext line \\\\ 😀",
        "first\\; second\\, third\\nnext line \\\\ 😀",
    )


def test_an_edit_of_a_thunderbird_card_on_the_iphone_changes_that_field_alone(office: Office) -> None:
    uid = office.a.create(*FULL)
    office.meet()
    before = office.a.card(uid)
    office.phone.edit(uid, "TITLE:Head of Tests")
    office.meet()
    assert office.b.card(uid).value("title") == office.a.card(uid).value("title") == "Head of Tests"
    assert everything(office.a.card(uid), "title") == everything(before, "title")


def test_a_thunderbird_card_that_the_iphone_wrote_anew_comes_back_whole(office: Office) -> None:
    uid = office.a.create(*FULL)
    office.meet()
    before = office.a.card(uid)
    office.phone.edit(
        uid,
        "N:Žižek;Zoë;;;",
        "FN:Zoë Žižek",
        "NICKNAME:Zo",
        "ORG:Contoso\\, Ltd.;Research\\; Tests",
        "TITLE:Dr.\\, Leiterin",
        "EMAIL;type=INTERNET;type=WORK;type=pref:zoe@example.com",
        "EMAIL;type=INTERNET;type=HOME:zoe@example.org",
        "TEL;type=WORK;type=VOICE;type=pref:+49 731 99999",
        "TEL;type=CELL;type=VOICE:+49 170 1\\,\\,23",
        "item1.ADR;type=WORK;type=pref:;;Münsterplatz 1;Ulm;;89073;Germany",
        "item1.X-ABADR:de",
        "BDAY;value=date:1980-02-29",
        "item3.X-ABDATE;type=pref:2005-06-07",
        "item3.X-ABLabel:_$!<Anniversary>!$_",
        "item4.IMPP;X-SERVICE-TYPE=Jabber;type=pref:xmpp:zoe@example.com",
        "item5.X-ABRELATEDNAMES;type=pref:Max\\, the other",
        "item5.X-ABLabel:_$!<Spouse>!$_",
        "NOTE:first\\; second\\, third\\nnext line \\\\ 😀",
    )
    office.meet()
    after = office.a.card(uid)
    assert after.values("tel") == ["+49 731 99999", "+49 170 1,,23"]
    assert content(before, "tel") - content(after) == Counter()


def test_an_iphone_card_edited_in_thunderbird_keeps_what_only_the_iphone_writes(office: Office) -> None:
    uid = office.phone.create(
        "N:Muster;Max;;;",
        "FN:Max Muster",
        "item1.EMAIL;type=INTERNET;type=pref:max@example.com",
        "item1.X-ABLabel:Ferienhaus",
        "X-PHONETIC-LAST-NAME:Muhster",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-09",
        f"PHOTO;ENCODING=b;TYPE=JPEG:{base64.b64encode(JPEG).decode()}",
    )
    office.meet()
    office.a.set_text(uid, "title", "Koch")
    office.meet()
    card = office.phone.find(uid)
    assert card.value("TITLE") == "Koch"
    assert card.photo == JPEG
    assert card.value("X-ABLABEL") == "Ferienhaus"
    assert card.value("EMAIL") == "max@example.com"
    assert card.value("X-PHONETIC-LAST-NAME") == "Muhster"
    assert card.value("BDAY") == "1604-05-09"
    assert "X-APPLE-OMIT-YEAR=1604" in card.lines("BDAY")[0]


def test_a_link_that_the_iphone_wrote_works_in_thunderbird(office: Office) -> None:
    uid = office.a.create(*person("Lina Link"))
    office.meet()
    office.phone.edit(uid, "item1.URL;type=WORK;type=pref:https\\://example.com/@48.1\\,11.5?a=1\\;b=2")
    office.meet()
    assert office.a.card(uid).value("url") == "https://example.com/@48.1,11.5?a=1;b=2"


def test_a_thunderbird_that_reads_version_3_does_not_spoil_a_time_zone(office: Office) -> None:
    uid = office.a.create(*person("Tina Zone", ("tz", {}, "text", "Europe/Berlin")))
    office.meet()
    office.b.set_text(uid, "title", "by another hand")
    office.meet()
    assert office.a.card(uid).value("tz") == "Europe/Berlin"


def test_an_edit_in_thunderbird_leaves_the_iphones_note_alone(office: Office) -> None:
    uid = office.phone.create("N:Strich;Susi;;;", "FN:Susi Strich", "NOTE:a\\; b")
    office.meet()
    office.b.set_text(uid, "title", "by another hand")
    office.meet()
    assert office.phone.find(uid).value("NOTE") == "a\\; b"


def test_edits_of_different_fields_without_a_sync_in_between_are_both_kept(office: Office) -> None:
    uid = office.a.create(*FULL)
    office.meet()
    office.a.set_text(uid, "note", "noted at work")
    office.b.set_text(uid, "title", "promoted at home")
    office.meet()
    for thunderbird in (office.a, office.b):
        assert thunderbird.card(uid).value("note") == "noted at work"
        assert thunderbird.card(uid).value("title") == "promoted at home"
    assert office.phone.find(uid).value("NOTE") == "noted at work"


def test_an_edit_in_thunderbird_keeps_what_the_iphone_changed_meanwhile(office: Office) -> None:
    uid = office.a.create(*FULL)
    office.meet()
    office.phone.edit(uid, "NOTE:noted on the way")
    office.b.set_text(uid, "title", "promoted at home")
    office.meet()
    assert office.a.card(uid).value("note") == "noted on the way"
    assert office.a.card(uid).value("title") == "promoted at home"


def test_an_own_earlier_edit_does_not_win_over_a_newer_one(office: Office) -> None:
    uid = office.a.create(*person("Siri Serial", ("note", {}, "text", "before")))
    office.meet()
    office.a.set_text(uid, "note", "said at work")
    office.b.sync()
    office.b.set_text(uid, "note", "answered at home")
    office.a.set_text(uid, "title", "promoted at work")
    office.meet()
    assert office.b.card(uid).value("title") == "promoted at work"
    assert office.b.card(uid).value("note") == "answered at home"


def test_edits_of_one_field_lose_nobodys_version(office: Office) -> None:
    uid = office.a.create(*person("Cleo Conflict", ("note", {}, "text", "before")))
    office.meet()
    office.a.set_text(uid, "note", "said at work")
    office.b.set_text(uid, "note", "said at home")
    office.meet()
    shown = office.a.card(uid).value("note")
    assert shown in ("said at work", "said at home")
    assert office.b.card(uid).value("note") == office.phone.find(uid).value("NOTE") == shown
    kept = office.server.rows(
        "SELECT kind, fields, ours, theirs FROM conflict JOIN card USING (contact_id) WHERE uid = ?", uid
    )
    assert [kind for kind, *_ in kept] == ["merge"]
    assert all(version in " ".join(map(str, kept[0])) for version in ("said at work", "said at home"))


def test_a_thunderbird_that_never_synchronised_overwrites_nothing_for_good(office: Office) -> None:
    uid = office.a.create(*person("Nora New", ("note", {}, "text", "before")))
    office.b.sync()
    office.phone.sync()
    office.phone.edit(uid, "NOTE:noted on the way")
    office.b.set_text(uid, "title", "promoted at home")
    office.meet()
    note = office.a.card(uid).value("note")
    kept = office.server.rows("SELECT ours FROM conflict JOIN card USING (contact_id) WHERE uid = ?", uid)
    assert note == "noted on the way" or "noted on the way" in kept[0][0]
    assert office.a.card(uid).value("title") == "promoted at home"


def test_an_iphone_that_edits_an_old_version_takes_the_servers(office: Office) -> None:
    uid = office.a.create(*person("Otto Old", ("note", {}, "text", "before")))
    office.meet()
    office.a.set_text(uid, "note", "said at work")
    office.phone.edit(uid, "NOTE:said on the way")
    assert office.phone.find(uid).value("NOTE") == "said at work"
    office.meet()
    assert office.b.card(uid).value("note") == "said at work"


def test_a_photo_set_in_thunderbird_is_on_the_iphone(office: Office) -> None:
    uid = office.a.create(*person("Pia Photo"))
    office.meet()
    picture = png()
    office.a.photograph(uid, data_url("image/png", picture))
    office.meet()
    assert picture_in(office.a.card(uid).photo) == picture
    assert picture_in(office.b.card(uid).photo) == picture
    assert office.phone.find(uid).photo == picture
    assert "TYPE=PNG" in office.phone.find(uid).lines("PHOTO")[0].partition(":")[0].upper()


def test_a_photo_set_on_the_iphone_is_in_thunderbird(office: Office) -> None:
    uid = office.a.create(*person("Paul Photo"))
    office.meet()
    office.phone.edit(uid, f"PHOTO;ENCODING=b;TYPE=JPEG:{base64.b64encode(JPEG).decode()}")
    office.meet()
    for thunderbird in (office.a, office.b):
        assert picture_in(thunderbird.card(uid).photo) == JPEG
    office.b.set_text(uid, "note", "with a photo")
    office.meet()
    assert office.phone.find(uid).photo == JPEG


@pytest.mark.parametrize("deletes", ["iphone", "thunderbird"])
def test_a_deleted_contact_is_gone_everywhere(office: Office, deletes: str) -> None:
    uid, other = office.a.create(*person("Dora Deleted")), office.b.create(*person("Kai Kept"))
    office.meet()
    if deletes == "iphone":
        office.phone.delete(uid)
    else:
        office.a.delete(uid)
    office.meet()
    for uids in (office.a.cards(), office.b.cards(), {card.value("UID") for card in office.phone.cards.values()}):
        assert uid not in uids and other in uids


def test_an_edit_is_not_lost_to_a_deletion_elsewhere(office: Office) -> None:
    uid = office.a.create(*person("Rita Revived", ("note", {}, "text", "before")))
    office.meet()
    office.a.delete(uid)
    office.b.set_text(uid, "note", "still needed")
    office.meet()
    assert office.a.card(uid).value("note") == "still needed"
    assert office.phone.find(uid).value("NOTE") == "still needed"


def test_all_devices_end_with_the_same_contacts(office: Office) -> None:
    office.meet()
    a, b = office.a.cards(), office.b.cards()
    assert {card.uid: card.name for card in a.values()} == {card.uid: card.name for card in b.values()}
    assert {card.value("UID") for card in office.phone.cards.values()} == set(a)
    assert a.keys() == {uid for (uid,) in office.server.rows("SELECT uid FROM card")}
