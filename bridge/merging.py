"""Making one contact of two: a choice per field, the other goes to the deleted items, and all of it can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.past import restore_version
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, Origin, Precondition, Record, Refused
from storage_plugin.model.contact import LISTS, TEXTS, Contact

Choice = Literal["kept", "other", "both"]
FIELDS = (*TEXTS, "is_company", *LISTS)
"""What can be chosen; the photo stays that of the contact which is kept."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: the contact that was kept, its revisions before and after, and the one that was deleted."""

    kept: ContactId
    before: int
    after: int
    other: ContactId


def differing(kept: Contact, other: Contact) -> list[str]:
    """Name the fields in which the two say something different."""
    return [name for name in FIELDS if getattr(kept, name) != getattr(other, name)]


def usual(name: str, kept: Contact, other: Contact) -> Choice:
    """Choose so that nothing gets lost: lists are joined, and what is empty is filled."""
    if name in LISTS:
        return "both"
    return "kept" if getattr(kept, name) or not getattr(other, name) else "other"


def merged(kept: Contact, other: Contact, choices: Mapping[str, Choice]) -> Contact:
    """Give the contact that the choices make; a field without one stays as it is in ``kept``."""
    changes: dict[str, Any] = {}
    for name in differing(kept, other):
        match choices.get(name, "kept"):
            case "other":
                changes[name] = getattr(other, name)
            case "both" if name in LISTS:
                present = getattr(kept, name)
                changes[name] = (*present, *(each for each in getattr(other, name) if each not in present))
            case _:
                pass
    return replace(kept, **changes)


def merge(viewing: Viewing, kept: Record, other: Record, choices: Mapping[str, Choice], by: Origin) -> Merged:
    """Carry a merge out; raise Precondition when either is not any more what it was when the choices were made.

    The other is deleted last, as it was looked at: what goes wrong or is written into it before leaves both.
    """
    if kept.id == other.id:
        raise Refused("choose two different contacts")
    if viewing.changeable(other.id).revision != other.revision:
        raise Precondition("the other contact has changed since")
    contacts = SqlContacts(viewing.database, viewing.viewer.book_id)
    who = merged(kept.contact, other.contact, choices)
    saved = contacts.save(who, by, contact_id=kept.id, revision=kept.revision)
    contacts.delete(other.id, by, revision=other.revision)
    return Merged(kept.id, kept.revision, saved.revision, other.id)


def undo(viewing: Viewing, done: Merged, by: Origin) -> None:
    """Bring the other back, and let the kept one say what it said; raise Precondition when it was changed since."""
    kept = viewing.changeable(done.kept)
    viewing.deleted_item(done.other)
    if kept.revision != done.after:
        raise Precondition("the contact was changed since: restore what you want of it from its history")
    contacts = SqlContacts(viewing.database, viewing.viewer.book_id)
    contacts.restore(done.other, by)
    if done.before != done.after:
        viewing.state(done.kept, done.before)
        restore_version(viewing.database, viewing.viewer.book_id, done.kept, done.before, by)
