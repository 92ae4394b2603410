"""An installation with people and phones, over both databases."""

from __future__ import annotations

import pytest

from storage_plugin.database.engine import Database
from tests.database.installation import Installation


@pytest.fixture
def here(database: Database) -> Installation:
    return Installation(database)
