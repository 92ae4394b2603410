"""An e-mail to the administrator about troubles, each once a day, from whichever process looks first."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path

from bridge.mailing import NotSent, send
from bridge.settings import Settings
from bridge.troubles import troubles
from storage_plugin.database.engine import Database
from storage_plugin.database.notes import keep_note, note
from storage_plugin.database.sessions import Sessions
from storage_plugin.database.worries import claim, forget
from storage_plugin.model.book import BookError

LOG = logging.getLogger(__name__)
LOOK_EVERY = 600.0
"""Seconds."""

PROBLEM = "mail_problem"
"""The note of why the last e-mail could not be sent; "" when it was."""


async def keep_telling(database: Database, folder: Path, settings: Settings) -> None:
    """Look for troubles and tell them, until cancelled; does nothing where no mail server is set."""
    while settings.smtp_host and settings.mail_to:
        try:
            await asyncio.to_thread(tell, database, folder, settings, datetime.now(UTC))
        except (BookError, OSError, NotSent) as error:
            LOG.warning("no e-mail about troubles could be sent: %s", error)
        await asyncio.sleep(LOOK_EVERY)


def tell(database: Database, folder: Path, settings: Settings, now: datetime) -> int:
    """Send one e-mail about what was not told within a day, and count that; raise NotSent.

    What could not be sent counts as not told; the page says why.
    """
    found = {each.key: each for each in troubles(database, folder, settings, now)}
    keys = claim(database, list(found), now) if found else []
    if not keys:
        return 0
    try:
        from bridge.letters import letter  # the languages take 10 MB that a process with nothing to tell saves

        codes = Sessions(database).languages_of([parseaddr(each)[1] for each in settings.mail_to])
        send(settings, folder, letter(settings, [found[key] for key in keys], codes))
    except BaseException as error:
        forget(database, keys)
        if isinstance(error, NotSent):
            keep_note(database, PROBLEM, str(error))
        raise
    if note(database, PROBLEM):
        keep_note(database, PROBLEM, "")
    return len(keys)
