"""The rules of a mirror as data, with small questions that can be asked of them.

Where the three old products differ, the rule is an option and its default is the one named here: new items of the
folder stay the owner's plain contacts (BCM-13), the book wins a conflict (BC-21), both directions are on (AMI-16).
A deletion in the folder moves the record to the deleted items; that is no option (BCM-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Flag, Item, Local, Side


class Winner(StrEnum):
    """Whose value is taken where both sides changed one field differently; the other value is kept as a conflict."""

    MASTER = "master"
    LAST_CHANGE = "last change"
    REMOTE = "remote"
    ASK = "ask"


class NewItems(StrEnum):
    """What becomes of a contact that somebody made in the folder (BCM-13, BC-16, AMI-17)."""

    EXISTING_ONLY = "existing only"
    ACCEPT_VALID = "accept valid"
    ADD = "add"
    IGNORE = "ignore"


class Mode(StrEnum):
    """How a field is written to the folder; what people change there is taken in under any mode."""

    WRITE = "write"
    WRITE_IF_EMPTY = "write if empty"
    KEEP = "keep"


class Entry(StrEnum):
    """As what an item of the folder comes into the book."""

    BUSINESS = "business contact"
    PLAIN = "plain contact"
    STAYS_OUT = "stays out"


class Ways(NamedTuple):
    """Which sides a field may be written to."""

    ours: bool
    theirs: bool

    def into(self, side: Side) -> bool:
        """Tell whether ``side`` may be written to."""
        return self.ours if side is Side.OURS else self.theirs


BOTH_WAYS = Ways(ours=True, theirs=True)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many deletions on one side a run may do unasked: ``count``, or ``share`` of the linked contacts if more."""

    count: int = 10
    share: float = 0.2

    def of(self, linked: int) -> int:
        """Give the number for a mirror of ``linked`` contacts."""
        return max(self.count, int(self.share * linked))


@dataclass(frozen=True, slots=True)
class Policy:
    """The options of one mirror.

    ``required`` are attributes of Contact that an item must have filled to be accepted when valid (BC-19);
    ``formatted_name`` stands for any part of a name. ``modes`` names the fields that are not simply written.
    ``flag`` None switches the category off (BCM-22).
    """

    winner: Winner = Winner.MASTER
    imports: bool = True
    exports: bool = True
    new_items: NewItems = NewItems.EXISTING_ONLY
    required: tuple[str, ...] = ("formatted_name", "emails")
    persons_only: bool = True
    flag: Flag | None = field(default_factory=Flag)
    modes: Mapping[str, Mode] = field(default_factory=dict)
    limit: Limit = field(default_factory=Limit)


def belongs_in_folder(local: Local | None) -> bool:
    """Tell whether a record is to be in the folder: shared, let through by the filter, and not deleted."""
    return local is not None and local.wanted and not local.trashed and not local.plain


def may_enter(policy: Policy, item: Item) -> Entry:
    """Tell as what an item that no record is linked to comes into the book.

    An item with a stamp is another book's (BCM-58) or a copy that somebody made: it is never touched.
    """
    if not policy.imports or policy.new_items is NewItems.IGNORE:
        return Entry.STAYS_OUT
    if item.stamp is not None or policy.new_items is NewItems.EXISTING_ONLY:
        return Entry.PLAIN
    if policy.new_items is NewItems.ADD or is_valid(policy, item.view):
        return Entry.BUSINESS
    return Entry.PLAIN


def is_valid(policy: Policy, contact: Contact) -> bool:
    """Tell whether ``contact`` has the required fields (BC-19) and is a person where it must be (BC-20)."""
    if policy.persons_only and not is_person(contact):
        return False
    return all(_is_filled(contact, name) for name in policy.required)


def is_person(contact: Contact) -> bool:
    """Tell a person from a firm: it says so, or it has no name but the firm's."""
    if contact.is_company:
        return False
    if contact.given_name.strip() or contact.family_name.strip():
        return True
    name = contact.formatted_name.strip()
    return not name or name != contact.company.strip()


def winning_side(policy: Policy, ours: Local, theirs: Item) -> Side | None:
    """Tell which side's value is taken in a conflict; None leaves each its own and asks.

    Where one direction is off, the side that everything comes from wins. "Last change" compares two clocks; where
    they do not tell, the book wins.
    """
    if policy.imports != policy.exports:
        return Side.OURS if policy.exports else Side.THEIRS
    match policy.winner:
        case Winner.MASTER:
            return Side.OURS
        case Winner.REMOTE:
            return Side.THEIRS
        case Winner.LAST_CHANGE:
            return Side.THEIRS if _is_later(theirs.modified_at, ours.modified_at) else Side.OURS
        case Winner.ASK:
            return None


def ways(policy: Policy, name: str, theirs: Any) -> Ways:
    """Tell which sides the field ``name`` may be written to, where the folder has ``theirs`` in it now."""
    mode = policy.modes.get(name, Mode.WRITE)
    writable = mode is Mode.WRITE or (mode is Mode.WRITE_IF_EMPTY and not theirs)
    return Ways(ours=policy.imports, theirs=policy.exports and writable)


def _is_filled(contact: Contact, name: str) -> bool:
    if name == "formatted_name":
        return any(part.strip() for part in (contact.formatted_name, contact.given_name, contact.family_name))
    value = getattr(contact, name)
    return bool(value.strip() if isinstance(value, str) else value)


def _is_later(one: str, other: str) -> bool:
    try:
        return _moment(one) > _moment(other)
    except ValueError:
        return False


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
