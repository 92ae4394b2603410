"""The cases of vcard-cases.md that show only over HTTP: what is PUT is what is GET, but for the list of repairs."""

import pytest

from tests.dav.client import CR, Client, D
from tests.dav.conftest import Server

V3 = ["BEGIN:VCARD", "VERSION:3.0", "UID:1", "FN:Ada", "N:Ada;;;;"]


def card(*lines: str) -> str:
    return "\r\n".join([*V3, *lines, "END:VCARD", ""])


@pytest.mark.parametrize(
    "lines",
    [
        ["NOTE:a, b; c"],
        ["URL:http://example.com/?a=1,2;b"],
        ["TEL:+49 89 1,,123"],
        ["NICKNAME:Spitz,Kurz"],
        ['X-STRUCT;X-P="a;b:c":va\\,lue;x'],
        ["item1.TEL:1", "item1.X-ABLabel:Durchwahl"],
        ["X_FOO:1", "ORG:Acme;"],
        ["NOTE:👩‍👩‍👧 Z\u0308 \u200fעברית"],
        ["NOTE:folded", "  here"],
        pytest.param(["PHOTO;ENCODING=BASE64;TYPE=JPEG:/9j/4AAQSkZJRgABAQ=="], id="VC-19"),
        pytest.param(["ORG:Smith, Jones;Tax"], id="VC-36"),
        pytest.param(["AGENT:BEGIN:VCARD\\nVERSION:3.0\\nFN:Friday\\nEND:VCARD\\n"], id="VC-90"),
    ],
)
def test_what_is_put_is_what_is_got_to_the_byte(phone: Client, lines: list[str]) -> None:
    made = phone.put("1.vcf", card(*lines))
    got = phone.get("1.vcf")
    assert (got.text, got.etag) == (card(*lines), made.etag)
    data = phone.multiget([phone.book + "1.vcf"]).props(phone.book + "1.vcf")[f"{CR}address-data"]
    assert data.text == card(*lines)


def test_line_ends_are_kept_as_sent(phone: Client) -> None:
    text = card("NOTE:x").replace("\r\n", "\n")
    phone.put("1.vcf", text)
    assert phone.get("1.vcf").text == text


def test_vc52_a_fold_inside_a_character_is_joined(phone: Client) -> None:
    octets = card("NOTE:Zürich").encode().replace("ü".encode(), b"\xc3\r\n \xbc")
    made = phone.put("1.vcf", octets)
    assert (made.status, made.etag) == (201, None)
    assert "Zürich" in phone.get("1.vcf").text.replace("\r\n ", "")


def test_vc55_a_byte_order_mark_is_dropped(phone: Client) -> None:
    made = phone.put("1.vcf", b"\xef\xbb\xbf" + card().encode())
    assert (made.status, made.etag) == (201, None)
    assert phone.get("1.vcf").text == card()


def test_vc56_another_charset_becomes_utf8(phone: Client) -> None:
    phone.put("1.vcf", card("NOTE:ü €").encode("cp1252"))
    assert "NOTE:ü €" in phone.get("1.vcf").text
    reply = phone("PUT", phone.book + "2.vcf", card("NOTE:дом").replace("UID:1", "UID:2").encode("koi8-r"),
                  {"Content-Type": 'text/vcard; charset="koi8-r"'})  # fmt: skip
    assert reply.status == 201
    assert "NOTE:дом" in phone.get("2.vcf").text
    nonsense = {"Content-Type": "text/vcard; charset=klingon"}
    assert phone("PUT", phone.book + "1.vcf", card("NOTE:ß"), nonsense).status == 204
    assert "NOTE:ß" in phone.get("1.vcf").text


def test_vc57_control_characters_do_not_reach_xml(phone: Client) -> None:
    made = phone.put("1.vcf", card("NOTE:a\x01b\x0bc\ufffed"))
    assert (made.status, made.etag) == (201, None)
    assert "NOTE:abcd" in phone.get("1.vcf").text
    assert "NOTE:abcd" in str(
        phone.multiget([phone.book + "1.vcf"]).props(phone.book + "1.vcf")[f"{CR}address-data"].text
    )


def test_vc58_markup_in_a_note_is_the_same_after_a_report(phone: Client) -> None:
    text = card("NOTE:]]> & < > &amp; <!-- \" ' -->")
    phone.put("1.vcf", text)
    for reply in (
        phone.multiget([phone.book + "1.vcf"]),
        phone.query('<CR:filter><CR:prop-filter name="NOTE"/></CR:filter>', "<CR:address-data/>"),
    ):
        assert reply.props(phone.book + "1.vcf")[f"{CR}address-data"].text == text


def test_3_0_is_advertised_and_4_0_by_setting(server: Server, phone: Client) -> None:
    def advertised() -> list[str | None]:
        props = phone.propfind(phone.book, "<CR:supported-address-data/>").props(phone.book)
        return [kind.get("version") for kind in props[f"{CR}supported-address-data"]]

    assert advertised() == ["3.0"]
    server.application._offers_v4 = True
    assert advertised() == ["3.0", "4.0"]


def test_one_card_written_past_us_does_not_break_the_answer_for_all(server: Server, phone: Client) -> None:
    phone.put("1.vcf", card("NOTE:marker"))
    with server.database.writing() as connection:
        connection.exec_driver_sql("UPDATE card SET text = replace(text, 'marker', 'a' || char(11, 65534) || 'b')")
    reply = phone.multiget([phone.book + "1.vcf"])
    assert "NOTE:ab" in str(reply.props(phone.book + "1.vcf")[f"{CR}address-data"].text)
    assert reply.props(phone.book + "1.vcf")[f"{D}getetag"].text
