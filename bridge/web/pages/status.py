"""How the installation stands: database, disk, mirrors, devices, answers to phones, and the last errors."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

from bridge import dav_counts
from bridge.checkup import checkup
from bridge.telling import PROBLEM
from bridge.troubles import MEGABYTE, troubles
from bridge.web.answers import Answer, Page
from bridge.web.mirror_words import folder_said, outcome_said, state_said
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.gauges import gauges
from storage_plugin.database.mirrors import State
from storage_plugin.database.notes import note
from storage_plugin.database.runs import Outcome
from storage_plugin.database.worries import run_errors


def index(visit: Visit) -> Answer:
    """Show everything that is looked up quickly."""
    folder, settings = visit.house.place.folder, visit.house.settings
    disk = shutil.disk_usage(folder)
    counts = dav_counts.read(folder).values()
    mirrored = gauges(visit.database)
    return Page(
        "status.html",
        {
            "findings": list(checkup(visit.house.place, texts=False)),
            "all_troubles": troubles(visit.database, folder, settings, datetime.now(UTC)),
            "gauges": mirrored,
            "folders": {each.target: folder_said(visit, each.target) for each in mirrored.mirrors},
            "states": {each: state_said(visit, each) for each in State},
            "outcomes": {each.value: outcome_said(visit, each) for each in Outcome},
            "errors": run_errors(visit.database),
            "backup": note(visit.database, "backed_up_at"),
            "free": disk.free // MEGABYTE,
            "size": disk.total // MEGABYTE,
            "answers": sum(sum(each.statuses.values()) for each in counts),
            "faults": sum(each.statuses.get("5xx", 0) for each in counts),
            "mail": settings.smtp_host and ", ".join(settings.mail_to),
            "mail_problem": settings.smtp_host and note(visit.database, PROBLEM),
        },
    )


def check(visit: Visit) -> Answer:
    """Do what `contact-bridge check` does, which reads each card and may take seconds."""
    return Page("status_check.html", {"findings": list(checkup(visit.house.place))})


ROUTES = [
    Route("GET", "/status", index, Access.ADMINISTRATOR),
    Route("GET", "/status/check", check, Access.ADMINISTRATOR),
]
