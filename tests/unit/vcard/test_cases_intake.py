"""The interop cases of bytes, character sets, old versions, photos, and of what is refused."""

import base64
from dataclasses import replace
from hashlib import sha256

import pytest

from storage_plugin.vcard.binaries import put_back, refers_to, take_out
from storage_plugin.vcard.intake import NotAVCard, accept, split_cards
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from storage_plugin.vcard.photo import Photo, photo_of, vcard_with_photo
from storage_plugin.vcard.versions import as_version, carried_over
from tests.unit.vcard.builders import card, values

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
CODED = base64.b64encode(JPEG).decode()
IMAGE = Photo("image/jpeg", JPEG)


@pytest.mark.parametrize(
    "head",
    [pytest.param("PHOTO;ENCODING=b;TYPE=JPEG:", id="VC-18"),
     pytest.param("PHOTO;ENCODING=BASE64;TYPE=jpeg:", id="VC-19"),
     pytest.param("PHOTO;BASE64;JPEG:", id="VC-19-bare"), pytest.param("PHOTO:data:image/jpeg;base64,", id="VC-20"),
     pytest.param("PHOTO;ENCODING=b;TYPE=jpeg;VALUE=URI:", id="VC-21"),
     pytest.param("PHOTO;VALUE=URI:DATA:IMAGE/JPEG;BASE64\\,", id="VC-22"),
     pytest.param("PHOTO;X-ABCROP-RECTANGLE=ABClipRect_1&0&0&9&9&x==;ENCODING=b;TYPE=JPEG:", id="VC-23"),
     pytest.param("PHOTO;ENCODING=b,b;TYPE=JPEG,jpeg:", id="VC-24"), pytest.param("PHOTO;ENCODING=b:", id="no type")],
)  # fmt: skip
def test_photos_of_every_form_are_kept_and_read(head):
    text = card(head + CODED, "NOTE:x")
    accepted = accept(text.encode())
    assert accepted.text == text and photo_of(text) == IMAGE
    assert vcard_with_photo(text, IMAGE) == text
    edited = vcard_with(text, replace(contact_from_vcard(text), note="y"))
    assert edited == text.replace("NOTE:x", "NOTE:y")
    assert contact_from_vcard(text).photo == sha256(parse(text).named("PHOTO")[0].raw_value.encode()).hexdigest()


def test_VC_20_photos_go_between_versions_and_come_back_to_the_byte():
    text = card(f"PHOTO:data:image/jpeg;base64,{CODED}", version="4.0")
    shown = as_version(text, "3.0")
    assert f"PHOTO;ENCODING=b;TYPE=JPEG:{CODED}" in values(shown) and photo_of(shown) == IMAGE
    assert carried_over(text, shown.replace("FN:Anna", "FN:Eva")) == text.replace("FN:Anna", "FN:Eva")
    assert photo_of(as_version(shown, "4.0")) == IMAGE


def test_VC_25_a_photo_elsewhere_stays_a_link():
    text = card("PHOTO;VALUE=uri:https://x.de/a,b;c.jpg")
    assert photo_of(text) == Photo("", uri="https://x.de/a,b;c.jpg")
    assert contact_from_vcard(text).photo == "https://x.de/a,b;c.jpg"
    assert "PHOTO:https://x.de/a,b;c.jpg" in values(as_version(text, "4.0"))
    assert "PHOTO;VALUE=uri:https://x.de/a,b;c.jpg" in values(as_version(as_version(text, "4.0"), "3.0"))


def test_VC_27_an_edit_of_the_name_leaves_the_photo_to_the_byte():
    folded = "\r\n ".join(CODED[at : at + 60] for at in range(0, len(CODED), 60))
    text = card("N:Muster;Anna;;;", f"PHOTO;TYPE=JPEG;ENCODING=b:\r\n {folded}")
    assert vcard_with(text, replace(contact_from_vcard(text), given_name="Eva")) == text.replace("Anna;;;", "Eva;;;")


@pytest.mark.parametrize("media", ["image/png", "image/gif", "image/webp", "image/heic", "image/jpeg"])
@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_VC_28_photos_of_other_formats(media, version):
    photo = Photo(media, b"bytes of a photo" * 100)
    text = vcard_with_photo(card(version=version), photo)
    assert photo_of(text) == photo
    assert photo_of(vcard_with_photo(text, replace(photo, data=b"other"))) == replace(photo, data=b"other")
    assert vcard_with_photo(text, None) == card(version=version)


def test_a_photo_kept_apart_is_the_same_to_the_contact():
    text = card("item1.PHOTO;ENCODING=b;TYPE=JPEG:" + CODED * 9, "KEY:data:application/pgp-keys;base64," + CODED * 9)
    slim, apart = take_out(text)
    assert len(slim) < 500 and put_back(slim, apart) == text
    assert contact_from_vcard(slim) == contact_from_vcard(text)
    assert contact_from_vcard(text).photo == refers_to(slim)[0]
    edited = vcard_with(slim, replace(contact_from_vcard(slim), note="new"))
    assert put_back(edited, apart) == text.replace("END:VCARD", "NOTE:new\r\nEND:VCARD")
    for needs_bytes in (photo_of, lambda each: as_version(each, "4.0")):
        with pytest.raises(ValueError, match="back"):
            needs_bytes(slim)


@pytest.mark.parametrize("name", ["KEY", "LOGO", "SOUND"])
def test_VC_88_other_binaries_are_kept_in_both_versions(name):
    text = card(f"{name};ENCODING=b;TYPE=X509:{CODED}", f"{name}:https://x.de/a,b")
    modern = as_version(text, "4.0")
    assert f"base64,{CODED}" in "".join(values(modern))
    assert carried_over(text, modern) == text
    assert CODED in "".join(values(as_version(modern, "3.0")))


def test_VC_52_a_fold_inside_a_character_is_joined_and_nothing_else_touched():
    note = "ä" * 60
    body = card("NOTE:@", "TITLE:Bürochefin").encode()
    octets = b"NOTE:" + note.encode()
    body = body.replace(b"NOTE:@", octets[:74] + b"\r\n " + octets[74:])
    accepted = accept(body)
    assert accepted.repaired and contact_from_vcard(accepted.text).note == note
    assert all(len(part.encode()) <= 75 for part in accepted.text.split("\r\n"))
    assert "TITLE:Bürochefin\r\n" in accepted.text


def test_VC_52_one_broken_byte_spoils_its_own_line_only():
    accepted = accept(card("TITLE:Bürochefin", "NOTE:a@b").encode().replace(b"@", b"\xff"))
    assert "TITLE:Bürochefin\r\n" in accepted.text and "NOTE:aÿb\r\n" in accepted.text


@pytest.mark.parametrize(
    "text",
    [card("NOTE:one\r\n\t two"), card("NOTE:x").replace("\r\n", "\n"), card("NOTE:x").removesuffix("\r\n"),
     card("", "NOTE:x", ""), "\r\n" + card() + "\r\n\r\n", card("PHOTO;ENCODING=b:\r\n AAAA\r\n")],
    ids=["tab", "lf", "no last end", "blank lines", "blanks around", "blank after photo"],
)  # fmt: skip
def test_VC_54_line_ends_and_folds_of_all_sorts(text):
    accepted = accept(text.encode())
    assert (accepted.text, accepted.repaired) == (text, False)


def test_VC_55_a_byte_order_mark_goes():
    accepted = accept(b"\xef\xbb\xbf" + card().encode())
    assert (accepted.text, accepted.repaired) == (card(), True)


def test_VC_56_windows_1252_with_the_euro():
    accepted = accept(card("NOTE:100 € für Müller").encode("cp1252"))
    assert (accepted.text, accepted.repaired) == (card("NOTE:100 € für Müller"), True)


@pytest.mark.parametrize(("charset", "param"), [("koi8-r", ""), (None, ";CHARSET=KOI8-R")])
def test_VC_56_a_declared_charset_wins(charset, param):
    accepted = accept(card(f"NOTE{param}:Наталья").encode("koi8-r"), charset)
    assert contact_from_vcard(accepted.text).note == "Наталья"
    assert "KOI8" not in accepted.text


def test_VC_57_control_characters_are_stripped():
    accepted = accept(card("NOTE:a\x00b\x1fc\x0bd\te\ufffe").encode())
    assert (accepted.text, accepted.repaired) == (card("NOTE:abcd\te"), True)


OUTLOOK = card("N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg",
               "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\r\ntwo; three", "TEL;WORK;FAX:1", version="2.1",
               fn="FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=B6rg")  # fmt: skip


def test_VC_76_a_2_1_card_is_stored_as_sent_and_read_and_served_as_3():
    accepted = accept(OUTLOOK.encode())
    assert (accepted.text, accepted.version, accepted.repaired) == (OUTLOOK, "2.1", False)
    contact = contact_from_vcard(OUTLOOK)
    assert (contact.family_name, contact.given_name, contact.formatted_name) == ("Müller", "Jörg", "Jörg")
    assert contact.note == "one\ntwo; three"
    served = as_version(OUTLOOK, "3.0")
    assert {"N:Müller;Jörg", "NOTE:one\\ntwo\\; three", "TEL;TYPE=WORK;TYPE=FAX:1", "FN:Jörg"} <= set(values(served))
    assert contact_from_vcard(served) == contact and accept(served.encode()).text == served
    assert contact_from_vcard(as_version(OUTLOOK, "4.0")) == contact


def test_VC_76_an_edit_of_a_2_1_card_touches_its_line_only():
    edited = vcard_with(OUTLOOK, replace(contact_from_vcard(OUTLOOK), note="neu für\nalle"))
    assert contact_from_vcard(edited).note == "neu für\nalle"
    assert edited.split("NOTE")[0] == OUTLOOK.split("NOTE")[0]


def test_VC_77_version_missing_or_last():
    last = card("VERSION:3.0").replace("VERSION:3.0\r\n", "", 1)
    assert accept(last.encode()).text == last
    missing = card().replace("VERSION:3.0\r\n", "")
    with pytest.raises(NotAVCard, match="VERSION"):
        accept(missing.encode())
    assert accept(missing.encode(), tolerant=True).text == card()


def test_a_missing_uid_is_made_on_request():
    text = card().replace("UID:u-1\r\n", "")
    assert accept(text.encode(), new_uid=lambda: "new").uid == "new"
    assert accept(text.encode(), new_uid=lambda: "u-1").text == card()
    with pytest.raises(NotAVCard, match="UID"):
        accept(text.encode())


@pytest.mark.parametrize(
    "body",
    [pytest.param((card() + card()).encode(), id="VC-78 two cards"),
     pytest.param(b"BEGIN:VLIST\r\nUID:1\r\nCARD;EMAIL=a@b:c.vcf\r\nEND:VLIST\r\n", id="VC-89 VLIST"),
     pytest.param(b'["vcard",[["version",{},"text","4.0"]]]', id="jCard"),
     pytest.param(card().encode("utf-16"), id="UTF-16"), pytest.param(b"", id="nothing"),
     pytest.param(card().removesuffix("END:VCARD\r\n").encode(), id="cut off"),
     pytest.param(card().replace("3.0", "9.9").encode(), id="version 9.9"),
     pytest.param(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", id="calendar"),
     pytest.param((card() + "hello\r\n").encode(), id="text behind")],
)  # fmt: skip
def test_what_is_no_vcard_is_refused_with_a_sentence(body):
    with pytest.raises(NotAVCard) as refusal:
        accept(body, new_uid=lambda: "u")
    assert refusal.value.reason.endswith(".")


def test_VC_78_two_cards_are_named_as_the_reason():
    with pytest.raises(NotAVCard, match="two cards"):
        accept((card() + card()).encode())


def test_a_placeholder_is_never_taken_out_again():
    slim, apart = take_out(card("PHOTO;X-P=" + "x" * 1100 + ";ENCODING=b:" + CODED * 9))
    assert apart and take_out(slim) == (slim, {})


def test_declared_utf_16_is_taken():
    assert accept(card("NOTE:ä").encode("utf-16"), "utf-16").text == card("NOTE:ä")


def test_VC_79_one_bad_card_of_a_file_spoils_no_other():
    cut = card("NOTE:cut").removesuffix("END:VCARD\r\n")
    body = "".join([card("NOTE:1"), "\r\n", cut, card("NOTE:2"), "junk\n", card("NOTE:3")]).encode()
    pieces = list(split_cards(body))
    assert [number for number, _ in pieces] == [1, 8, 13, 19, 20]
    sound = []
    for _, piece in pieces:
        try:
            sound.append(contact_from_vcard(accept(piece).text).note)
        except NotAVCard:
            sound.append(None)
    assert sound == ["1", None, "2", None, "3"]


AGENT = card("AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Inner\r\nTEL:9\r\nEND:VCARD", "TEL:1", version="2.1")


def test_VC_90_a_nested_card_is_verbatim_and_not_read_as_ours():
    accepted = accept(AGENT.encode())
    assert accepted.text == AGENT
    contact = contact_from_vcard(AGENT)
    assert (contact.formatted_name, [phone.number for phone in contact.phones]) == ("Anna Muster", ["1"])
    assert AGENT.split("TEL:1")[0] in vcard_with(AGENT, replace(contact, phones=()))
    assert "AGENT:BEGIN:VCARD\\nVERSION:2.1\\nFN:Inner\\nTEL:9\\nEND:VCARD" in values(as_version(AGENT, "3.0"))
    assert list(split_cards(AGENT.encode())) == [(1, AGENT.encode())]


def test_VC_80_a_4_0_card_is_shown_to_a_3_0_phone_and_loses_nothing_by_its_edit():
    stored = card("N:Muster;Anna;;;", "EMAIL;PREF=20;PID=1.1:a@b.de", "KIND:individual", "BDAY:--0509", "LANG:de",
                  'TEL;VALUE=uri;TYPE="work,voice":tel:+49-1', "BDAY:199604", version="4.0")  # fmt: skip
    shown = as_version(stored, "3.0")
    assert {"TEL;TYPE=work,voice:+49-1", "EMAIL:a@b.de", "VERSION:3.0"} <= set(values(shown))
    assert "KIND" not in shown and "BDAY:199604" not in shown
    edited = shown.replace("a@b.de", "c@d.de").replace("Anna;;;", "Eva;;;")
    back = carried_over(stored, edited)
    assert back == stored.replace("EMAIL;PREF=20;PID=1.1:a@b.de", "EMAIL;PREF=20;PID=1.1:c@d.de").replace(
        "Anna;;;", "Eva;;;"
    )
