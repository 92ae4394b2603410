"""A multiget reads the same whether its hrefs are taken off first or the whole body is parsed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_plugin.dav import bodies
from storage_plugin.dav.bodies import Multiget, read_report
from storage_plugin.dav.hrefs_apart import STAND_IN, hrefs_apart
from storage_plugin.dav.http import HttpError

NS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'
FRAME = f"<C:addressbook-multiget {NS}><D:prop><D:getetag/></D:prop>{{}}</C:addressbook-multiget>"
BODIES = {
    "side by side": FRAME.format("<D:href>/a/1.vcf</D:href><D:href>/a/2.vcf</D:href>"),
    "line by line": FRAME.format("\r\n <D:href>/a/1.vcf</D:href>\n\t<D:href>/a/2.vcf</D:href>\n"),
    "one twice": FRAME.format("<D:href>/a/1.vcf</D:href><D:href>/a/2.vcf</D:href><D:href>/a/1.vcf</D:href>"),
    "none": FRAME.format(""),
    "empty": FRAME.format("<D:href></D:href><D:href>/a</D:href>"),
    "blanks around": FRAME.format("<D:href> /a/1.vcf </D:href><D:href>\n/a/2.vcf</D:href>"),
    "escaped": FRAME.format("<D:href>/a/1&amp;2.vcf</D:href><D:href>/a/&#65;.vcf</D:href>"),
    "percent": FRAME.format("<D:href>/a/%C3%A4.vcf</D:href>"),
    "not ascii": FRAME.format("<D:href>/a/ä.vcf</D:href>"),
    "two prefixes": FRAME.format('<D:href>/a</D:href><X:href xmlns:X="DAV:">/b</X:href><D:href>/c</D:href>'),
    "other namespace": FRAME.format('<x><D:href xmlns:D="urn:x">/a</D:href></x><C:href>/b</C:href>'),
    "in a comment": FRAME.format("<!-- <D:href>/a</D:href> --><D:href>/b</D:href>"),
    "only in a comment": FRAME.format("<!-- <D:href>/a</D:href> -->"),
    "in CDATA": FRAME.format("<x><![CDATA[<D:href>/a</D:href>]]></x>"),
    "deeper": FRAME.format("<x><D:href>/a</D:href><D:href>/b</D:href></x>"),
    "nested": FRAME.format("<D:href>/a<D:href>/b</D:href></D:href>"),
    "text between": FRAME.format("<D:href>/a</D:href>and<D:href>/b</D:href>"),
    "element between": FRAME.format("<D:href>/a</D:href><x/><D:href>/b</D:href>"),
    "redefined": FRAME.format('<x xmlns:D="urn:y"><D:href>/a</D:href></x><D:href>/b</D:href>'),
    "stand-in": FRAME.format(f"<D:href>{STAND_IN}</D:href>"),
    "no prefix": '<addressbook-multiget xmlns="urn:ietf:params:xml:ns:carddav"><href xmlns="DAV:">/a</href><href>'
    "/b</href></addressbook-multiget>",
    "another report": f"<D:sync-collection {NS}><D:href>/a</D:href></D:sync-collection>",
}
BROKEN = {
    "unclosed": FRAME.format("<D:href>/a</D:href><D:href>/b"),
    "unknown prefix": "<C:addressbook-multiget xmlns:C='urn:ietf:params:xml:ns:carddav'><D:href>/a</D:href>"
    "</C:addressbook-multiget>",
    "DTD": "<!DOCTYPE x>" + BODIES["side by side"],
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_reads_the_same_taken_apart(name: str) -> None:
    body = BODIES[name].encode()
    assert read_report(body) == bodies._report(body)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_refused_all_the_same(name: str) -> None:
    with pytest.raises(HttpError) as refused:
        read_report(BROKEN[name].encode())
    assert refused.value.status == 400


_HREFS = st.lists(st.text(st.sampled_from("ab/.%&; <>-\n\u00e4"), max_size=6), max_size=4)


@given(_HREFS, st.sampled_from(["", "\n", " ", "<x/>", "<!-- -->"]))
def test_any_hrefs_read_the_same_taken_apart(texts: list[str], between: str) -> None:
    body = FRAME.format(between.join(f"<D:href>{text}</D:href>" for text in texts)).encode()
    try:
        expected: object = bodies._report(body)
    except HttpError as error:
        expected = error.status
    try:
        found: object = read_report(body)
    except HttpError as error:
        found = error.status
    assert found == expected


def test_the_usual_multiget_is_taken_apart() -> None:
    apart = hrefs_apart(BODIES["line by line"].encode())
    assert apart is not None and apart.hrefs == ("/a/1.vcf", "/a/2.vcf")
    assert read_report(BODIES["side by side"].encode()) == Multiget(
        ("/a/1.vcf", "/a/2.vcf"), bodies.Wanted(("{DAV:}getetag",))
    )
