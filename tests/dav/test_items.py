"""GET, PUT, DELETE and MOVE of one card (RFC 9110 13, RFC 6352 6.3.2, RFC 4918 9.9)."""

import io

import pytest

from storage_plugin.database.incoming import MAX_CARD_LINES
from storage_plugin.dav.http import MAX_RESOURCE_SIZE
from storage_plugin.dav.unread import MAX_DROPPED
from tests.dav.client import CR, Client, D, vcard
from tests.dav.conftest import Server

HREFS = [
    "urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1.vcf",
    "4D2F-ABSPlugin.vcf",
    "A9:ABPerson.vcf",
    "what?.vcf",
    "50%.vcf",
    "%41.vcf",
    "a b.vcf",
    " .vcf ",
    "Jürgen Groß.vcf",
    "山田太郎.vcf",
    "👩‍👩‍👧.vcf",
    ".hidden",
    "no-extension",
    "a'b\"c*d,e;f&g<h>i|j\\k#l.vcf",
    "x" * 255,
    "ü" * 255,
]


def encoded(href: str) -> str:
    from urllib.parse import quote

    return quote(href, safe="")


@pytest.mark.parametrize("href", HREFS)
def test_any_name_works_for_put_get_sync_multiget_and_delete(phone: Client, href: str) -> None:
    text = vcard("1")
    assert phone.put(encoded(href), text).status == 201
    assert phone.get(encoded(href)).text == text
    (listed,) = phone.sync().living
    assert listed == phone.book + encoded(href)
    assert phone.propfind(phone.book, "<getetag/>", "1").living[-1] == listed
    assert phone.multiget([listed.replace("&", "&amp;")]).living == [listed]
    assert phone.query('<CR:filter><CR:prop-filter name="UID"/></CR:filter>').living == [listed]
    assert phone("DELETE", listed).status == 204
    assert phone.get(encoded(href)).status == 404


@pytest.mark.parametrize("href", ["x" * 256, "ü" * 256, "a%00b", "a%0Ab", "%FF%FE", "..", ".", "a%2Fb", "%EF%BF%BE"])
def test_a_name_that_cannot_be_is_4xx_and_nothing_is_stored(phone: Client, href: str) -> None:
    assert 400 <= phone.put(href, vcard("1")).status < 500
    assert 400 <= phone.get(href).status < 500 or href in (".", "..")
    assert phone.sync().living == []


def test_vc65_any_uid_is_stored(phone: Client) -> None:
    for at, uid in enumerate(("1234", "a/b c.vcf", "x" * 300)):
        assert phone.put(f"{at}.vcf", vcard(uid, "A")).status == 201
        assert phone.get(f"{at}.vcf").text == vcard(uid, "A")


def test_vc66_the_same_uid_under_another_name_is_a_conflict_that_names_the_card(phone: Client) -> None:
    phone.put("ä 1.vcf".replace(" ", "%20"), vcard("1"))
    reply = phone.put("2.vcf", vcard("1"))
    assert (reply.status, reply.error) == (409, {f"{CR}no-uid-conflict"})
    assert reply.xml.findtext(f".//{D}href") == "/alice/contacts/%C3%A4%201.vcf"
    assert phone.get("2.vcf").status == 404


def test_vc82_a_stale_if_match_is_412_and_nothing_changes(phone: Client) -> None:
    first = phone.put("1.vcf", vcard("1", "One"))
    second = phone.put("1.vcf", vcard("1", "Two"), If_Match=str(first.etag))
    assert phone.put("1.vcf", vcard("1", "Three"), If_Match=str(first.etag)).status == 412
    assert phone("DELETE", phone.book + "1.vcf", headers={"If-Match": str(first.etag)}).status == 412
    assert phone.get("1.vcf").etag == second.etag


def test_vc83_an_etag_is_given_only_for_what_is_stored_as_sent(phone: Client) -> None:
    made = phone.put("1.vcf", vcard("1"))
    assert made.etag == phone.get("1.vcf").etag
    without_fn = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:2\r\nN:Doe;Jane;;;\r\nEND:VCARD\r\n"
    repaired = phone.put("2.vcf", without_fn)
    assert (repaired.status, repaired.etag) == (201, None)


def test_vc78_two_cards_in_one_put_are_refused_with_a_reason(phone: Client) -> None:
    reply = phone.put("1.vcf", vcard("1") + vcard("2"))
    assert reply.status == 400
    assert f"{CR}valid-address-data" in reply.error
    assert b"<!-- " in reply.body


@pytest.mark.parametrize(
    "body",
    ["BEGIN:VLIST\r\nUID:1\r\nFN:x\r\nEND:VLIST\r\n", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "hello", "", "\0"],
)
def test_vc89_what_is_no_vcard_is_refused_with_valid_address_data(phone: Client, body: str) -> None:
    reply = phone.put("1.vcf", body)
    assert (reply.status, f"{CR}valid-address-data" in reply.error) == (403, True)
    assert phone.get("1.vcf").status == 404


def test_a_refusal_is_xml_whatever_the_card_held(phone: Client) -> None:
    for body in (b"BEGIN:VCARD\r\n\x01\xff]]>&<\0", b"\xef\xbf\xbe<x>", vcard("1") + "\x02\ufffe&" + vcard("2")):
        assert f"{CR}valid-address-data" in phone.put("1.vcf", body).error


def test_a_body_of_another_type_is_refused_with_supported_address_data(phone: Client) -> None:
    for kind in ("text/calendar", "application/json", "text/vcard+xml", "nonsense"):
        reply = phone("PUT", phone.book + "1.vcf", vcard("1"), {"Content-Type": kind})
        assert (reply.status, f"{CR}supported-address-data" in reply.error) == (415, True)
    assert phone("PUT", phone.book + "1.vcf", vcard("1")).status == 201


def test_vc26_a_large_photo_is_taken_and_a_card_above_the_limit_is_refused(phone: Client) -> None:
    photo = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 500_000
    text = vcard("1", "A", photo)
    assert phone.put("1.vcf", text).status == 201
    assert phone.get("1.vcf").text == text
    limit = phone.propfind(phone.book, "<CR:max-resource-size/>").props(phone.book)[f"{CR}max-resource-size"]
    assert limit.text == str(MAX_RESOURCE_SIZE)
    reply = phone("PUT", phone.book + "2.vcf", "x" * (MAX_RESOURCE_SIZE + 1))
    assert (reply.status, f"{CR}max-resource-size" in reply.error) == (413, True)


def test_a_card_of_more_lines_than_anybody_reads_is_refused(phone: Client) -> None:
    folded = "NOTE:" + "\r\n folded" * (MAX_CARD_LINES + 1)
    assert phone.put("1.vcf", vcard("1", "A", folded)).status == 201
    frame = vcard("2").count("\n")
    fits = ["TEL:1"] * (MAX_CARD_LINES - frame)
    reply = phone("PUT", phone.book + "2.vcf", vcard("2", "A", *fits, "TEL:1"))
    assert (reply.status, f"{CR}max-resource-size" in reply.error) == (413, True)
    assert phone.get("2.vcf").status == 404
    assert phone.put("2.vcf", vcard("2", "A", *fits)).status == 201
    members = (f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{number}" for number in range(MAX_CARD_LINES))
    assert phone.put("3.vcf", vcard("3", "All", "X-ADDRESSBOOKSERVER-KIND:group", *members)).status == 201


def test_a_chunked_body_is_taken_up_to_the_limit(phone: Client) -> None:
    def chunked(body: io.BufferedIOBase) -> int:
        more = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input": body}
        return phone("PUT", phone.book + "1.vcf", **more).status

    assert chunked(io.BytesIO(vcard("1").encode())) == 201

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            Endless.given += size
            return b"x" * size

    assert chunked(Endless()) == 413  # type: ignore[arg-type]
    assert Endless.given < MAX_RESOURCE_SIZE * 1.1 + MAX_DROPPED


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "٣", "1 2", "+5", "999999999999999999999999", "99"])
def test_a_garbage_content_length_is_4xx(phone: Client, length: str) -> None:
    assert 400 <= phone("PUT", phone.book + "1.vcf", vcard("1")[:50], CONTENT_LENGTH=length).status < 500


def test_preconditions_of_put(phone: Client) -> None:
    assert phone.put("1.vcf", vcard("1"), If_Match="*").status == 412
    assert phone.put("1.vcf", vcard("1"), If_Match='"x"').status == 412
    etag = phone.put("1.vcf", vcard("1"), If_None_Match="*").etag
    assert phone.put("1.vcf", vcard("1"), If_None_Match="*").status == 412
    assert phone.put("1.vcf", vcard("1", "B"), If_None_Match=f'"x", {etag}').status == 412
    assert phone.put("1.vcf", vcard("1", "B"), If_None_Match=f"W/{etag}").status == 412, "compared weakly"
    assert phone.put("1.vcf", vcard("1", "B"), If_Match=f"W/{etag}").status == 412, "compared strongly"
    assert phone.put("1.vcf", vcard("1", "B"), If_Match='"x", "y"').status == 412
    assert phone.put("1.vcf", vcard("1", "B"), If_Match='""').status == 412
    assert phone.put("1.vcf", vcard("1", "B"), If_Match=",,,").status == 412
    assert phone.put("1.vcf", vcard("1", "B"), If_Match=f'"x",{etag} , "y"').status == 204
    assert phone.put("1.vcf", vcard("1", "C"), If_Match="*").status == 204
    assert phone.put("1.vcf", vcard("1", "D"), If_None_Match='"x"').status == 204


def test_preconditions_of_get(phone: Client) -> None:
    etag = str(phone.put("1.vcf", vcard("1")).etag)
    unchanged = phone.get("1.vcf", If_None_Match=f'"x", W/{etag}')
    assert (unchanged.status, unchanged.etag, unchanged.body) == (304, etag, b"")
    assert "Content-Length" not in unchanged.headers
    assert phone.get("1.vcf", If_None_Match="*").status == 304
    assert phone.get("1.vcf", If_None_Match='"x"').status == 200
    assert phone.get("1.vcf", If_Match='"x"').status == 412


def test_head_is_get_without_a_body(phone: Client) -> None:
    phone.put("1.vcf", vcard("1"))
    got, head = phone.get("1.vcf"), phone("HEAD", phone.book + "1.vcf")
    assert (head.status, head.body) == (200, b"")
    assert head.headers == got.headers
    assert got.headers["Content-Length"] == str(len(got.body))
    assert got.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert got.headers["Last-Modified"].endswith(" GMT")


def test_get_of_the_book_is_one_file(phone: Client) -> None:
    phone.put("1.vcf", vcard("1"))
    phone.put("2.vcf", vcard("2").rstrip())
    assert phone("GET", phone.book).text == vcard("1") + vcard("2")


def test_delete_of_what_is_not_there_is_404(phone: Client) -> None:
    assert phone("DELETE", phone.book + "1.vcf").status == 404
    assert phone("DELETE", "/alice/calendar/").status == 404


def test_a_card_can_be_renamed(phone: Client) -> None:
    phone.put("1.vcf", vcard("1"))
    before = phone.sync()
    moved = phone("MOVE", phone.book + "1.vcf", headers={"Destination": "http://localhost/alice/contacts/%C3%BC.vcf"})
    assert moved.status == 201
    after = phone.sync(before.token)
    assert (after.living, after.gone) == (["/alice/contacts/%C3%BC.vcf"], ["/alice/contacts/1.vcf"])
    assert phone.get("%C3%BC.vcf").text == vcard("1")


def test_a_move_has_its_preconditions(phone: Client) -> None:
    group = vcard("g", "Friends", "X-ADDRESSBOOKSERVER-KIND:group")
    for name, text in (("1.vcf", vcard("1")), ("g.vcf", group)):
        etag = str(phone.put(name, text).etag)
        there = {"Destination": f"/alice/contacts/new-{name}"}
        assert phone("MOVE", phone.book + name, headers={**there, "If-Match": '"stale"'}).status == 412
        assert phone("MOVE", phone.book + name, headers={**there, "If-None-Match": etag}).status == 412
        assert phone("MOVE", phone.book + "none.vcf", headers={**there, "If-Match": "*"}).status == 412
        assert phone("MOVE", phone.book + "none.vcf", headers=there).status == 404
        assert phone("MOVE", phone.book + name, headers={**there, "If-Match": etag}).status == 201


def test_move_over_another_card_respects_overwrite(phone: Client) -> None:
    phone.put("1.vcf", vcard("1"))
    phone.put("2.vcf", vcard("2"))
    source, there = phone.book + "1.vcf", phone.book + "2.vcf"
    assert phone("MOVE", source, headers={"Destination": there, "Overwrite": "F"}).status == 412
    assert phone.get("2.vcf").text == vcard("2")
    assert phone("MOVE", source, headers={"Destination": there, "If-Match": '"x"'}).status == 412
    assert phone("MOVE", source, headers={"Destination": there, "Overwrite": "T"}).status == 204
    assert phone.get("2.vcf").text == vcard("1")
    assert phone.get("1.vcf").status == 404


@pytest.mark.parametrize(
    ("destination", "status"),
    [
        ("", 403),
        ("/alice/", 403),
        ("/alice/contacts/", 403),
        ("/", 403),
        ("/bob/contacts/1.vcf", 403),
        ("/alice/calendar/1.vcf", 403),
        ("http://elsewhere.example/alice/contacts/2.vcf", 403),
        ("/alice/contacts/1.vcf", 403),
        ("/alice/contacts/%FF", 400),
        ("/alice/contacts/../x", 400),
        ("http://[::1", 403),
        ("/alice/contacts/" + "x" * 256, 400),
    ],
)
def test_a_card_cannot_be_moved_elsewhere(server: Server, phone: Client, destination: str, status: int) -> None:
    phone.put("1.vcf", vcard("1"))
    assert phone("MOVE", phone.book + "1.vcf", headers={"Destination": destination}).status == status
    assert phone.sync().living == ["/alice/contacts/1.vcf"]


WRITES = ["PUT", "DELETE", "MOVE", "MKCOL", "MKCALENDAR", "POST", "COPY", "LOCK", "PATCH", "ACL", "BIND", "Nonsense"]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("url", ["/", "/alice", "/alice/", "/alice/contacts", "/alice/contacts/", "/alice/new/"])
def test_the_book_and_what_is_above_it_cannot_be_changed(phone: Client, method: str, url: str) -> None:
    phone.put("1.vcf", vcard("1"))
    before = phone.sync()
    reply = phone(method, url, vcard("2"), {"Destination": "/alice/contacts/x.vcf"})
    assert 400 <= reply.status < 500
    assert reply.status == 405 or method in WRITES[:5]
    after = phone.sync()
    assert (after.living, after.token) == (before.living, before.token)


def test_another_address_book_is_refused(phone: Client) -> None:
    reply = phone("MKCOL", "/alice/second/")
    assert (reply.status, f"{CR}addressbook-collection-location-ok" in reply.error) == (403, True)


def test_vc76_a_card_of_version_2_1_is_taken_and_served_as_3_0(phone: Client) -> None:
    lines = ["BEGIN:VCARD", "VERSION:2.1", "N:Abel;Anna", "FN:Anna Abel", "TEL;WORK;VOICE:+49 30 1"]
    lines += ["NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Stra=C3=9Fe", "UID:old", "END:VCARD", ""]
    assert phone.put("old.vcf", "\r\n".join(lines)).status == 201
    served = phone.get("old.vcf").text
    assert "VERSION:3.0" in served and "NOTE:Straße" in served and "TEL;TYPE=WORK" in served
    assert "2.1" not in served and "QUOTED" not in served
