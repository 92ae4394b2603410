"""The catalogues hold every text of the page and every sentence of the code below it, with the same placeholders."""

import re
from functools import cache

import pytest

from bridge.web.cataloguing import CATALOGUES, SOURCES, files, missing
from bridge.web.languages import read

FILES = {f"{code} {name}": (name, code, file) for name in CATALOGUES for code, file in files(name)}


@pytest.fixture(scope="module")
def said():
    return {name: collect() for name, collect in CATALOGUES.items()}


@cache
def catalogue_in(file, code):
    return read(file, code)


def every(text):
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize(("name", "code", "file"), FILES.values(), ids=FILES)
def test_no_text_lacks_a_translation(said, name, code, file):
    catalogue = catalogue_in(file, code)
    known = {each.id for each in catalogue if each.id}
    lacking = [each.id for each in said[name] if each.id and each.id not in known]
    assert lacking == [], "make translations, and translate"
    assert [each.id for each in missing(catalogue)] == []


@pytest.mark.parametrize(("name", "code", "file"), FILES.values(), ids=FILES)
def test_no_translation_is_of_a_text_that_is_said_no_more(said, name, code, file):
    assert [each.id for each in catalogue_in(file, code) if each.id and each.id not in said[name]] == []


@pytest.mark.parametrize(("name", "code", "file"), FILES.values(), ids=FILES)
def test_a_translation_has_the_placeholders_of_its_text(name, code, file):
    for each in catalogue_in(file, code):
        wanted = {name for text in every(each.id) for name in re.findall(r"%\(\w+\)s|%%", text)}
        for text in every(each.string):
            assert set(re.findall(r"%\(\w+\)s|%%", text)) == wanted, text


def test_no_text_stands_where_the_tool_does_not_look():
    """Before Python 3.12 a call within an f-string is not found."""
    for file in SOURCES.rglob("*.py"):
        assert not re.search(r"""f"[^"\n]*\{[^}"\n]*\b(_|said|counted)\(""", file.read_text()), file


def test_a_text_that_is_not_translated_is_seen():
    catalogue = read(dict(files("messages"))["nl"], "nl")
    catalogue["Devices"].string = ""
    catalogue["Inbox"].flags.add("fuzzy")
    assert [each.id for each in missing(catalogue)] == ["Devices", "Inbox"]
