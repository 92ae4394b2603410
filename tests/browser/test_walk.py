"""Every page in a real browser, in light and dark, at a desk and on a phone: axe-core finds nothing, nothing is
refused by the content security policy, nothing scrolls sideways."""

from __future__ import annotations

import pytest

from tests.browser.finding import GET, pages
from tests.browser.looking import Watched
from tests.browser.sample import BOSS
from tests.web.site import Site

pytestmark = pytest.mark.slow
PATHS = [route.path for route in GET]


@pytest.fixture(scope="module")
def found(site: Site):
    return pages(site.browser(BOSS))


@pytest.mark.parametrize("path", PATHS)
def test_links_lead_to_every_page(found, path):
    assert path in found


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wrong_with_a_page(found, signed_in: Watched, path):
    for address in found[path]:
        answer = signed_in.page.goto(address)
        assert answer is not None and answer.status == 200
        assert signed_in.problems() == [], address


def test_nothing_is_wrong_with_the_way_in(stranger: Watched):
    stranger.page.goto("/sign-in")
    assert stranger.problems() == []


def test_what_is_wrong_is_seen(stranger: Watched):
    stranger.page.goto("/sign-in")
    stranger.page.evaluate(
        """() => {
          document.querySelector("label").remove();
          document.querySelector("h1").style.color = "#bbb";
          document.querySelector("main").style.width = "50rem";
          document.body.insertAdjacentHTML("beforeend", '<a href="/" style="color: red">x</a>');
        }"""
    )
    found = "\n".join(stranger.problems())
    for each in ("label", "color-contrast", "scrolls sideways", "console: content security policy: style-src-attr"):
        assert each in found
