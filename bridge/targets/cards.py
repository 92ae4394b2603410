"""A vCard as an item of a contacts folder: its view, its marks and its picture (RFC 6350, RFC 2426).

Two targets hold vCards: another CardDAV server's address book, and a folder of files. The stamp and the customer
number are properties of our own (RFC 6350 6.10, ``X-``), the flag is one of the CATEGORIES. A card keeps its bytes
but for the lines of what is changed.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from bridge.targets.base import Create, Update
from bridge.targets.edits import edited, flagged, unflagged
from bridge.targets.shape import EVERYTHING
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.intake import NotAVCard, accept
from storage_plugin.vcard.lines import escape, make_line, parse
from storage_plugin.vcard.mapping import contact_from_vcard, new_vcard, vcard_with
from storage_plugin.vcard.photo import photo_from, photo_of, vcard_with_photo

__all__ = ["NUMBER", "SHAPE", "STAMP", "NotAVCard", "card_text", "changed_card", "item_of", "new_card", "picture_of"]

STAMP, NUMBER = "X-CONTACT-BRIDGE-ID", "X-CONTACT-BRIDGE-NUMBER"

SHAPE = EVERYTHING
"""Cards hold all that a Contact has; the picture is written for itself."""


def card_text(id: ItemId, body: bytes) -> str | None:
    """Give the text of a contact's card, None for that of a list of contacts (a group is no contact).

    Raises NotAVCard for anything else, a card that was cut off above all. A card without UID gets one by ``id``.
    """
    accepted = accept(body, tolerant=True, new_uid=lambda: str(uuid5(NAMESPACE_URL, id)))
    return None if accepted.is_group else accepted.text


def item_of(id: ItemId, version: str, text: str, flag: Flag | None, modified_at: str = "") -> Item:
    """Read a card as an item."""
    card = parse(text)
    contact = SHAPE.view(contact_from_vcard(text, card)).view
    view = unflagged(contact, flag)
    marks = {name: line.text.strip() for name in (STAMP, NUMBER) if (line := card.first(name))}
    data = picture_of(text)
    return Item(
        id,
        version,
        view,
        Stamp.read(marks.get(STAMP, "")),
        marks.get(NUMBER, ""),
        flagged=view is not contact,
        photo=sha256(data).hexdigest() if data else "",
        modified_at=modified_at,
    )


def picture_of(text: str) -> bytes | None:
    """Give the bytes of the picture; one that is kept elsewhere (a URI) is never fetched."""
    photo = photo_of(text)
    return photo.data or None if photo else None


def new_card(create: Create, uid: str, flag: Flag | None) -> str:
    """Write a card in version 3.0, which every server takes."""
    contact = unflagged(create.view, flag)
    text = new_vcard(flagged(contact, flag) if create.flagged else contact, uid)
    text = _marked(text, str(create.stamp), create.customer_number)
    return vcard_with_photo(text, photo_from(create.photo)) if create.photo else text


def changed_card(text: str, update: Update, flag: Flag | None) -> str:
    """Patch a card; the same text comes back where nothing differs."""
    contact = contact_from_vcard(text)
    text = vcard_with(text, _wanted(contact, update, flag), contact)
    stamp, number = (str(update.stamp), update.customer_number) if update.stamp else ("", "")
    text = _marked(text, stamp, number)
    if update.photo is None:
        return text
    return vcard_with_photo(text, photo_from(update.photo))


def _wanted(contact: Contact, update: Update, flag: Flag | None) -> Contact:
    bare = unflagged(contact, flag)
    wanted = unflagged(edited(bare, update.known, update.view), flag)
    if wanted.categories == bare.categories and update.flagged == (bare is not contact):
        return replace(wanted, categories=contact.categories)
    return flagged(wanted, flag) if update.flagged else wanted


def _marked(text: str, stamp: str, number: str) -> str:
    draft = Draft(text)
    for name, value in ((STAMP, stamp), (NUMBER, number)):
        lines = draft.named(name)
        for line in lines[1:] if value else lines:
            draft.remove(line)
        if value and not lines:
            draft.add(make_line("", name, (), escape(value), draft.version))
        elif value and lines[0].text != value:
            draft.rewrite(lines[0], escape(value))
    return draft.text
