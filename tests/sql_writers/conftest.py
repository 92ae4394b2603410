"""An office: a database, a phone that keeps polling, and somebody at a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from storage_plugin.database.engine import Database
from tests.sql_writers.office import Office


@pytest.fixture
def office(database: Database, database_url: str) -> Iterator[Office]:
    made = Office(database, database_url)
    yield made
    made.check()


@pytest.fixture
def both(make_postgresql: Callable[[], str]) -> Iterator[Office]:
    """An office on PostgreSQL, where two write at the same time."""
    url = make_postgresql()
    database = Database.open(url)
    made = Office(database, url)
    yield made
    made.check()
    database.close()
