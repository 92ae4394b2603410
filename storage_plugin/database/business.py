"""What the business side does to one record: save, delete, restore. Each is part of one transaction.

A card keeps its identity (href and UID) but for one case: where somebody who will see it has another card of the
same UID. It then gets a new one, and devices take it for a new card; nothing tells whose the other card is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, or_, select, update

from storage_plugin.database import aliases, trash
from storage_plugin.database.additions import New, add_records, as_account, href_of, sent_of, with_photo
from storage_plugin.database.editing import change_text
from storage_plugin.database.holding import hold, hold_deleted
from storage_plugin.database.incoming import columns_of
from storage_plugin.database.pictures import with_picture
from storage_plugin.database.record_types import checked, find_type, write_values
from storage_plugin.database.schema import EVERYONE, card, contact
from storage_plugin.database.visibility import (
    filters,
    hide_or_show,
    record_column,
    subject_of,
)
from storage_plugin.database.writing import keep_binaries, next_number, now
from storage_plugin.model.book import ContactId, Origin, Precondition, Refused
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import BUSINESS_CONTACT, Base
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.lines import escape, parse
from storage_plugin.vcard.mapping import vcard_with

_ROW = select(contact).where(contact.c.id == bindparam("contact"))
_TWIN = select(card.c.contact_id).where(
    card.c.book_id == bindparam("book"),
    card.c.uid == bindparam("uid"),
    card.c.contact_id != bindparam("contact"),
    or_(card.c.audience <= EVERYONE, card.c.audience == bindparam("audience"), bindparam("audience") <= EVERYONE),
)


def add(
    connection: Connection,
    book_id: int,
    who: Contact,
    by: Origin,
    *,
    type: str,
    owner_id: int | None = None,
    account_id: int | None = None,
    custom: Mapping[str, str] | None = None,
    photo: bytes | None = None,
) -> ContactId:
    """Add a record; raise Refused."""
    if owner_id is not None:
        if custom:
            raise Refused("a plain contact has no fields of a record type: promote it first")
        new = New(sent_of(who), owner_id=owner_id)
    else:
        kind = find_type(connection, book_id, type)
        who = _of_account(connection, book_id, who, account_id)
        sent = sent_of(who, kind.type.base)
        new = New(sent, kind, account_id=account_id, values=_given(checked(kind.type, custom or {})))
    if photo:
        new = replace(new, sent=with_photo(connection, new.sent, photo))
    return ContactId(add_records(connection, book_id, [new], by)[0])


def change(
    connection: Connection,
    book_id: int,
    contact_id: int,
    who: Contact,
    by: Origin,
    *,
    revision: int | None = None,
    account_id: int | None = None,
    custom: Mapping[str, str] | None = None,
    photo: bytes | None = None,
) -> None:
    """Make a record say ``who``, with a new ``photo`` (``b""``: without one); what says so already is left alone.

    Raises NotFound, Precondition, Refused.
    """
    old = hold(connection, book_id, contact_id)
    if revision is not None and revision != old["revision"]:
        raise Precondition(f"record {contact_id} has changed since: it is at revision {old['revision']} now")
    who = _of_account(connection, book_id, who, account_id)
    if base_of(old["record"]) is Base.ACCOUNT:
        who = as_account(who)
    record = set_own_values(connection, book_id, old, custom) if custom is not None else old["record"]
    slim = vcard_with(old["text"], who)
    if photo is not None:
        slim, binaries = with_picture(connection, slim, photo)
        keep_binaries(connection, binaries)
    set_text(connection, old, slim, by, record=record, account_id=account_id)


def set_text(
    connection: Connection,
    old: dict[str, Any],
    slim: str,
    by: Origin,
    *,
    record: str | None,
    account_id: int | None = None,
    version: str | None = None,
) -> bool:
    """Make a held card say ``slim`` under a new number; tell whether that is anything new.

    ``account_id`` links the record to an account, 0 to none; None leaves the link.
    """
    row = connection.execute(_ROW, {"contact": old["contact_id"]}).one()
    relinked = account_id is not None and (account_id or None) != row.account_id
    version = version or old["vcard_version"]
    if (slim, record, version) == (old["text"], old["record"], old["vcard_version"]) and not relinked:
        return False
    change_text(connection, old, slim, version, now(), by, record=record)
    if relinked:
        connection.execute(update(contact).where(contact.c.id == row.id).values(account_id=account_id or None))
    return True


def discard(connection: Connection, book_id: int, contact_id: int, by: Origin, revision: int | None = None) -> None:
    """Move a record to the deleted items; raise NotFound, and Precondition when it is not at ``revision``."""
    old, at = hold(connection, book_id, contact_id), now()
    if revision is not None and old["revision"] != revision:
        raise Precondition(f"record {contact_id} has changed since: it is at revision {old['revision']} now")
    trash.throw_away(connection, old, next_number(connection, book_id, by, at), at)


def restore(
    connection: Connection, book_id: int, contact_id: int, by: Origin, said: tuple[str, str] | None = None
) -> None:
    """Bring a record back from the deleted items, with ``said`` as its (text, vCard version); raise NotFound."""
    old, at = hold_deleted(connection, book_id, contact_id), now()
    slim, version = said or (old["text"], old["vcard_version"])
    uid, is_double = old["uid"], has_twin(connection, old, old["audience"])
    if is_double:
        uid = str(uuid4())
        slim = with_uid(slim, uid)
    if old["audience"] <= EVERYONE:
        subject = subject_of(columns_of(slim).contact, old["record"])
        hide_or_show(connection, contact_id, subject, filters(connection, book_id), is_new=False)
    number = next_number(connection, book_id, by, at)
    if is_double:
        aliases.lose_names(connection, old, number)
    href = href_of(uid) if is_double else aliases.come_back(connection, old, number)
    trash.bring_back(connection, old, number, at, href=href, slim=slim, version=version, uid=uid)


def uid_of(text: str) -> str:
    """Give the UID that a card names, as it is written."""
    return next((line.text for line in parse(text).lines if line.name == "UID"), "")


def with_uid(text: str, uid: str) -> str:
    """Give a card this UID; all other lines keep their bytes."""
    if uid_of(text) == uid:
        return text
    draft = Draft(text)
    for line in draft.named("UID"):
        draft.rewrite(line, escape(uid))
    return draft.text


def has_twin(connection: Connection, old: Mapping[str, Any], audience: int) -> bool:
    """Tell whether somebody who sees a record of this audience has another card of the same UID."""
    this = {"book": old["book_id"], "uid": old["uid"], "contact": old["contact_id"], "audience": audience}
    return connection.execute(_TWIN, this).first() is not None


def _of_account(connection: Connection, book_id: int, who: Contact, account_id: int | None) -> Contact:
    """Check that a record may be linked to ``account_id``; a contact that names no company gets the account's."""
    if not account_id:
        return who
    found = connection.execute(_ROW, {"contact": account_id}).first()
    known = found and find_base(connection, account_id)
    if found is None or found.book_id != book_id or known is not Base.ACCOUNT:
        raise Refused(f"record {account_id} is not an account of this book")
    return who if who.company else replace(who, company=found.company or "")


def find_base(connection: Connection, contact_id: int) -> Base:
    """Say what a record is built on."""
    record = connection.execute(select(card.c.record).where(card.c.contact_id == contact_id)).scalar()
    return base_of(record)


def base_of(record: str | None) -> Base:
    """Say what a record is built on, by its card's ``record`` column."""
    said = json.loads(record) if record else {}
    return Base(said.get("base", Base.CONTACT.value))


def type_of(record: str | None) -> str:
    """Name a shared record's type, by its card's ``record`` column."""
    said = json.loads(record) if record else {}
    return str(said.get("type") or BUSINESS_CONTACT.name)


def set_own_values(
    connection: Connection, book_id: int, old: Mapping[str, Any], custom: Mapping[str, str]
) -> str | None:
    """Set values of a held record's own fields (``""`` removes one); give the card's ``record`` column from then on.

    Raises Refused for a field that its type does not have, or a value that the field cannot hold.
    """
    if old["audience"] > EVERYONE and custom:
        raise Refused("a plain contact has no fields of a record type: promote it first")
    said = json.loads(old["record"]) if old["record"] else {}
    kind = find_type(connection, book_id, type_of(old["record"]))
    values = checked(kind.type, custom)
    write_values(connection, old["contact_id"], kind, values)
    joined = _given({**said.get("custom", {}), **values})
    return record_column(kind.type.name, kind.type.base.value, said.get("customer_number"), joined)


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
