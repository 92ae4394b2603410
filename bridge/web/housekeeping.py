"""Once a day, let go of what is older than it is kept; whichever process looks first does it for all."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from storage_plugin.database.engine import Database
from storage_plugin.database.retention import tidy_when_due
from storage_plugin.model.book import BookError

LOG = logging.getLogger(__name__)
LOOK_EVERY = 3600.0
"""Seconds."""


async def keep_tidy(database: Database) -> None:
    """Look every hour whether it is time to tidy, until cancelled."""
    while True:
        try:
            await asyncio.to_thread(tidy_when_due, database, datetime.now(UTC))
        except BookError as error:
            LOG.warning("what is too old could not be let go: %s", error)
        await asyncio.sleep(LOOK_EVERY)
