"""Promotion from a device: a plain contact to which its owner gives the flag category becomes a business contact."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage_plugin.database import promotion
from storage_plugin.database.creation import stays_when_shared
from storage_plugin.database.incoming import Sent
from storage_plugin.database.naming import look_up
from storage_plugin.database.raw_writes import tuples_of
from storage_plugin.database.schema import setting
from storage_plugin.model.book import Stored, Viewer
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import BUSINESS_CONTACT
from storage_plugin.model.view import NewContacts, folded
from storage_plugin.vcard.mapping import contact_from_vcard

FLAG_CATEGORY = "Business Contact"
"""The category that promotes, unless the setting ``flag_category`` names another one (or, empty, none)."""

_FLAG = select(setting.c.value).where(setting.c.name == "flag_category")


def promoted(connection: Connection, viewer: Viewer, href: str, sent: Sent, stored: Stored) -> Stored:
    """Promote what was just stored under ``href`` if its owner has flagged it and the policy allows it.

    A new contact that the maker's own filter would hide stays plain, so that it does not vanish from the phone.
    """
    view = viewer.view
    if view.read_only or view.new_contacts is NewContacts.REFUSE:
        return stored
    if not sent.columns.contact.categories or not _is_flagged(connection, sent.columns.contact):
        return stored
    mine = look_up(connection, viewer, href).mine
    if mine is None or mine["audience"] != viewer.user_id:
        return stored
    who = contact_from_vcard(mine["text"])
    if not _is_flagged(connection, who) or (stored.created and not stays_when_shared(connection, viewer, who)):
        return stored
    promotion.promote(connection, viewer.book_id, mine["contact_id"], viewer.origin, BUSINESS_CONTACT.name)
    return Stored(stored.created, None)


def _is_flagged(connection: Connection, who: Contact) -> bool:
    row = next(iter(tuples_of(connection, _FLAG, {})), None)
    flag = folded(FLAG_CATEGORY if row is None else row[0] or "")
    return bool(flag) and flag in (folded(category) for category in who.categories)
