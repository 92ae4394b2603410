"""Contact and its parts: frozen values for everything a contact has a field for in Outlook and on phones.

A Contact is what people read and edit; the card text of a device (see ``storage_plugin.vcard``) says the same and
more. Every attribute is plain text unless noted, and ``""`` or ``()`` means "not given". Lists keep the order of
the card. Nothing here knows who owns a contact or where it is kept: that is ``Record`` in ``model.book``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

PHONE_KINDS = (
    "work", "home", "mobile", "main", "work_fax", "home_fax", "other_fax", "pager", "car", "assistant",
    "callback", "isdn", "radio", "telex", "text", "video", "other",
)  # fmt: skip
"""The one vocabulary of phone kinds (VC-09), after Outlook's nineteen slots. ``""`` = the card names none;
any other text is a TYPE of the client's own, kept verbatim."""

PLACE_KINDS = ("work", "home", "other")
"""Kinds of e-mails, postal addresses, URLs and messengers; ``""`` = none named."""


@dataclass(frozen=True, slots=True)
class Email:
    """One e-mail address. ``label`` is the user's own word for it (X-ABLabel), if any."""

    address: str
    kind: str = ""
    label: str = ""
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Phone:
    """One number as people wrote it, dial pauses included; ``kind`` from PHONE_KINDS."""

    number: str
    kind: str = ""
    label: str = ""
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """One delivery address (RFC 6350 6.3.1); ``street`` may hold several lines, ``country_code`` is ISO 3166-1."""

    po_box: str = ""
    extended: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    country_code: str = ""
    kind: str = ""
    label: str = ""
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Url:
    """One web page."""

    address: str
    kind: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class ImportantDate:
    """A labelled date other than birthday and anniversary; ``value`` as in ``Contact.birthday``."""

    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Messenger:
    """An instant-messaging handle or social profile; ``service`` in lower case ("skype", "xmpp" …) or ``""``."""

    handle: str
    service: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """One person or company.

    ``birthday`` and ``anniversary`` are ISO 8601: ``1996-04-15``, or ``--04-15`` where the year is not known;
    a date that is no date ("circa 1800") stays in the card text only. ``photo`` is the SHA-256 (hex) of the raw
    value text of the card's PHOTO line, folds included (the same that ``vcard.binaries`` keeps it under), or the URI
    of a photo kept elsewhere. ``is_company`` marks a card that stands for a firm, not a person.
    """

    formatted_name: str = ""
    prefix: str = ""
    given_name: str = ""
    middle_name: str = ""
    family_name: str = ""
    suffix: str = ""
    nickname: str = ""
    phonetic_given_name: str = ""
    phonetic_family_name: str = ""
    phonetic_company: str = ""
    maiden_name: str = ""
    file_as: str = ""
    company: str = ""
    department: str = ""
    office: str = ""
    job_title: str = ""
    profession: str = ""
    assistant: str = ""
    manager: str = ""
    spouse: str = ""
    children: str = ""
    birthday: str = ""
    anniversary: str = ""
    note: str = ""
    photo: str = ""
    is_company: bool = False
    emails: tuple[Email, ...] = ()
    phones: tuple[Phone, ...] = ()
    addresses: tuple[PostalAddress, ...] = ()
    urls: tuple[Url, ...] = ()
    dates: tuple[ImportantDate, ...] = ()
    messengers: tuple[Messenger, ...] = ()
    categories: tuple[str, ...] = ()


ENTRIES: Mapping[str, type[Any]] = {
    "emails": Email,
    "phones": Phone,
    "addresses": PostalAddress,
    "urls": Url,
    "dates": ImportantDate,
    "messengers": Messenger,
}
"""The attributes of Contact that hold several entries, with the class of an entry."""

PARTS = {name: tuple(part.name for part in fields(entry)) for name, entry in ENTRIES.items()}
"""What an entry of each list consists of."""

KINDS: Mapping[str, tuple[str, ...]] = {
    name: PHONE_KINDS if name == "phones" else PLACE_KINDS for name, parts in PARTS.items() if "kind" in parts
}
"""The kinds of the entries of each list that knows kinds."""

LISTS = (*ENTRIES, "categories")
"""The attributes of Contact that hold several values."""

FIELDS = tuple(field.name for field in fields(Contact) if field.name not in LISTS)
"""The attributes of Contact that hold one value."""

TEXTS = tuple(name for name in FIELDS if name not in ("photo", "is_company"))
"""The attributes of Contact that hold one plain text, dates included."""

NAME_PARTS = ("prefix", "given_name", "middle_name", "family_name", "suffix")
"""The attributes of Contact that make up a person's name, in the order in which it is said."""


def display_name(contact: Contact) -> str:
    """Give the name under which people look for ``contact``: FN, else N, company, nickname, e-mail or phone."""
    full = " ".join(part for name in NAME_PARTS if (part := getattr(contact, name)))
    first_email = contact.emails[0].address if contact.emails else ""
    first_phone = contact.phones[0].number if contact.phones else ""
    candidates = (contact.formatted_name, full, contact.company, contact.nickname, first_email, first_phone)
    return next((name for name in candidates if name.strip()), "")
