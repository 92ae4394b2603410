"""kill -9 in the middle of the work: the next one finishes it, with nothing lost, doubled or told wrongly."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import check_schema, schema_of
from tests.cli.running import command, environment, wait_until
from tests.sql_writers.office import ODD, Office
from tests.sql_writers.shells import Shell

MANY = 1200
DRAIN = "import sys; from storage_plugin.database import drain, engine; drain.PATIENCE = 60; {}"
ROWS = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"

pytestmark = pytest.mark.slow


def killed(line: list[str], amid: Callable[[], bool]) -> None:
    """Run a command, and kill it when ``amid`` says so; it must not have come to its end."""
    process = subprocess.Popen(line, env=environment(), stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.poll() is not None or amid(), 60)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"


AT_A_STATEMENT = """
import os, signal, sys
from sqlalchemy import Engine, event
from bridge.cli import main

left = int(sys.argv.pop(1))

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, parameters, context, many):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

main()
"""


def killed_at(statement: int, line: list[str]) -> None:
    """Run a command of contact-bridge that is killed as it sends this statement."""
    arguments = line[line.index("bridge") + 1 :]
    process = subprocess.run([sys.executable, "-c", AT_A_STATEMENT, str(statement), *arguments], env=environment())
    assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"


def finished(line: list[str]) -> str:
    done = subprocess.run(line, env=environment(), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_killed_drain_is_finished_by_the_next(office: Office) -> None:
    count = office.sql.number
    office.sql(
        f"INSERT INTO contact (given_name) {ROWS} SELECT 'N' || i FROM n",
        "INSERT INTO phone (contact_id, number) SELECT id, '+49 30 ' || id FROM contact",
    )
    for work in ("SELECT 1", "UPDATE contact SET job_title = 'Boss'", "DELETE FROM phone"):
        office.sql(work)
        before = count("SELECT count(DISTINCT contact_id) FROM touched")
        assert before == MANY
        code = DRAIN.format("drain.drain(engine.Database.open(sys.argv[1]))")
        killed(
            [sys.executable, "-c", code, office.url],
            lambda: 0 < count("SELECT count(DISTINCT contact_id) FROM touched") < MANY,
        )
        changed: set[str] = set()
        while count("SELECT count(*) FROM touched"):
            changed |= office.phone.poll()[0]
        changed |= office.phone.poll()[0]
        assert len(changed) == len(office.phone.members) == MANY, "each was told, and none twice by another name"
    texts = office.phone.book.cards(list(office.phone.members)).values()
    assert all("TITLE:Boss" in card.text and "TEL" not in card.text for card in texts)
    assert count("SELECT count(*) FROM version") == 2 * MANY, "each settled once a change"


def cards(path: Path, count: int) -> Path:
    """Write a file of cards whose UIDs and addresses are all different."""
    texts = (ODD.format(uid=f"uid-{at}").replace("anna@", f"anna{at}@") for at in range(count))
    path.write_text("".join(texts), newline="")
    return path


def test_a_killed_import_has_whole_slices_and_is_finished_by_the_next(office: Office, tmp_path: Path) -> None:
    count = office.sql.number
    line = command("import", str(cards(tmp_path / "many.vcf", MANY)), "--data", str(tmp_path / "data"))
    line += ["--database", office.url]
    finished(command("init", "--data", str(tmp_path / "data"), "--database", office.url))
    killed(line, lambda: 0 < count("SELECT count(*) FROM card") < MANY)
    there = count("SELECT count(*) FROM card")
    assert 0 < there < MANY and there % 500 == 0
    assert len(office.phone.poll()[0]) == there
    assert f"{MANY - there} new, 0 changed, {there} unchanged" in finished(line)
    assert len(office.phone.poll()[0]) == MANY - there
    assert count("SELECT count(DISTINCT uid) FROM card") == count("SELECT count(*) FROM contact") == MANY


def test_a_killed_restore_leaves_nothing_and_can_be_begun_again(
    office: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    office.sql(f"INSERT INTO contact (given_name, note) {ROWS} SELECT 'N' || i, 'a note' FROM n")
    while office.sql.number("SELECT count(*) FROM touched"):
        office.phone.poll()
    file = str(tmp_path / "all.backup")
    url = request.getfixturevalue("make_sqlite" if office.sql.is_sqlite else "make_postgresql")()
    finished(command("backup", file, "--data", str(tmp_path), "--database", office.url))
    line = command("restore", file, "--data", str(tmp_path), "--database", url)
    count = Shell(url).number
    for statement in (25, 60):
        killed_at(statement, line)
        assert count("SELECT count(*) FROM contact") == count("SELECT count(*) FROM card") == 0
        assert count('SELECT count(*) FROM "user"') == 0
    finished(line)
    assert count("SELECT count(*) FROM contact") == count("SELECT count(*) FROM card") == MANY
    assert count("SELECT count(*) FROM device") == 1


@pytest.mark.parametrize("statement", [3, 80, 120, 140])
def test_a_killed_migration_is_finished_by_the_next(tmp_path: Path, statement: int) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    line = command("migrate", "--data", str(tmp_path), "--database", url)
    killed_at(statement, line)
    database = Database.open(url)
    assert schema_of(database) is None
    finished(line)
    check_schema(database)
    Office(database, url).card()
    database.close()
