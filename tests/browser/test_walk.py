"""Every page in a real browser, in light and dark, at a desk and on a phone: axe-core finds nothing, nothing is
refused by the content security policy, nothing scrolls sideways."""

from __future__ import annotations

import pytest

from tests.browser.finding import GET, pages
from tests.browser.looking import Watched
from tests.browser.sample import BOSS, COWORKER
from tests.web.site import Site

pytestmark = pytest.mark.slow
PATHS = [route.path for route in GET]


@pytest.fixture(scope="module")
def found(site: Site):
    """Who finds which pages: some are for whom has no mirror yet."""
    return {user: pages(site.browser(user)) for user in (BOSS, COWORKER)}


@pytest.mark.parametrize("path", PATHS)
def test_links_lead_to_every_page(found, path):
    assert any(path in pages for pages in found.values())


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wrong_with_a_page(found, signed_in: dict[str, Watched], path):
    user = next((user for user in found if found[user].get(path)), BOSS)
    for address in found[user].get(path, ()):
        watched = signed_in[user]
        answer = watched.page.goto(address)
        assert answer is not None and answer.status == 200
        assert watched.problems() == [], address


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
