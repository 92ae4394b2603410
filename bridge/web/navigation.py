"""The menu: what a visitor finds there, with an access key for each (the rows of BCM name theirs)."""

from __future__ import annotations

from bridge.web.languages import Language
from storage_plugin.model.book import Viewer

_WITHIN = {"/conflicts": "/mirror", "/duplicates": "/contacts", "/trash": "/contacts", "/view": "/mirror"}
"""Pages that are reached from those of an entry, but lie elsewhere."""


def navigation(spoken: Language, viewer: Viewer, path: str) -> list[tuple[str, str, str, bool]]:
    """Give address, access key and name of each entry, and whether the page at ``path`` belongs to it."""
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
    start = f"/{path.split('/')[1]}"
    here = _WITHIN.get(start, path)
    return [(address, key, name, here.startswith(address)) for address, key, name in entries]
