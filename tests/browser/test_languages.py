"""Every page in every language: nothing in it is left in English, and long words do not make a phone scroll."""

from __future__ import annotations

from gettext import NullTranslations

import pytest
from playwright.sync_api import Browser

from bridge.web.languages import NAMES, language
from tests.browser.finding import pages
from tests.browser.looking import PHONE, entered
from tests.browser.sample import BOSS, COWORKER
from tests.web.site import Site

pytestmark = pytest.mark.slow
OTHERS = [code for code in NAMES if code != "en"]


class English(NullTranslations):
    """What is asked for and is in no catalogue."""

    def __init__(self) -> None:
        super().__init__()
        self.said: set[str] = set()

    def gettext(self, message: str) -> str:
        self.said.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.said.add(msgid1)
        return msgid1


@pytest.fixture
def english(monkeypatch):
    """What is said in English where another language is wanted."""
    found = English()
    for code in OTHERS:
        monkeypatch.setattr(language(code).catalogue, "_fallback", found)
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_a_page_says_nothing_in_english(site: Site, english: English, code):
    for user in (BOSS, COWORKER):
        browser = site.browser(user, **{"Accept-Language": code})
        assert f'lang="{code}"' in browser.get("/devices").text
        assert len(pages(browser)) > 10
    assert english.said == set()


def test_what_is_left_in_english_is_seen(site: Site, english: English):
    language("nl").said("No such text")
    assert english.said == {"No such text"}


def test_long_words_do_not_make_a_phone_scroll_sideways(site: Site, browser: Browser):
    width, height = PHONE
    watched = entered(site, browser, BOSS, locale="de-DE", viewport={"width": width, "height": height})
    for addresses in pages(site.browser(BOSS)).values():
        for address in addresses[:1]:
            watched.page.goto(address)
            assert watched.too_wide() == "", address
    watched.page.context.close()
