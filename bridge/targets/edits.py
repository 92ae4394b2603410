"""What targets do alike with contacts: the part that an update changes, and the flag's category on and off."""

from __future__ import annotations

from dataclasses import replace

from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.mirror import Flag


def edited(current: Contact, known: Contact, view: Contact) -> Contact:
    """Give ``current`` with what differs between ``known`` and ``view``: single fields, and lists as a whole."""
    differing = [name for name in (*FIELDS, *LISTS) if getattr(known, name) != getattr(view, name)]
    return replace(current, **{name: getattr(view, name) for name in differing})


def flagged(contact: Contact, flag: Flag | None) -> Contact:
    """Give ``contact`` with the flag's category behind its own; a flag of None changes nothing."""
    if flag is None:
        return contact
    return replace(contact, categories=(*unflagged(contact, flag).categories, flag.name))


def unflagged(contact: Contact, flag: Flag | None) -> Contact:
    """Give ``contact`` without the flag's category; Outlook compares names without regard to case."""
    if flag is None:
        return contact
    left = tuple(name for name in contact.categories if name.casefold() != flag.name.casefold())
    return contact if left == contact.categories else replace(contact, categories=left)
