"""A firm that has worked with Contact Bridge for a while: something is on every page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.demo.fill import fill
from storage_plugin.database.contacts import SqlContacts
from tests.web.site import PASSWORD, Site, serving

BOSS, COWORKER = "boss", "anna"


@contextmanager
def firm(template: Path, folder: Path) -> Iterator[Site]:
    """Serve the page of a firm with 200 contacts, an administrator and a coworker, in a new folder."""
    folder.mkdir(exist_ok=True)
    shutil.copy(template, folder / "contacts.db")
    with serving(f"sqlite:///{folder}/contacts.db", folder) as site:
        _fill(site)
        yield site


def _fill(site: Site) -> None:
    site.users.add(BOSS, PASSWORD, role="administrator")
    site.users.add(COWORKER, PASSWORD)
    viewer = site.users.viewer(BOSS)
    assert viewer is not None
    fill(site.house.database, viewer.book_id)
    for device in ("iPhone", "Work computer"):
        site.users.add_device(BOSS, device)
    contacts = SqlContacts(site.house.database, viewer.book_id)
    assert contacts
