"""Import: a file, its columns where they are not known, a preview, and then the import in the background."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import wraps

from bridge.files.choosing import choices
from bridge.files.table import guarded
from bridge.import_jobs import Job, Stage, refusals
from bridge.importing import Importer
from bridge.web.answers import Answer, File, Page, Redirect
from bridge.web.column_names import column_names
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import NotFound, Refused
from storage_plugin.model.record_type import BUSINESS_CONTACT

LARGEST = 64 * 1024 * 1024
"""Octets of a file."""

SHOWN = 200
"""Lines of each list of a preview; the list of what is refused can be downloaded whole."""


def _with_job(page: Callable[[Visit, Job], Answer]) -> Callable[[Visit], Answer]:
    """Give a page its import; where there is none any more, say so where the file can be chosen again."""

    @wraps(page)
    def found(visit: Visit) -> Answer:
        try:
            job = visit.house.imports.get(visit.who.user_id, visit.parts["job"])
        except NotFound:
            said = visit._(
                "No such import: after a restart of the server choose the file again. Nothing comes in twice."
            )
            return Redirect("/import", said)
        return page(visit, job)

    return found


def index(visit: Visit) -> Answer:
    """Ask for a file, and list the imports of the visitor."""
    types = RecordTypes(visit.database, visit.who.book_id).list()
    jobs = visit.house.imports.of(visit.who.user_id)
    return Page("import.html", {"types": types, "usual": BUSINESS_CONTACT.name, "jobs": jobs})


def upload(visit: Visit) -> Answer:
    """Take a file."""
    file = visit.form.uploads.get("file")
    if file is None or not file.content:
        raise Refused(visit._("Choose a file."))
    who, type_ = visit.who, visit.form.get("type") or BUSINESS_CONTACT.name
    importer = Importer(visit.database, who.book_id, visit.by, type_, changes=visit.form.has("changes"))
    job = visit.house.imports.add(who.user_id, file.name, file.content, importer)
    return Redirect(_address(job))


@_with_job
def show(visit: Visit, job: Job) -> Answer:
    """Show how far an import is: the choice of columns, the preview, the work, the outcome."""
    if job.stage is Stage.CHOOSING or (job.stage is Stage.PREVIEWED and job.columns and visit.query.has("columns")):
        names = column_names(visit.language)
        offered = [(each, names.get(each, each)) for each in choices()]
        chosen = job.chosen or [each.guess for each in job.columns]
        return Page("import_columns.html", {"job": job, "offered": offered, "chosen": chosen})
    # Asked for when the page has seen that the work has ended: what was there before may be less than its counts.
    shows = {"job": job, "refusals": lambda: refusals(job.report), "shown": SHOWN}
    return Page("import_state.html" if visit.is_fragment else "import_job.html", shows)


@_with_job
def choose(visit: Visit, job: Job) -> Answer:
    """Take the choice of columns."""
    chosen = [visit.form.get(f"column{at}") for at in range(len(job.columns))]
    if unknown := set(chosen) - {"", *choices()}:
        raise Refused(visit._("There is no column %(name)s to choose.", name=min(unknown)))
    visit.house.imports.choose(job, chosen)
    return Redirect(_address(job))


@_with_job
def begin(visit: Visit, job: Job) -> Answer:
    """Import what was previewed; sent again, it does nothing more."""
    visit.house.imports.begin(job)
    return Redirect(_address(job))


@_with_job
def refused(visit: Visit, job: Job) -> Answer:
    """Give the list of what was not taken."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow((visit._("Line"), visit._("Not taken"), visit._("Reason")))
    whole, part = visit._("all of it"), visit._("a part of it")
    for each, is_part in refusals(job.report):
        table.writerow((each.line, part if is_part else whole, guarded(visit.sentence(each.reason))))
    return File(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "not-imported.csv")


def _address(job: Job) -> str:
    return f"/import/{job.key}"


ROUTES = [
    Route("GET", "/import", index, Access.ADMINISTRATOR),
    Route("POST", "/import/upload", upload, Access.ADMINISTRATOR, largest=LARGEST),
    Route("GET", "/import/{job}", show, Access.ADMINISTRATOR),
    Route("POST", "/import/{job}/columns", choose, Access.ADMINISTRATOR),
    Route("POST", "/import/{job}/begin", begin, Access.ADMINISTRATOR),
    Route("GET", "/import/{job}/refused.csv", refused, Access.ADMINISTRATOR),
]
