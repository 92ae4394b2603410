"""The catalogues hold every text of the page, with the same placeholders."""

import re

import pytest

from bridge.web.cataloguing import SOURCES, files, missing, read, texts

CATALOGUES = dict(files())


@pytest.fixture(scope="module")
def said():
    return texts()


def every(text):
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("code", CATALOGUES)
def test_no_text_lacks_a_translation(said, code):
    catalogue = read(code, CATALOGUES[code])
    known = {each.id for each in catalogue if each.id}
    assert [each.id for each in said if each.id and each.id not in known] == [], "make translations, and translate"
    assert [each.id for each in missing(catalogue)] == []


@pytest.mark.parametrize("code", CATALOGUES)
def test_no_translation_is_of_a_text_that_is_said_no_more(said, code):
    assert [each.id for each in read(code, CATALOGUES[code]) if each.id and each.id not in said] == []


@pytest.mark.parametrize("code", CATALOGUES)
def test_a_translation_has_the_placeholders_of_its_text(code):
    for each in read(code, CATALOGUES[code]):
        wanted = {name for text in every(each.id) for name in re.findall(r"%\(\w+\)s|%%", text)}
        for text in every(each.string):
            assert set(re.findall(r"%\(\w+\)s|%%", text)) == wanted, text


def test_no_text_stands_where_the_tool_does_not_look():
    """Before Python 3.12 a call within an f-string is not found."""
    for file in SOURCES.rglob("*.py"):
        assert not re.search(r"""f"[^"\n]*\{[^}"\n]*\b(_|said|counted)\(""", file.read_text()), file


def test_a_text_that_is_not_translated_is_seen(said):
    catalogue = read("nl", CATALOGUES["nl"])
    catalogue["Devices"].string = ""
    catalogue["Inbox"].flags.add("fuzzy")
    assert [each.id for each in missing(catalogue)] == ["Devices", "Inbox"]
