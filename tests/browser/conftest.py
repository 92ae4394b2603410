"""One firm and one browser for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import Watched, chromium, entered, watched
from tests.browser.sample import BOSS, COWORKER, firm
from tests.web.site import Site


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page of a firm in which each page shows something."""
    with firm(sqlite_template, tmp_path_factory.mktemp("firm")) as site:
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for one file: its event loop would be in the way of other tests."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def signed_in(site: Site, browser: Browser) -> Iterator[dict[str, Watched]]:
    """A page of the browser for each of the two users."""
    found = {user: entered(site, browser, user) for user in (BOSS, COWORKER)}
    yield found
    for each in found.values():
        each.page.context.close()


@pytest.fixture
def stranger(site: Site, browser: Browser) -> Iterator[Watched]:
    """A page of the browser in which nobody is signed in."""
    found = watched(browser, site.address)
    yield found
    found.page.context.close()
