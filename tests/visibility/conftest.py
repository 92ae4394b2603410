"""One office per test."""

from __future__ import annotations

import pytest

from storage_plugin.database.engine import Database
from tests.visibility.office import Office, Phone


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
def phone(office: Office) -> Phone:
    """Alice's."""
    return office.phone


@pytest.fixture
def bobs(office: Office) -> Phone:
    """Bob's."""
    return office.bobs
