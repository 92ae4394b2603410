"""A card that a device makes: a plain contact, a business contact, a record from the trash, or a proposal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from storage_plugin.database import aliases, trash
from storage_plugin.database.conflicts import note_conflict
from storage_plugin.database.incoming import Columns, Sent
from storage_plugin.database.naming import etag_of
from storage_plugin.database.numbers import give_number
from storage_plugin.database.raw_writes import value_of
from storage_plugin.database.records import columns_of as contact_columns
from storage_plugin.database.records import write_children
from storage_plugin.database.schema import EVERYONE, book, contact, record_type
from storage_plugin.database.visibility import filters, hide_or_show, record_column, subject_of
from storage_plugin.database.writing import add_card, bury, keep_binaries, next_number, now
from storage_plugin.model.book import ChangeNumber, Refused, Stored, Viewer
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.view import NewContacts

_CONTACT = insert(contact).returning(contact.c.id)
_COMING_NUMBER = select(book.c.next_customer_number).where(book.c.id == bindparam("book"))
_ACCOUNT_TYPES = select(record_type.c.id).where(
    record_type.c.book_id == bindparam("book"), record_type.c.base == "account"
)
_ACCOUNT = (
    select(contact.c.id)
    .where(contact.c.record_type_id.in_(_ACCOUNT_TYPES), contact.c.company == bindparam("company"))
    .order_by(contact.c.id)
    .limit(1)
    .with_for_update(read=True, key_share=True, nowait=True, of=contact)
)


def create(connection: Connection, viewer: Viewer, href: str, sent: Sent) -> Stored:
    """Store a card under a name that is free in the viewer's book; raise Refused."""
    at = now()
    if viewer.view.read_only:
        return _propose(connection, viewer, href, sent, at)
    deleted = trash.find_by_uid(connection, viewer.book_id, viewer.user_id, viewer.view, sent.uid)
    if deleted is not None:
        key, revision = _revive(connection, viewer, href, sent, deleted, at)
    elif viewer.view.new_contacts is NewContacts.REFUSE:
        raise Refused("new contacts are not taken from devices here: ask your administrator")
    else:
        key, revision = _make(connection, viewer, href, sent, at), 1
    writes_v4 = viewer.writes_v4 or sent.version == "4.0"
    as_sent = not sent.is_repaired and sent.version != "2.1"
    return Stored(True, etag_of("c", key, revision, sent.version, writes_v4) if as_sent else None)


def is_acceptable(who: Contact) -> bool:
    """Tell whether a contact from a device may become a business contact by itself (BC-19, BC-20)."""
    return bool(display_name(who)) and bool(who.emails) and not who.is_company


def account_named(connection: Connection, book_id: int, company: str) -> int | None:
    """Find the account of exactly this name."""
    if not company:
        return None
    key: int | None = value_of(connection, _ACCOUNT, {"book": book_id, "company": company})
    return key


def _make(connection: Connection, viewer: Viewer, href: str, sent: Sent, at: str) -> int:
    read = sent.columns
    is_shared = _is_shared_at_once(connection, viewer, read.contact)
    owner = None if is_shared else viewer.user_id
    key = insert_contact(connection, viewer.book_id, owner, read, at)
    keep_binaries(connection, sent.binaries)
    record = None
    if is_shared:
        among = filters(connection, viewer.book_id)
        record = record_column("", "contact", give_number(connection, viewer.book_id, key), {})
        hide_or_show(connection, key, subject_of(read.contact, record), among, is_new=True)
    number = next_number(connection, viewer.book_id, viewer.origin, at)
    name = aliases.take(connection, viewer, key, href)
    audience = EVERYONE if owner is None else owner
    values = card_values(viewer.book_id, key, audience, name, sent, number, record, at)
    add_card(connection, values, read.haystack)
    return key


def _is_shared_at_once(connection: Connection, viewer: Viewer, who: Contact) -> bool:
    """Tell whether a new contact becomes a business contact at once.

    What the maker's own filter would hide stays plain: a new contact never vanishes from the phone it was made on.
    """
    is_accepted = viewer.view.new_contacts is NewContacts.ACCEPT and is_acceptable(who)
    return is_accepted and stays_when_shared(connection, viewer, who)


def stays_when_shared(connection: Connection, viewer: Viewer, who: Contact) -> bool:
    """Tell whether the viewer would still see a plain contact of his or hers as a business contact."""
    coming = coming_number(connection, viewer.book_id)
    return viewer.view.filter.lets_through(subject_of(who, record_column("", "contact", coming, {})))


def coming_number(connection: Connection, book_id: int) -> str:
    """Say which customer number the next record will most likely get; it is not taken."""
    return str(value_of(connection, _COMING_NUMBER, {"book": book_id}))


def insert_contact(
    connection: Connection, book_id: int, owner_id: int | None, read: Columns, at: str, **more: Any
) -> int:
    """Insert a ``contact`` row with its children; give its id."""
    account = account_named(connection, book_id, read.contact.company)
    same = {"book_id": book_id, "owner_id": owner_id, "account_id": account, "created_at": at}
    key: int = value_of(connection, _CONTACT, contact_columns(read.contact) | same | more)
    write_children(connection, key, None, read.contact)
    return key


def card_values(
    book_id: int, key: int, audience: int, href: str, sent: Sent, number: ChangeNumber, record: str | None, at: str
) -> dict[str, Any]:
    """Make the ``card`` row of a new contact."""
    numbers = {"revision": 1, "number": number, "since_number": number}
    names = {
        "href": href,
        "uid": sent.uid,
        "vcard_version": sent.version,
        "record": record,
        "text": sent.slim,
        "modified_at": at,
    }
    return {"contact_id": key, "book_id": book_id, "audience": audience} | names | numbers


def _revive(connection: Connection, viewer: Viewer, href: str, sent: Sent, deleted: Any, at: str) -> tuple[int, int]:
    """Bring a record back from the trash, as an offline phone has it now; give its id and revision."""
    key, revision = deleted["contact_id"], deleted["revision"] + 1
    keep_binaries(connection, sent.binaries)
    read = sent.columns
    if deleted["audience"] <= EVERYONE:
        among = filters(connection, viewer.book_id)
        hide_or_show(connection, key, subject_of(read.contact, deleted["record"]), among, is_new=False)
    number = next_number(connection, viewer.book_id, viewer.origin, at)
    name = aliases.come_back_as(connection, viewer, deleted, href, number)
    said = {"slim": sent.slim, "version": sent.version, "uid": sent.uid}
    trash.bring_back(connection, deleted, number, at, href=name, **said)
    return key, revision


def _propose(connection: Connection, viewer: Viewer, href: str, sent: Sent, at: str) -> Stored:
    """Keep a read-only user's new card as a proposal, and have the device drop it at its next sync."""
    by = viewer.origin
    keep_binaries(connection, sent.binaries)
    note_conflict(connection, viewer.book_id, None, "proposal", at, by, ours=None, theirs=sent.slim)
    number = next_number(connection, viewer.book_id, by, at)
    bury(connection, viewer, href, number)
    return Stored(True, None)
