"""The e-mail about troubles, in the languages of those who read it: one part for each, in the order of the addresses.

Nobody has told in which language an address is read. That of a user who goes by it is known, as is that of the
administrators, for whom such an e-mail is; where nobody has come to the page yet, it is English.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from bridge.mailing import NotSent
from bridge.settings import Settings
from bridge.troubles import Trouble
from bridge.web.languages import WRITTEN_IN, language
from bridge.web.sentences import sentences
from storage_plugin.model.marking import N_


def letter(settings: Settings, told: Sequence[Trouble], codes: Sequence[str] = ()) -> EmailMessage:
    """Write the e-mail; ``codes`` name the languages. Raises NotSent for addresses that are none."""
    spoken = [sentences(language(code)) for code in codes or (WRITTEN_IN,)]
    mail = EmailMessage()
    about = told[0].sentence if len(told) == 1 else N_(f"{len(told)} troubles")
    mail["Subject"] = f"Contact Bridge: {spoken[0](about)}"
    try:
        mail["From"] = settings.mail_from or settings.mail_to[0]
        mail["To"] = ", ".join(settings.mail_to)
    except ValueError as error:  # two lines
        raise NotSent("mail_from or mail_to cannot be one") from error
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain="contact-bridge.invalid")
    more = N_("The page says more under Status. The same is told once a day at most.")
    parts = ["\n".join([*(f"- {said(each.sentence)}" for each in told), "", said(more), ""]) for said in spoken]
    mail.set_content("\n\n".join(parts))
    mail["Content-Language"] = ", ".join(codes or (WRITTEN_IN,))
    return mail
