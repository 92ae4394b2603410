"""Record types: Business Contact, Account, and the firm's own types with own fields (BCM-39, BCM-41, BCM-42)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Base(StrEnum):
    """What a record type is built on: only types based on ``CONTACT`` are shown on devices and mirrored."""

    CONTACT = "contact"
    ACCOUNT = "account"


class FieldKind(StrEnum):
    """What a field of one's own may hold; dates are ISO 8601, numbers plain decimals."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a firm added to a record type; ``choices`` only for FieldKind.CHOICE."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[str, ...] = ()


def choices_of(text: str) -> tuple[str, ...]:
    """Read the choices of a field as people write them, with commas; each counts once."""
    return tuple(dict.fromkeys(choice.strip() for choice in text.split(",") if choice.strip()))


@dataclass(frozen=True, slots=True)
class RecordType:
    """A kind of business record; ``name`` is unique in its book."""

    name: str
    base: Base = Base.CONTACT
    fields: tuple[Field, ...] = ()


BUSINESS_CONTACT = RecordType("Business Contact")
ACCOUNT = RecordType("Account", Base.ACCOUNT)
