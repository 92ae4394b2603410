"""What a client escaped anew is no edit, and what it edited is one."""

import pytest
from hypothesis import given

from storage_plugin.vcard.reescaping import without_reescaping
from tests.unit.vcard.builders import card
from tests.unit.vcard.strategies import cards, law


@pytest.mark.parametrize(
    ("shown", "sent"),
    [
        ("NOTE:a\\; b", "NOTE:a\\\\; b"),
        ("NOTE:a\\; b", "NOTE:a\\\\\\\\; b"),
        ("NOTE:a\\; b", "NOTE:a; b"),
        ("NOTE:a\\: b", "NOTE:a\\\\: b"),
        ("NOTE:a, b", "NOTE:a\\, b"),
        ("N:M\\;M;Anna;;;", "N:M\\\\\\;M;Anna;;;"),
        ("CATEGORIES:a\\;b,c", "CATEGORIES:a\\\\;b,c"),
        ("item1.X-ABLabel:a\\;b", "item1.X-ABLabel:a\\\\;b"),
    ],
)
def test_backslashes_before_signs_are_no_edit(shown, sent):
    assert without_reescaping(card(shown), card(sent, "TITLE:new")) == card(shown, "TITLE:new")


@pytest.mark.parametrize(
    ("shown", "sent"),
    [
        ("NOTE:a\\; b", "NOTE:a\\\\; c"),
        ("NOTE:C:\\\\new", "NOTE:C:\\new"),
        ("N:M\\;M;Anna;;;", "N:M;M;Anna;;;"),
        ("NICKNAME:a\\,b", "NICKNAME:a,b"),
        ("NOTE:a\\; b", "TITLE:a\\\\; b"),
    ],
)
def test_anything_else_is_an_edit(shown, sent):
    assert without_reescaping(card(shown), card(sent)) == card(sent)


def test_each_of_several_finds_its_own():
    shown = card("X-NOTE:a\\;b", "X-NOTE:c\\;d", "X-NOTE:a\\:b")
    sent = card("X-NOTE;X-P=1:c\\\\;d", "X-NOTE:a\\\\;b", "X-NOTE:a\\:b")
    assert without_reescaping(shown, sent) == card("X-NOTE;X-P=1:c\\;d", "X-NOTE:a\\;b", "X-NOTE:a\\:b")


def test_folds_come_back_as_they_were():
    shown = "NOTE:a\\; b\r\n  folded here"
    assert without_reescaping(card(shown), card("NOTE:a\\\\; b folded here")) == card(shown)


@law
@given(cards(), cards())
def test_a_text_that_was_seen_comes_back_to_the_byte(shown, edited):
    assert without_reescaping(shown, shown) == shown
    once = without_reescaping(shown, edited)
    assert without_reescaping(shown, once) == once
