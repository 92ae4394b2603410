"""Handing an e-mail to the mail server (RFC 5321), over TLS from the start or by STARTTLS (RFC 3207).

A name and password are sent over TLS alone unless the operator says ``none``. What goes wrong is one sentence that
says what to look at; it quotes neither the server, which may repeat addresses, nor the password.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 30.0
"""Seconds to wait for each answer of the mail server."""


class NotSent(Exception):
    """An e-mail could not be handed over; the text says why."""


def send(settings: Settings, folder: Path, mail: EmailMessage) -> None:
    """Hand an e-mail to the mail server; raise NotSent. The password's file counts from the folder."""
    password = _password(folder / settings.smtp_password_file) if settings.smtp_user else ""
    with _told(settings), _connected(settings) as server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, password)
        server.send_message(mail)


def _connected(settings: Settings) -> smtplib.SMTP:
    at = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_tls == "tls":
        return smtplib.SMTP_SSL(*at, timeout=PATIENCE, context=ssl.create_default_context())
    return smtplib.SMTP(*at, timeout=PATIENCE)


def _password(file: Path) -> str:
    try:
        password = file.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise NotSent(f"the password of the mail server cannot be read from {file}: {reason}") from error
    if not password.isascii():  # smtplib can send no other
        raise NotSent(f"the password of the mail server in {file} may have ASCII characters only")
    return password


@contextmanager
def _told(settings: Settings) -> Iterator[None]:
    """Say in words of ours what went wrong."""
    host = settings.smtp_host
    at = f"{host}:{settings.smtp_port}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"the certificate of {host} does not hold: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise NotSent(f"{at} does not speak TLS as smtp_tls ({settings.smtp_tls}) has it") from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(f"{host} refuses smtp_user or its password ({error.smtp_code})") from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent(f"{at} lacks what is set: STARTTLS, a log-in, or addresses beyond ASCII") from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
        raise NotSent(f"{host} refuses every address of mail_to ({codes})") from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{host} refuses the e-mail ({error.smtp_code})") from error
    except smtplib.SMTPException as error:
        raise NotSent(f"{at} does not answer, or not as a mail server does") from error
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise NotSent(f"{at} cannot be reached: {reason}") from error
    except ValueError as error:
        raise NotSent("smtp_host, smtp_user, mail_from or mail_to cannot be one") from error
