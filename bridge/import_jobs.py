"""Imports that run in the background while people look on: a preview first, then, once it is said so, the import.

A job is in the memory of the process that serves the page. When that ends, what was imported stays, and the same file
again adds only the rest (see ``importing``).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock, Thread

from bridge.files.choosing import Column, columns_of
from bridge.files.found import Found, Refusal, UnknownFile
from bridge.files.reading import read, read_columns
from bridge.importing import Importer, Report
from storage_plugin.model.book import BookError, NotFound, Refused
from storage_plugin.model.marking import N_

LOG = logging.getLogger(__name__)
KEPT = 5
"""Jobs of one user that are kept."""


class Stage(StrEnum):
    """How far a job is: ``CHOOSING`` waits for the columns, ``PREVIEWED`` for the word to begin."""

    CHOOSING = "choosing"
    PREVIEWING = "previewing"
    PREVIEWED = "previewed"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class Job:
    """An import of one file by one user; ``seen`` of ``total`` cards or rows are done (0: not known yet)."""

    key: str
    user_id: int
    name: str
    body: bytes
    importer: Importer
    columns: Sequence[Column] = ()
    chosen: Sequence[str] | None = None
    stage: Stage = Stage.PREVIEWING
    seen: int = 0
    total: int = 0
    report: Report = field(default_factory=Report)
    problem: str = ""

    @property
    def is_running(self) -> bool:
        """Tell whether it is at work."""
        return self.stage in (Stage.PREVIEWING, Stage.IMPORTING)


class Jobs:
    """The imports of a process; one works at a time, the others wait."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._lock = Lock()
        self._turn = Lock()

    def add(self, user_id: int, name: str, body: bytes, importer: Importer) -> Job:
        """Take a file, and begin with its preview; a table that is not known waits for the choice of its columns."""
        job = Job(secrets.token_hex(8), user_id, name, body, importer)
        try:
            read(body)
        except UnknownFile as error:
            self._choose(job, error)
        with self._lock:
            mine = [each for each in self._jobs if each.user_id == user_id and not each.is_running]
            for each in mine[: max(0, len(mine) + 1 - KEPT)]:
                self._jobs.remove(each)
            self._jobs.append(job)
        if job.stage is Stage.PREVIEWING:
            self._start(job, lambda: self._work(job, preview=True))
        return job

    def of(self, user_id: int) -> Sequence[Job]:
        """List the jobs of a user, the newest first."""
        with self._lock:
            return [job for job in reversed(self._jobs) if job.user_id == user_id]

    def get(self, user_id: int, key: str) -> Job:
        """Find a job of a user; raise NotFound."""
        for job in self.of(user_id):
            if job.key == key:
                return job
        raise NotFound("there is no such import; after a restart of the server, choose the file again")

    def choose(self, job: Job, columns: Sequence[str]) -> None:
        """Say which column stands for which, and begin with the preview; raise Refused where that cannot be."""
        used = [each for each in columns if each]
        if not used:
            raise Refused("no column was chosen")
        if twice := next((each for each in used if used.count(each) > 1), None):
            raise Refused(f"{twice!r} was chosen for two columns")
        with self._lock:
            if job.stage not in (Stage.CHOOSING, Stage.PREVIEWED):
                raise Refused("this import is past that")
            job.stage, job.chosen = Stage.PREVIEWING, columns
        self._start(job, lambda: self._work(job, preview=True))

    def begin(self, job: Job) -> bool:
        """Import what was previewed; tell whether it was not begun before."""
        with self._lock:
            if job.stage is not Stage.PREVIEWED:
                return False
            job.stage = Stage.IMPORTING
        self._start(job, lambda: self._work(job, preview=False))
        return True

    def _choose(self, job: Job, error: UnknownFile) -> None:
        try:
            job.columns = columns_of(job.body)
        except UnknownFile:
            job.columns = ()
        if len(job.columns) > 1:
            job.stage = Stage.CHOOSING
        else:
            job.stage, job.problem = Stage.FAILED, f"{error}"

    def _start(self, job: Job, work: Callable[[], None]) -> None:
        job.seen = 0
        Thread(target=work, name=f"import {job.key}", daemon=True).start()

    def _work(self, job: Job, *, preview: bool) -> None:
        with self._turn:
            try:
                found = read(job.body) if job.chosen is None else read_columns(job.body, job.chosen)
                job.report = Report()
                job.report = job.importer.run(_counted(job, found), preview=preview)
            except (BookError, UnknownFile) as error:
                job.problem, job.stage = f"{error}", Stage.FAILED
                return
            except Exception:
                LOG.exception("import %s", job.key)
                job.problem, job.stage = (
                    N_("something went wrong that should not: the server's log says what"),
                    Stage.FAILED,
                )
                return
        job.total = job.seen
        if not preview:
            job.body = b""
        job.stage = Stage.PREVIEWED if preview else Stage.DONE


def _counted(job: Job, found: Iterable[Found]) -> Iterator[Found]:
    for each in found:
        yield each
        job.seen += 1


def refusals(report: Report) -> Sequence[tuple[Refusal, bool]]:
    """List what was not taken, by line; True: only a part of it."""
    both = [(each, False) for each in report.refused] + [(each, True) for each in report.remarks]
    return sorted(both, key=lambda each: each[0].line)
