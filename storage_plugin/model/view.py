"""Who sees what: a user's view of the shared contacts, and the rules on what he or she may do with them.

The filter is evaluated here and nowhere else, in every script and on every database alike; the database keeps its
outcome (table ``hidden``), so that listing an address book never evaluates it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from storage_plugin.model.contact import LISTS, Contact


class Operator(StrEnum):
    """How a condition compares; text is compared without regard to case, in Unicode NFC."""

    IS = "is"
    IS_NOT = "is-not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains-not"
    STARTS_WITH = "starts-with"
    IS_EMPTY = "is-empty"
    IS_NOT_EMPTY = "is-not-empty"
    LESS = "less"
    GREATER = "greater"


class NewContacts(StrEnum):
    """What becomes of a contact that a user makes on a device (BCM-12, BCM-13, BC-16)."""

    INBOX = "inbox"
    ACCEPT = "accept"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Condition:
    """``property`` is an attribute of Contact ("company"), of a list's items ("emails.address", "categories"),
    "type", "customer_number", or "custom.NAME" for a field of the firm's own."""

    property: str
    operator: Operator
    value: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions of which all (default) or any must hold; no conditions let everything through."""

    conditions: tuple[Condition, ...] = ()
    match: Literal["all", "any"] = "all"

    def lets_through(self, subject: Subject) -> bool:
        """Tell whether ``subject`` passes; a pure function of its own columns."""
        if not self.conditions:
            return True
        join = all if self.match == "all" else any
        return join(holds(condition, texts_of(subject, condition.property)) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a filter may look at: a contact with the columns of its business record."""

    contact: Contact
    type: str = ""
    customer_number: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """One user's view of the active book."""

    filter: Filter = Filter()
    new_contacts: NewContacts = NewContacts.INBOX
    read_only: bool = False
    show_accounts: bool = False

    @property
    def fingerprint(self) -> str:
        """Name everything that decides which shared contacts are seen, in eight characters for the sync token."""
        seen_by = repr((self.filter.match, [(c.property, c.operator.value, c.value) for c in self.filter.conditions]))
        return sha256(f"{seen_by}{self.show_accounts}".encode()).hexdigest()[:8]


def folded(text: str) -> str:
    """Fold ``text`` for comparison: NFC, then case-folded (VC-59)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def texts_of(subject: Subject, name: str) -> list[str]:
    """Give what ``subject`` says of the property ``name``; an empty text says nothing."""
    head, _, tail = name.partition(".")
    if head == "custom":
        return [subject.custom.get(tail, "")]
    if head in ("type", "customer_number"):
        return [getattr(subject, head)]
    value = getattr(subject.contact, head, "")
    if head not in LISTS:
        return [_written(value)]
    return [_written(getattr(item, tail, "")) if tail else str(item) for item in value]


def _written(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def holds(condition: Condition, values: Iterable[str]) -> bool:
    """Tell whether ``condition`` holds for the texts of its property."""
    is_meant, is_wanted = asked(condition)
    return any(is_meant(folded(value)) for value in values if value) is is_wanted


def asked(condition: Condition) -> tuple[Callable[[str], bool], bool]:
    """Give what ``condition`` asks of each text (``folded``, not empty), and whether one has to be so, or none."""
    wanted = folded(condition.value)
    match condition.operator:
        case Operator.IS:
            return (wanted.__eq__, True) if wanted else (_is_there, False)
        case Operator.IS_NOT:
            return (wanted.__eq__, False) if wanted else (_is_there, True)
        case Operator.CONTAINS:
            return lambda text: wanted in text, True
        case Operator.CONTAINS_NOT:
            return lambda text: wanted in text, False
        case Operator.STARTS_WITH:
            return lambda text: text.startswith(wanted), True
        case Operator.IS_EMPTY:
            return _is_there, False
        case Operator.IS_NOT_EMPTY:
            return _is_there, True
        case Operator.LESS:
            return lambda text: _ordered(text) < _ordered(wanted), True
        case Operator.GREATER:
            return lambda text: _ordered(text) > _ordered(wanted), True


def _is_there(_: str) -> bool:
    return True


def _ordered(text: str) -> tuple[int, float, str]:
    try:
        return (0, float(text), "")
    except ValueError:
        return (1, 0.0, text)
