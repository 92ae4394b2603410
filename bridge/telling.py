"""An e-mail to the administrator about troubles, each once a day, from whichever process looks first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from bridge.mailing import NotSent, send
from bridge.settings import Settings
from bridge.troubles import Trouble, troubles
from storage_plugin.database.engine import Database
from storage_plugin.database.notes import keep_note, note
from storage_plugin.database.worries import claim, forget
from storage_plugin.model.book import BookError
from storage_plugin.model.marking import N_

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
        send(settings, folder, message(settings, [found[key] for key in keys]))
    except BaseException as error:
        forget(database, keys)
        if isinstance(error, NotSent):
            keep_note(database, PROBLEM, str(error))
        raise
    if note(database, PROBLEM):
        keep_note(database, PROBLEM, "")
    return len(keys)


def message(settings: Settings, told: Sequence[Trouble]) -> EmailMessage:
    """Write the e-mail; raise NotSent for addresses that are none."""
    mail = EmailMessage()
    mail["Subject"] = "Contact Bridge: " + (told[0].sentence if len(told) == 1 else N_(f"{len(told)} troubles"))
    try:
        mail["From"] = settings.mail_from or settings.mail_to[0]
        mail["To"] = ", ".join(settings.mail_to)
    except ValueError as error:  # two lines
        raise NotSent("mail_from or mail_to cannot be one") from error
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain="contact-bridge.invalid")
    lines = [f"- {each.sentence}" for each in told]
    mail.set_content(
        "\n".join([*lines, "", N_("The page says more under Status. The same is told once a day at most."), ""])
    )
    return mail
