"""What reading a file gives: contacts with the line they begin on, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass

from storage_plugin.model.contact import Contact


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A vCard as it stands in the file, to be stored to the byte."""

    line: int
    body: bytes


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A row of a table. ``remarks`` say what of the row could not be taken, for the report."""

    line: int
    contact: Contact
    customer_number: str = ""
    uid: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A card or row that cannot be taken, and why, in a sentence."""

    line: int
    reason: str


Found = FoundCard | FoundContact | Refusal


class UnknownFile(Exception):
    """Nothing in the file is a contact; the text says what it looks like."""
