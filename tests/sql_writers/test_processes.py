"""Two DAV workers and people at shells, each a process of its own, write the same contacts: all of it is there."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

import pytest

from storage_plugin.model.book import Expect
from tests.cli.running import environment
from tests.sql_writers.office import ODD, Office

pytestmark = pytest.mark.slow
ROUNDS = 6
CONTACTS = 3

WORKER = """
import re, sys
from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.engine import Database
from storage_plugin.database.users import Users
from storage_plugin.model.book import Expect, Precondition, Unavailable
url, secret, field, rounds, contacts = *sys.argv[1:4], *map(int, sys.argv[4:])
database = Database.open(url)
for count in range(1, rounds + 1):
    for at in range(contacts):
        while True:
            try:
                book = SqlAddressBook(database, Users(database).sign_in("anna", secret))
                card = book.cards([f"{at}.vcf"])[f"{at}.vcf"]
                text = re.sub(f"{field}:.*\\r\\n", f"{field}:{count}\\r\\n", card.text)
                book.put(f"{at}.vcf", text.encode(), Expect(match=(card.etag,)))
                break
            except (Precondition, Unavailable):
                pass
database.close()
"""


def shell_script(column: str, keys: list[int]) -> str:
    """Count in a column; sqlite3 waits for its turn as somebody at a shell would."""
    lines = [
        f"UPDATE contact SET {column} = '{count}' WHERE id = {key};\n"
        for count in range(1, ROUNDS + 1)
        for key in keys
    ]
    return "".join(lines)


def test_no_change_is_lost_among_processes(office: Office) -> None:
    keys = [office.card(f"{at}.vcf") for at in range(CONTACTS)]
    for at in range(CONTACTS):
        text = office.phone.text(f"{at}.vcf").replace("X-UNKNOWN;a=1:", "X-ONE:0\r\nX-TWO:0\r\nX-UNKNOWN;a=1:")
        office.phone.book.put(f"{at}.vcf", text.encode(), Expect())
    office.phone.poll()
    counts = [str(ROUNDS), str(CONTACTS)]
    shell = ["sqlite3", "-batch", "-bail", "-cmd", ".timeout 60000", office.sql.target]
    if not office.sql.is_sqlite:
        shell = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", office.sql.target]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", WORKER, office.url, office.phone.secret, field, *counts], env=environment()
                )
            )
            for field in ("X-ONE", "X-TWO")
        ]
        shells = []
        for column in ("nickname", "department"):
            process = stack.enter_context(subprocess.Popen(shell, stdin=subprocess.PIPE, text=True))
            assert process.stdin is not None
            process.stdin.write(shell_script(column, keys))
            process.stdin.close()
            shells.append(process)
        while any(process.poll() is None for process in (*workers, *shells)):
            office.phone.poll()
        assert [process.wait() for process in (*workers, *shells)] == [0] * 4
    office.phone.poll()
    for at, key in enumerate(keys):
        wanted = ODD.format(uid=f"uid-{at}.vcf").replace("ORG:Example GmbH;", f"ORG:Example GmbH;{ROUNDS}")
        wanted = wanted.replace("X-UNKNOWN;a=1:", f"X-ONE:{ROUNDS}\r\nX-TWO:{ROUNDS}\r\nX-UNKNOWN;a=1:")
        wanted = wanted.replace("END:VCARD", f"NICKNAME:{ROUNDS}\r\nEND:VCARD")
        assert office.phone.text(f"{at}.vcf") == wanted, "each writer's last word, and not a byte more"
        said = office.sql(f"SELECT nickname, department, job_title FROM contact WHERE id = {key}")
        assert said == f"{ROUNDS}|{ROUNDS}|Assistant"
