"""What an import does with each card or row: a pure plan, printed by ``--preview`` and carried out in slices.

A card of a known UID changes that record if it says something else; a row of a known customer number, or of a known
e-mail address together with the name, is reported as present and changes nothing (AMI-9): so the same file twice
adds nothing. Everything else is added as a business contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol
from uuid import UUID, uuid5

from bridge.files.found import Found, FoundCard, FoundContact, Refusal
from storage_plugin.database.incoming import uid_key
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.view import folded
from storage_plugin.vcard.intake import Accepted, accept
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import contact_from_vcard, new_vcard

SLICE = 500
FROM_THIS_FILE = ContactId(0)
NAMESPACE = UUID("2b2d1e3c-6f0e-5c0a-9c39-6a5d3f4f6c11")


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is in the book already; ``text`` is its whole card. ``id`` FROM_THIS_FILE: just read."""

    id: ContactId
    uid: str
    customer_number: str
    contact: Contact
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what the contents of a slice may be known."""

    uids: tuple[str, ...]
    customer_numbers: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Add:
    """A new record: its card, and the customer number that the file gives it."""

    line: int
    name: str
    text: str
    customer_number: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """A record whose card says something else in the file."""

    line: int
    name: str
    id: ContactId
    text: str


@dataclass(frozen=True, slots=True)
class Present:
    """A record that is there already, or stood in the file before."""

    line: int
    name: str


Step = Add | Update | Present | Refusal


class Target(Protocol):
    """What an import needs of the database."""

    def known(self, wanted: Wanted) -> Sequence[Known]:
        """Give the shared records that have one of these UIDs, customer numbers or e-mail addresses."""

    def write(self, adds: Sequence[Add], updates: Sequence[Update]) -> Sequence[Refusal]:
        """Add and change records in one transaction; give those that could not be stored."""


class Planner:
    """Decides on one slice after the other, remembering what it has decided."""

    def __init__(self) -> None:
        self._by_uid: dict[str, Known] = {}
        self._by_number: dict[str, Known] = {}
        self._by_email: dict[tuple[str, str], Known] = {}

    def plan(self, slice_: Sequence[Found], known: Iterable[Known]) -> list[Step]:
        """Give one step for each card or row."""
        for each in known:
            self._remember(each)
        return [self._step(found) for found in slice_]

    def _step(self, found: Found) -> Step:
        match found:
            case Refusal():
                return found
            case FoundCard():
                return self._card(found)
            case FoundContact():
                return self._row(found)

    def _card(self, found: FoundCard) -> Step:
        accepted = accepted_card(found)
        contact = contact_from_vcard(accepted.text)
        name, uid = display_name(contact), uid_key(accepted.uid)
        if accepted.is_group:
            return Refusal(found.line, f"{name} is a group; groups belong to the device that makes them.")
        known = self._by_uid.get(uid)
        if known is not None and is_same(known.text, accepted.text):
            return Present(found.line, name)
        if known is not None and known.id == FROM_THIS_FILE:
            return Refusal(found.line, f"{name} has the UID of another card of this file.")
        if known is not None:
            self._remember(replace(known, contact=contact, text=accepted.text))
            return Update(found.line, name, known.id, accepted.text)
        if uid == made_uid(found) and self._alike(contact):
            return Present(found.line, name)
        self._remember(Known(FROM_THIS_FILE, uid, "", contact, accepted.text))
        return Add(found.line, name, accepted.text)

    def _row(self, found: FoundContact) -> Step:
        uid = found.uid or made_uid(found)
        name = display_name(found.contact)
        if self._by_number.get(found.customer_number) or self._by_uid.get(uid) or self._alike(found.contact):
            return Present(found.line, name)
        text = new_vcard(found.contact, uid)
        self._remember(Known(FROM_THIS_FILE, uid, found.customer_number, found.contact, text))
        return Add(found.line, name, text, found.customer_number)

    def _alike(self, contact: Contact) -> bool:
        return any(each in self._by_email for each in _names(contact))

    def _remember(self, known: Known) -> None:
        self._by_uid[known.uid] = known
        if known.customer_number:
            self._by_number[known.customer_number] = known
        self._by_email |= dict.fromkeys(_names(known.contact), known)


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    added: int = 0
    updated: int = 0
    present: int = 0
    refused: list[Refusal] = field(default_factory=list)
    remarks: list[Refusal] = field(default_factory=list)

    @property
    def is_fruitless(self) -> bool:
        """Tell whether there was something, and nothing of it could be taken."""
        return bool(self.refused) and not (self.added or self.updated or self.present)


def run(found: Iterable[Found], target: Target, *, preview: bool = False) -> Report:
    """Import in slices, each one transaction; with ``preview`` nothing is written."""
    report, planner = Report(), Planner()
    for slice_ in slices(found):
        steps = planner.plan(slice_, target.known(wanted(slice_)))
        adds = [step for step in steps if isinstance(step, Add)]
        updates = [step for step in steps if isinstance(step, Update)]
        refused = [] if preview else list(target.write(adds, updates))
        lines = {refusal.line for refusal in refused}
        report.added += sum(add.line not in lines for add in adds)
        report.updated += sum(update.line not in lines for update in updates)
        report.present += sum(isinstance(step, Present) for step in steps)
        report.refused += [step for step in steps if isinstance(step, Refusal)] + refused
        for each in slice_:
            report.remarks += [Refusal(each.line, text) for text in getattr(each, "remarks", ())]
    report.refused.sort(key=lambda refusal: refusal.line)
    return report


def wanted(slice_: Sequence[Found]) -> Wanted:
    """Tell by what the contents of a slice may be known."""
    uids, numbers, emails = set[str](), set[str](), set[str]()
    for found in slice_:
        match found:
            case FoundCard():
                accepted = accepted_card(found)
                uids.add(uid_key(accepted.uid))
                if uid_key(accepted.uid) == made_uid(found):
                    emails |= {email.address for email in contact_from_vcard(accepted.text).emails}
            case FoundContact():
                uids.add(found.uid or made_uid(found))
                numbers.add(found.customer_number)
                emails |= {email.address for email in found.contact.emails}
    return Wanted(tuple(sorted(uids)), tuple(sorted(numbers - {""})), tuple(sorted(emails)))


def slices(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Cut into what one transaction takes."""
    rest = iter(found)
    while slice_ := list(islice(rest, SLICE)):
        yield slice_


def made_uid(found: FoundCard | FoundContact) -> str:
    """Make the UID of a card or row that has none: the same for the same content, so that it is known again."""
    content = (
        found.body.decode("latin-1") if isinstance(found, FoundCard) else repr((found.contact, found.customer_number))
    )
    return str(uuid5(NAMESPACE, content))


def accepted_card(found: FoundCard) -> Accepted:
    """Take in a card that reading has accepted once."""
    return accept(found.body, tolerant=True, new_uid=lambda: made_uid(found))


def is_same(one: str, other: str) -> bool:
    """Tell whether two cards say the same, but for the time stamp that some programs renew at each export (VC-87)."""
    said = ([line.raw for line in parse(text).lines if line.name != "REV"] for text in (one, other))
    return next(said) == next(said)


def _names(contact: Contact) -> list[tuple[str, str]]:
    name = folded(display_name(contact))
    return [(folded(email.address), name) for email in contact.emails]
