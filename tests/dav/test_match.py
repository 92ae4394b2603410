"""RFC 6352 10.5, row by row."""

from xml.etree.ElementTree import fromstring

import pytest

from storage_plugin.dav.filters import read_filter
from storage_plugin.dav.http import HttpError
from storage_plugin.dav.match import is_exact, matches, needles
from storage_plugin.model.view import folded
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.search import search_text, values_of
from tests.dav.client import NS, vcard

ALICE = vcard(
    "alice",
    "Alice Gopher",
    "NICKNAME:Ally,Al",
    "item1.EMAIL;TYPE=work:alice@work.example",
    "item2.EMAIL;TYPE=HOME;TYPE=pref:alice@home.example",
    "ORG:ACME\\, Inc.;Sales",
    "CATEGORIES:Customer,Important",
    "NOTE:Straße; Zu\u0308rich",
    "TEL:+49 1",
)
BOB = vcard("bob", "Bob Müller", "EMAIL:bob@example.com", "PHOTO;ENCODING=b;TYPE=JPEG:QUJD")


def _filter(inner: str, test: str = "") -> str:
    return f"<CR:filter {NS} {test}>{inner}</CR:filter>"


def _prop(name: str, inner: str = "", test: str = "") -> str:
    return f'<CR:prop-filter name="{name}" {test}>{inner}</CR:prop-filter>'


def _text(text: str, more: str = "") -> str:
    return f"<CR:text-match {more}>{text}</CR:text-match>"


NOT = 'negate-condition="yes"'
ALL = 'test="allof"'
UNDEFINED = "<CR:is-not-defined/>"

ROWS = [
    ("an empty filter lets all through", "", "", "AB"),
    ("a property that is there", _prop("NICKNAME"), "", "A"),
    ("in any case of letters", _prop("nickname"), "", "A"),
    ("a property that is not there", _prop("NICKNAME", UNDEFINED), "", "B"),
    ("a picture that is there", _prop("PHOTO"), "", "B"),
    ("a picture that is not there", _prop("PHOTO", UNDEFINED), "", "A"),
    ("a picture holds no text", _prop("PHOTO", _text("QUJD")), "", ""),
    (
        "a picture's parameter",
        _prop("PHOTO", f'<CR:param-filter name="TYPE">{_text("jpeg")}</CR:param-filter>'),
        "",
        "B",
    ),
    ("contains is the default", _prop("EMAIL", _text("home")), "", "A"),
    ("case does not matter by default", _prop("FN", _text("ALICE")), "", "A"),
    ("nor outside of ASCII", _prop("FN", _text("MÜLLER")), "", "B"),
    ("NFC and NFD are equal", _prop("NOTE", _text("zürich")), "", "A"),
    ("a text from NFD", _prop("FN", _text("mu\u0308ller")), "", "B"),
    ("octet is exact", _prop("FN", _text("alice", 'collation="i;octet"')), "", ""),
    ("octet finds", _prop("FN", _text("Alice", 'collation="i;octet"')), "", "A"),
    ("ascii-casemap folds ASCII", _prop("FN", _text("BOB M", 'collation="i;ascii-casemap"')), "", "B"),
    ("ascii-casemap leaves the rest", _prop("FN", _text("MÜLLER", 'collation="i;ascii-casemap"')), "", ""),
    ("equals", _prop("FN", _text("bob müller", 'match-type="equals"')), "", "B"),
    ("equals is not contains", _prop("FN", _text("bob", 'match-type="equals"')), "", ""),
    ("starts-with", _prop("EMAIL", _text("bob@", 'match-type="starts-with"')), "", "B"),
    ("ends-with", _prop("EMAIL", _text(".com", 'match-type="ends-with"')), "", "B"),
    ("one item of a list", _prop("CATEGORIES", _text("important", 'match-type="equals"')), "", "A"),
    ("one part of a name", _prop("N", _text("alice gopher", 'match-type="equals"')), "", "A"),
    ("escapes are undone", _prop("ORG", _text("ACME, Inc.", 'match-type="equals"')), "", "A"),
    ("negated", _prop("FN", _text("alice", NOT)), "", "B"),
    ("negated: one of two values does not contain", _prop("EMAIL", _text("work", NOT)), "", "AB"),
    ("negated: both values contain", _prop("EMAIL", _text("alice", NOT)), "", "B"),
    ("negated: a property that is not there", _prop("NICKNAME", _text("zzz", NOT)), "", "A"),
    ("negated: a list is one value", _prop("CATEGORIES", _text("customer", f'{NOT} match-type="equals"')), "", ""),
    ("group and name", _prop("item1.EMAIL", _text("work")), "", "A"),
    ("the other group", _prop("item2.EMAIL", _text("work")), "", ""),
    ("group in any case", _prop("ITEM2.email"), "", "A"),
    ("a group that is not there", _prop("item9.EMAIL", UNDEFINED), "", "AB"),
    ("two texts, any", _prop("FN", _text("alice") + _text("bob")), "", "AB"),
    ("two texts, all", _prop("FN", _text("alice") + _text("bob"), ALL), "", ""),
    ("all on the same value", _prop("EMAIL", _text("work") + _text("home"), ALL), "", ""),
    ("two properties, any", _prop("NICKNAME") + _prop("FN", _text("bob")), "", "AB"),
    ("two properties, all", _prop("NICKNAME") + _prop("FN", _text("bob")), ALL, ""),
    ("a parameter that is there", _prop("EMAIL", '<CR:param-filter name="TYPE"/>'), "", "A"),
    (
        "a parameter that is not there",
        _prop("EMAIL", f'<CR:param-filter name="TYPE">{UNDEFINED}</CR:param-filter>'),
        "",
        "B",
    ),
    (
        "a parameter's value",
        _prop("EMAIL", f'<CR:param-filter name="type">{_text("home")}</CR:param-filter>'),
        "",
        "A",
    ),
    (
        "parameter and text on the same value",
        _prop("EMAIL", _text("work") + f'<CR:param-filter name="TYPE">{_text("home")}</CR:param-filter>', ALL),
        "",
        "",
    ),
    ("an empty text is in every value", _prop("NICKNAME", _text("")), "", "A"),
]


@pytest.mark.parametrize(("inner", "test", "found"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_filters(inner: str, test: str, found: str) -> None:
    filter = read_filter(fromstring(_filter(inner, test)))
    assert [name for name, card in (("A", ALICE), ("B", BOB)) if matches(filter, card)] == list(found)


@pytest.mark.parametrize(("inner", "test", "found"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_no_card_that_matches_is_left_out_of_the_candidates(inner: str, test: str, found: str) -> None:
    texts, every = needles(read_filter(fromstring(_filter(inner, test))))
    assert all(needle.text == folded(needle.text) for needle in texts)
    for name, card in (("A", ALICE), ("B", BOB)):
        if texts and name in found:
            assert (all if every else any)(needle.text in search_text(card) for needle in texts)


def test_needles_say_what_every_match_contains() -> None:
    def of(inner: str, test: str = "") -> tuple[list[tuple[str, str]], bool]:
        found, every = needles(read_filter(fromstring(_filter(inner, test))))
        return [tuple(needle) for needle in found], every

    assert of(_prop("FN", _text("Ä"))) == ([("ä", "FN")], False)
    assert of(_prop("item1.email", _text("a"))) == ([("a", "EMAIL")], False)
    assert of(_prop("FN", _text("a")) + _prop("NICKNAME")) == ([], False)
    assert of(_prop("FN", _text("a")) + _prop("NICKNAME"), ALL) == ([("a", "FN")], True)
    assert of(_prop("FN", _text("a")) + _prop("EMAIL", _text("b")), ALL) == ([("a", "FN"), ("b", "EMAIL")], True)
    assert of(_prop("FN", _text("a", NOT))) == ([], False)
    assert of(_prop("FN", _text("Cafe", 'collation="i;octet"'))) == ([("caf", "FN")], False)


@pytest.mark.parametrize(("inner", "test", "found"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_called_exact_is_decided_by_its_needle_alone(inner: str, test: str, found: str) -> None:
    filter = read_filter(fromstring(_filter(inner, test)))
    if is_exact(filter):
        (needle,), _ = needles(filter)
        for name, card in (("A", ALICE), ("B", BOB)):
            values = [folded(value.text) for value in values_of(parse(card), needle.property)]
            assert any(needle.text in value for value in values) == (name in found)


@pytest.mark.parametrize(
    ("inner", "status"),
    [
        (_prop("FN", _text("a", 'collation="i;klingon"')), 403),
        (_prop("FN", _text("a", 'match-type="like"')), 400),
        (_prop("FN", "<CR:nonsense/>"), 400),
        (_prop(""), 400),
        ("<nonsense/>", 400),
        (_prop("FN") * 200, 403),
    ],
)
def test_what_is_no_filter_is_refused(inner: str, status: int) -> None:
    with pytest.raises(HttpError) as refused:
        read_filter(fromstring(_filter(inner)))
    assert refused.value.status == status
