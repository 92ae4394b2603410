"""Laws of the text layer: lines, intake, binaries and search lose nothing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from storage_plugin.model.view import folded
from storage_plugin.vcard.binaries import put_back, refers_to, take_out
from storage_plugin.vcard.intake import NotAVCard, accept, split_cards
from storage_plugin.vcard.lines import escape, fold, make_line, parse, split_list, split_structured, unescape
from storage_plugin.vcard.search import may_have, search_text, values_of
from tests.unit.vcard.strategies import SIGNS, cards, law, lines

ANYTHING = st.text(max_size=200) | st.lists(lines() | st.text(SIGNS, max_size=20), max_size=8).map("".join)


@law
@given(ANYTHING)
def test_joining_the_lines_gives_the_text(text):
    assert parse(text).text == text


@law
@given(ANYTHING)
def test_head_and_value_of_a_line_are_its_text(text):
    for line in parse(text).lines:
        if line.name:
            rest = line.raw[len(line.raw_head) + len(line.raw_value) :]
            assert line.raw_head + line.raw_value + rest == line.raw and not rest.strip("\r\n")
        assert all(isinstance(value, str) for _, values in line.params for value in values)


@law
@given(st.text(SIGNS))
def test_unescaping_undoes_escaping(text):
    assert unescape(escape(text)) == re.sub("\r\n?", "\n", text)


@law
@given(st.lists(st.text(SIGNS), min_size=1))
def test_splitting_undoes_joining(texts):
    escaped = [escape(text) for text in texts]
    assert split_structured(";".join(escaped)) == escaped
    assert split_list(",".join(escaped)) == escaped


@law
@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=300))
def test_folding_keeps_the_text_within_75_octets(text):
    folded_text = fold("X:" + text)
    assert parse(folded_text).lines[0].value == text
    pieces = folded_text.removesuffix("\r\n").split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    if ":" not in text:
        assert not any(piece.startswith(" :") for piece in pieces)


@law
@given(st.text(SIGNS, min_size=1), st.text(SIGNS))
def test_parameters_are_read_as_they_were_written(value, other):
    raw = make_line("item1", "X-FOO", [("X-A", (value,)), ("X-B", (other, value))], "v")
    line = parse(raw).lines[0]
    wanted = [re.sub("\r\n?", "\n", each) for each in (value, other)]
    assert line.params == (("X-A", (wanted[0],)), ("X-B", (wanted[1], wanted[0])))
    assert (line.group, line.name, line.value) == ("item1", "X-FOO", "v")


@law
@given(st.binary(max_size=200) | ANYTHING.map(lambda text: text.encode("utf-8", "surrogatepass")), st.booleans())
def test_garbage_is_refused_and_never_breaks_the_intake(body, tolerant):
    for candidate in (body, b"BEGIN:VCARD\r\nVERSION:3.0\r\n" + body + b"\r\nEND:VCARD\r\n"):
        try:
            accepted = accept(candidate, "utf-7", tolerant=tolerant, new_uid=lambda: "u")
        except NotAVCard as refusal:
            assert refusal.reason.endswith(".")
        else:
            again = accept(accepted.text.encode())
            assert (again.text, again.repaired) == (accepted.text, False)
            assert again.uid == accepted.uid


@law
@given(cards())
def test_a_sound_card_is_taken_to_the_byte(text):
    accepted = accept(text.encode())
    assert accepted.text == text and not accepted.repaired


@law
@given(st.lists(cards(), max_size=4), st.sampled_from(["", "\r\n", "\n\n"]))
def test_a_file_is_cut_into_its_cards(texts, gap):
    assert [piece.decode() for _, piece in split_cards(gap.join(texts).encode())] == texts


@law
@given(st.binary(max_size=300))
def test_cutting_a_file_loses_only_blank_lines(body):
    kept = b"".join(piece for _, piece in split_cards(body, "utf-8"))
    if not body.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        assert b"".join(kept.split()) == b"".join(body.split())


BIG_HEADS = st.sampled_from(["PHOTO;ENCODING=b;TYPE=JPEG", "item1.PHOTO", "KEY", "X-FOO;ENCODING=BASE64", "LOGO"])
BIG_STARTS = st.sampled_from(["", "data:image/png;base64,", "\r\n "])


@law
@given(cards(), BIG_HEADS, st.integers(0, 3000), st.sampled_from(["\r\n", "\n"]), BIG_STARTS)
def test_binaries_come_back_to_the_byte(text, head, size, end, start):
    value = start + f"{end} ".join(["A" * 70] * (size // 70))
    full = text.replace("END:VCARD", f"{head}:{value}{end}END:VCARD")
    slim, values = take_out(full)
    assert put_back(slim, values) == full
    assert refers_to(slim) == list(values)
    assert len(slim) <= len(full) and take_out(slim) == (slim, {})


@law
@given(cards())
def test_every_value_is_in_the_haystack(text):
    card = parse(text)
    haystack = search_text(text)
    for line in card.lines:
        if line.name not in ("BEGIN", "END", "VERSION"):
            assert all(folded(value.text) in haystack for value in values_of(card, line.name))


@law
@given(cards() | ANYTHING, st.data())
def test_a_word_that_is_found_is_never_said_to_be_missing(text, data):
    words = search_text(text).split() or [""]
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word)))
    part = word[start : data.draw(st.integers(start, len(word)))]
    assert may_have(text, [word, part])
    assert may_have(text, words)


def test_a_word_that_stands_nowhere_need_not_be_looked_for():
    text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna M\u00dcl\r\n ler\\, Dr.\r\nEND:VCARD\r\n"
    assert may_have(text, ["m\u00fcller,", "anna"])
    assert not may_have(text, ["anna", "bert"])
    assert may_have(text.replace("FN:", "FN;ENCODING=quoted-\r\n printable:"), ["bert"])
