"""The pictures in the README: ``make screenshots`` takes them anew, each test run that they can be taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage_plugin.database.contacts import SqlContacts
from tests.browser.looking import PHONE, Watched
from tests.browser.sample import BOSS
from tests.web.site import Site

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "screenshots"
DESK = (1280, 720)
LARGEST = 120_000
"""Octets of a picture."""


def shots(contact: int) -> dict[str, tuple[str, tuple[int, int]]]:
    """Name the pictures: an address, and the size of the window."""
    return {
        "contacts": ("/contacts", DESK),
        "contacts-on-a-phone": ("/contacts", PHONE),
        "contact": (f"/contacts/{contact}", DESK),
        "device": ("/devices/1", DESK),
        "mirror": ("/mirror", DESK),
        "inbox": ("/inbox", DESK),
    }


@pytest.mark.parametrize("name", shots(0))
def test_a_picture_for_the_readme_is_small(site: Site, signed_in: dict[str, Watched], tmp_path: Path, name):
    page = signed_in[BOSS].page
    address, (width, height) = shots(_with_a_photo(site))[name]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address, wait_until="networkidle")
    folder = FOLDER if os.environ.get("SCREENSHOTS") else tmp_path
    picture = page.screenshot(path=folder / f"{name}.png", caret="hide")
    assert len(picture) < LARGEST


def test_each_picture_is_there():
    assert {file.stem for file in FOLDER.glob("*.png")} == set(shots(0))


def _with_a_photo(site: Site) -> int:
    return next(int(record.id) for record in SqlContacts(site.house.database, 1).list() if record.contact.photo)
