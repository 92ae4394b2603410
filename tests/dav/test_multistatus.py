"""The fast writer: whatever a card says, the answer is XML, and says it."""

from __future__ import annotations

from xml.etree.ElementTree import XML

from hypothesis import example, given
from hypothesis import strategies as st

from storage_plugin.dav.multistatus import Shape, escaped, members, multistatus, plain_text
from storage_plugin.model.book import Card

HEAD, MIDDLE = "<response><href>", "</href><getetag>"
CLOSE, TAIL = "</getetag>", "</response>"
TEXTS = st.text(st.sampled_from("ab<>&]\r\n\t\0\x01\x0b\x1f\ufffe\uffff\ud800\U0001f642") | st.characters(codec=None))


def _says(slots: tuple[tuple[str, object, str], ...], texts: list[str]) -> list[str]:
    cards = [Card(f"{at}.vcf", f"c{at}-1", "", text, text, "3.0", "") for at, text in enumerate(texts)]
    shape = Shape(HEAD, MIDDLE, CLOSE, TAIL, slots)  # type: ignore[arg-type]
    root = XML(multistatus(members(shape, cards)).body)
    assert [each.findtext("{DAV:}getetag") for each in root] == [card.etag for card in cards]
    return [each.findtext("{DAV:}data") or "" for each in root]


@example(["\ufffe", "a\uffffb", "\x1f", "<&>\r\n"])
@given(st.lists(TEXTS, max_size=5))
def test_what_cards_say_arrives_without_what_xml_cannot_carry(texts: list[str]) -> None:
    fit = [_without_what_xml_cannot_carry(text) for text in texts]
    assert _says((("<data>", plain_text, "</data>"),), texts) == fit
    in_another_way = (("<data>", lambda card: escaped(card.text), "</data>"),)
    assert _says(in_another_way, texts) == fit


def _without_what_xml_cannot_carry(text: str) -> str:
    text = "".join("?" if "\ud800" <= each <= "\udfff" else each for each in text)
    return "".join(each for each in text if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))
