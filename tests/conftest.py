"""Databases for the tests: each test gets a fresh one, copied from a template that was migrated once.

Hypothesis tries the same examples each time, unless EXAMPLES asks for new ones; no test is timed.
What needs PostgreSQL, or starts servers in nearly every test, is left to `make test`; `make quick` has the rest.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy import make_url

if "XDG_RUNTIME_DIR" not in os.environ:
    # pgserver warns (and warnings are errors here) where no desktop session has set this.
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="contact-bridge-")
    atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)

from storage_plugin.database import passwords
from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import migrate
from tests.effort import examples

settings.register_profile("ours", deadline=None, derandomize="EXAMPLES" not in os.environ, max_examples=examples(100))
settings.load_profile("ours")

MEMORY = Path("/dev/shm")
if "PYTEST_DEBUG_TEMPROOT" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 << 30:
    # Each commit waits for the disk, 5 ms and more; there are tens of thousands.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)

pytest.register_assert_rewrite("tests.contract.targets", "tests.contract.folder")

MakeUrl = Callable[[], str]


def pytest_collection_finish() -> None:
    """Let the garbage collector look through what the tests make only, not through all modules again and again."""
    gc.collect()
    gc.freeze()


LONGEST = ("visibility/test_oracle", "mirror/test_crashes", "mirror/test_switch", "tests/clients/", "sql_writers/")


_LONG = {
    "browser": "",
    "cli": "book_journeys book_switch cleanup features logs mirror past saving serve_ transfer",
    "clients": "",
    "database": "previews",
    "deploy": "proxies",
    "faults": "killed small_disk",
    "journey": "moving",
    "mirror": "crashes field_maps graph_situations lies lives notifications service sharepoint streams switch undo"
    " waiting",
    "sql_writers": "at_once filters_apart processes",
    "targets": "carddav ews sharepoint",
    "visibility": "oracle",
    "web": "account apart catalogues erasure field_map fuzz hostile_words import inbox mirror no_english openid photo"
    " restart streams users",
}
LONG = [f"tests/{folder}/test_{name}" for folder, names in _LONG.items() for name in names.split() or [""]]
"""How the names of files begin in which nearly every test starts a server, runs many commands, works in a crowd, or
makes a whole firm: all of them are slow."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read no file of which nothing is wanted: that takes a quarter of the time of the rest."""
    return True if config.option.markexpr == "not slow" and _is_long(collection_path.as_posix()) else None


def _is_long(path: str) -> bool:
    return any(part in path for part in LONG)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that no process is left alone with it at the end."""
    for item in items:
        if (
            _is_long(item.nodeid)
            or "postgresql" in item.nodeid
            or "make_postgresql" in getattr(item, "fixturenames", ())
        ):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONGEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell where the time goes: the files that took the most, all processes together."""
    spent = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and hasattr(report, "nodeid"):
                spent[report.nodeid.partition("::")[0]] += report.duration
    terminalreporter.write_line(f"{sum(spent.values()):.0f} s of tests; the longest files:")
    for file, seconds in spent.most_common(25):
        terminalreporter.write_line(f"{seconds:7.1f} s  {file}")


def _migrated(url: str) -> None:
    database = Database.open(url)
    migrate(database)
    database.close()


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hash what people choose fast: what is tested is not how slow a hash is (but see database/test_passwords)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, 1, 8, 1))
        yield


@pytest.fixture(autouse=True)
def own_log_records() -> Iterator[None]:
    """Take back what each Radicale application does to all log records that are made after it: it wraps them."""
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without users."""
    path = tmp_path_factory.mktemp("template") / "contacts.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this session's own; its database ``template_book`` is migrated."""
    import pgserver

    folder = tempfile.mkdtemp(prefix="contact-bridge-pg-")
    server = pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    url: str = server.get_uri()
    for setting in ("fsync", "full_page_writes"):
        _execute(url, f"ALTER SYSTEM SET {setting} = off")  # the server goes with the session
    _execute(url, "SELECT pg_reload_conf()")
    _execute(url, "CREATE DATABASE template_book")
    _migrated(_named(url, "template_book"))
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


_numbers = count(1)


@pytest.fixture
def make_sqlite(sqlite_template: Path, tmp_path: Path) -> MakeUrl:
    """A function that makes fresh SQLite databases and gives their URLs."""

    def make() -> str:
        path = tmp_path / f"contacts{next(_numbers)}.db"
        shutil.copy(sqlite_template, path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def make_postgresql(postgresql_server: str) -> Iterator[MakeUrl]:
    """A function that makes fresh PostgreSQL databases and gives their URLs."""
    made: list[str] = []

    def make() -> str:
        made.append(f"test_{next(_numbers)}")
        _execute(postgresql_server, f"CREATE DATABASE {made[-1]} TEMPLATE template_book")
        return _named(postgresql_server, made[-1])

    yield make
    for name in made:
        _execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database: the test runs once on each kind."""
    make: MakeUrl = request.getfixturevalue(f"make_{request.param}")
    return make()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database: the test runs once on each kind."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
