"""A running page with an administrator, boss, over a fresh database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.site import PASSWORD, Site, serving


@pytest.fixture
def site(make_sqlite, tmp_path: Path) -> Iterator[Site]:
    """The page of an installation whose administrator is boss."""
    with serving(make_sqlite(), tmp_path) as site:
        site.users.add("boss", PASSWORD, role="administrator")
        yield site


@pytest.fixture
def office(site: Site) -> Site:
    """The page of an installation with the coworkers anna and ben."""
    for name in ("anna", "ben"):
        site.users.add(name)
    return site


@pytest.fixture
def new_site(make_sqlite, tmp_path: Path) -> Iterator[Site]:
    """The page of an installation without users."""
    with serving(make_sqlite(), tmp_path) as site:
        yield site
