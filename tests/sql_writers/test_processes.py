"""Four DAV workers and two people at shells, each a process of its own, write the same contacts: every word counts.

Each counts on from what it has read, so that an edit that is lost is missing in the end. The four read one state
before any of them writes: two with If-Match in one field, two without in a field each.
"""

from __future__ import annotations

import subprocess
from contextlib import ExitStack

import pytest

from storage_plugin.model.book import Expect
from tests.cli.running import ROOT, command, environment
from tests.sql_writers.office import ODD, Office, Phone

pytestmark = pytest.mark.slow
ROUNDS = 6
CONTACTS = 3


class Processes:
    """Processes that do something for each line which they are sent."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.all: list[subprocess.Popen[str]] = []

    def add(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(), cwd=ROOT
        )
        self.all.append(self.stack.enter_context(process))
        return process

    def finish(self) -> list[int]:
        """Send no more lines; give the exit codes."""
        for process in self.all:
            assert process.stdin is not None
            process.stdin.close()
        return [process.wait() for process in self.all]


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    print(line, file=process.stdin, flush=True)


def await_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def test_no_word_is_lost_among_processes(office: Office) -> None:
    keys = [office.card(f"{at}.vcf") for at in range(CONTACTS)]
    for at, key in enumerate(keys):
        text = office.phone.text(f"{at}.vcf").replace("TITLE:Assistant", "TITLE:0")
        office.phone.book.put(
            f"{at}.vcf", text.replace("X-UNKNOWN;", "X-ONE:0\r\nX-TWO:0\r\nX-UNKNOWN;").encode(), Expect()
        )
        office.sql(f"UPDATE contact SET nickname = '0', department = '0' WHERE id = {key}")
    office.phone.poll()
    blind = [Phone(office.database, "anna", name).secret for name in ("Thunderbird", "Evolution")]
    shell = ("sqlite3", "-batch", "-bail", "-cmd", ".timeout 60000", office.sql.target)
    if not office.sql.is_sqlite:
        shell = ("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", office.sql.target)
    with ExitStack() as stack:
        processes = Processes(stack)
        matching = (office.phone.secret, "X-ONE", "matching")
        devices = [matching, matching, (blind[0], "X-TWO", "blind"), (blind[1], "TITLE", "blind")]
        counting = command(office.url, "anna", module="tests.sql_writers.counting")
        workers = [processes.add(*counting, *device) for device in devices]
        shells = {column: processes.add(*shell) for column in ("nickname", "department")}
        for _ in range(ROUNDS):
            for at, key in enumerate(keys):
                for worker in workers:
                    tell(worker, f"{at}.vcf")
                for worker in workers:
                    await_ready(worker)
                for column, process in shells.items():
                    more = f"CAST(CAST({column} AS INTEGER) + 1 AS TEXT)"
                    tell(process, f"UPDATE contact SET {column} = {more} WHERE id = {key};")
                for worker in workers:
                    tell(worker, "write")
                office.phone.poll()
        assert processes.finish() == [0] * len(processes.all)
    office.phone.poll()
    for at, key in enumerate(keys):
        wanted = ODD.format(uid=f"uid-{at}.vcf").replace("ORG:Example GmbH;", f"ORG:Example GmbH;{ROUNDS}")
        wanted = wanted.replace("TITLE:Assistant", f"TITLE:{ROUNDS}")
        wanted = wanted.replace("X-UNKNOWN;", f"X-ONE:{2 * ROUNDS}\r\nX-TWO:{ROUNDS}\r\nX-UNKNOWN;")
        wanted = wanted.replace("END:VCARD", f"NICKNAME:{ROUNDS}\r\nEND:VCARD")
        assert office.phone.text(f"{at}.vcf") == wanted, "each writer's every word, and not a byte more"
        said = office.sql(f"SELECT nickname, department, job_title FROM contact WHERE id = {key}")
        assert said == f"{ROUNDS}|{ROUNDS}|{ROUNDS}"
