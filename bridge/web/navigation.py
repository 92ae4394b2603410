"""The menu: what a visitor finds there, with an access key for each (the rows of BCM name theirs)."""

from __future__ import annotations

from bridge.web.languages import Language
from storage_plugin.model.book import Viewer


def navigation(spoken: Language, viewer: Viewer) -> list[tuple[str, str, str]]:
    """Give address, access key and name of each entry."""
    _ = spoken.said
    entries = [
        ("/contacts", "c", _("Contacts")),
        ("/inbox", "i", _("Inbox")),
        ("/devices", "v", _("Devices")),
        ("/mirror", "m", _("Mirror")),
        ("/export", "x", _("Export")),
    ]
    if viewer.is_administrator:
        entries += [
            ("/types", "y", _("Record types")),
            ("/import", "o", _("Import")),
            ("/status", "q", _("Status")),
        ]
        entries += [("/users", "u", _("Users")), ("/erasure", "r", _("Retention"))]
    return entries
