"""An e-mail to the administrator about troubles, each once a day, from whichever process looks first."""

from __future__ import annotations

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from bridge.settings import Settings
from bridge.troubles import Trouble, troubles
from storage_plugin.database.engine import Database
from storage_plugin.database.worries import claim, forget
from storage_plugin.model.book import BookError

LOG = logging.getLogger(__name__)
LOOK_EVERY = 600.0
PATIENCE = 30.0
"""Both in seconds."""


async def keep_telling(database: Database, folder: Path, settings: Settings) -> None:
    """Look for troubles and tell them, until cancelled; does nothing where no mail server is set."""
    while settings.smtp_host and settings.mail_to:
        try:
            await asyncio.to_thread(tell, database, folder, settings, datetime.now(UTC))
        except (BookError, OSError, smtplib.SMTPException) as error:
            LOG.warning("no e-mail about troubles could be sent: %s", error)
        await asyncio.sleep(LOOK_EVERY)


def tell(database: Database, folder: Path, settings: Settings, now: datetime) -> int:
    """Send one e-mail about what was not told within a day, and count that; raise OSError, SMTPException.

    What could not be sent counts as not told.
    """
    found = {each.key: each for each in troubles(database, folder, settings, now)}
    keys = claim(database, list(found), now) if found else []
    if not keys:
        return 0
    try:
        send(settings, folder, message(settings, [found[key] for key in keys]))
    except BaseException:
        forget(database, keys)
        raise
    return len(keys)


def message(settings: Settings, told: Sequence[Trouble]) -> EmailMessage:
    """Write the e-mail."""
    mail = EmailMessage()
    mail["Subject"] = "Contact Bridge: " + (told[0].sentence if len(told) == 1 else f"{len(told)} troubles")
    mail["From"] = settings.mail_from or settings.mail_to[0]
    mail["To"] = ", ".join(settings.mail_to)
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain="contact-bridge.invalid")
    lines = [f"- {each.sentence}" for each in told]
    mail.set_content(
        "\n".join([*lines, "", "The page says more under Status. The same is told once a day at most.\n"])
    )
    return mail


def send(settings: Settings, folder: Path, mail: EmailMessage) -> None:
    """Hand an e-mail to the mail server; raise OSError, SMTPException. The password's file counts from the folder."""
    context = ssl.create_default_context()
    at = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*at, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(*at, timeout=PATIENCE)
    with server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            password = (folder / settings.smtp_password_file).read_text("utf-8").strip()
            server.login(settings.smtp_user, password)
        server.send_message(mail)
