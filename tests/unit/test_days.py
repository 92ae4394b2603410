"""Days and times as people of each language write them."""

from __future__ import annotations

import pytest

from bridge.web.languages import NAMES, language

WRITTEN = {
    "en": ("15 Apr 1980", "15 April"),
    "nl": ("15 apr 1980", "15 april"),
    "da": ("15. apr. 1980", "15. april"),
    "nb": ("15. apr. 1980", "15. april"),
    "de": ("15.04.1980", "15. April"),
}


@pytest.mark.parametrize("code", NAMES)
def test_a_day_is_written_as_in_the_language(code: str) -> None:
    said = language(code)
    assert (said.day("1980-04-15"), said.day("--04-15")) == WRITTEN[code]
    assert said.time("1980-04-15T12:00:00.000Z").startswith(WRITTEN[code][0])
    assert (said.day("soon"), said.time("")) == ("soon", "")
