"""Export: files of what the visitor may see, and for the administrator of all that is shared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bridge.exporting import FORMATS, everything_shared
from bridge.exporting import export as exported
from bridge.web.answers import Answer, File, Page
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.viewing import on_page
from storage_plugin.model.book import NotFound, Viewer

_TYPES = {"vcf": "text/vcard; charset=utf-8", "csv": "text/csv; charset=utf-8", "json": "application/json"}


def index(visit: Visit) -> Answer:
    """Offer the files."""
    return Page("export.html", {"formats": FORMATS})


def mine(visit: Visit) -> Answer:
    """Give what the visitor sees, the own plain contacts with it."""
    return _file(visit, replace(visit.who, view=on_page(visit.who.view)))


def shared(visit: Visit) -> Answer:
    """Give all shared records; for the administrator, who sees them whatever the own filter says."""
    return _file(visit, everything_shared(visit.who.book_id))


def _file(visit: Visit, viewer: Viewer) -> File:
    format_ = visit.parts["format"]
    if format_ not in FORMATS:
        raise NotFound(visit._("There is no such page."))
    content, _ = exported(visit.database, viewer, format_, {visit.who.user_id: visit.who.user})
    return File(content, _TYPES[format_], f"contacts-{date.today().isoformat()}.{format_}")


ROUTES = [
    Route("GET", "/export", index),
    Route("GET", "/export/mine/{format}", mine),
    Route("GET", "/export/shared/{format}", shared, Access.ADMINISTRATOR),
]
