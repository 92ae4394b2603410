"""Promotion of several plain contacts at once, by the one who has them (BCM-43 to BCM-46)."""

from __future__ import annotations

from collections.abc import Sequence

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import BookError, ContactId, NotFound, Origin, Record
from storage_plugin.model.contact import display_name


def promote(
    viewing: Viewing, ids: Sequence[ContactId], by: Origin, *, type: str, copy: bool
) -> tuple[list[Record], list[str]]:
    """Share plain contacts with the firm, as copies or themselves (BCM-44, BCM-45), each in a transaction of its own.

    Gives the business records, and a sentence for each contact that could not be one. Raises NotFound where one is
    not the viewer's own plain contact, and Refused for a viewer who may only read; then nothing was done.
    """
    contacts = SqlContacts(viewing.database, viewing.viewer.book_id)
    make = contacts.copy if copy else contacts.promote
    made: list[Record] = []
    failed: list[str] = []
    for record in [_own(viewing, key) for key in dict.fromkeys(ids)]:
        try:
            made.append(make(record.id, by, type=type))
        except BookError as error:
            failed.append(f"{display_name(record.contact)}: {error}.")
    return made, failed


def _own(viewing: Viewing, contact_id: ContactId) -> Record:
    record = viewing.changeable(contact_id)
    if record.owner_id != viewing.viewer.user_id:
        raise NotFound(f"there is no record {contact_id} here")
    return record
