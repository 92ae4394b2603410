"""Writing cards: each with a precondition, so that nobody's edit is overwritten (RFC 9110 13.1, RFC 6352 6.3.2).

After the writing, the cards are read as the server holds them: servers write what they are sent differently.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bridge.targets.base import (
    Answer,
    Changed,
    Create,
    Delete,
    Forbidden,
    Gone,
    ItemError,
    Operation,
    Rejected,
    Unreachable,
    Update,
)
from bridge.targets.carddav.client import Client, Reply, TurnedAway
from bridge.targets.carddav.reading import Cards, together
from bridge.targets.cards import NotAVCard, card_text, changed_card, item_of, new_card
from storage_plugin.model.mirror import Item, ItemId

_VCARD = "text/vcard; charset=utf-8"
_LOCKED = (0.1, 0.3, 0.9)
"""Seconds between tries at a resource that is locked (RFC 4918 11.3)."""
_REASONS = {
    "{urn:ietf:params:xml:ns:carddav}max-resource-size": "the contact is too large for the server",
    "{urn:ietf:params:xml:ns:carddav}no-uid-conflict": "the server has a card with this UID already",
    "{urn:ietf:params:xml:ns:carddav}valid-address-data": "the server takes it for no valid card",
    "{urn:ietf:params:xml:ns:carddav}supported-address-data": "the server does not take this version of vCard",
}
"""Preconditions of RFC 6352 6.3.2.1, in words."""


@dataclass(frozen=True, slots=True)
class Written:
    """A card as it was sent; ``etag`` is ``""`` where the server does not tell."""

    id: ItemId
    text: str
    etag: str


class Writer:
    """Does operations on one address book."""

    def __init__(self, client: Client, cards: Cards, new_uid: Callable[[], str]) -> None:
        self._client = client
        self._cards = cards
        self._new_uid = new_uid

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Do all of them, and answer each with the item as it is held now."""
        outcomes = await together([self._outcome(operation) for operation in operations])
        written = [outcome.id for outcome in outcomes if isinstance(outcome, Written)]
        held = (await self._cards.read(written)).items if written else {}
        return [self._held(each, held) if isinstance(each, Written) else each for each in outcomes]

    def _held(self, written: Written, held: Mapping[ItemId, Item]) -> Item:
        """Give what the server made of the card, unless somebody else has changed or deleted it already.

        In that case it is answered as it was sent: the other's edit is a change, and comes with the next feed.
        """
        item = held.get(written.id)
        if item is None or written.etag not in ("", item.version):
            return item_of(written.id, written.etag, written.text, self._cards.flag)
        return item

    async def _outcome(self, operation: Operation) -> Written | ItemError | None:
        try:
            match operation:
                case Create():
                    return await self._create(operation)
                case Update():
                    return await self._update(operation)
                case Delete():
                    await self._delete(operation)
                    return None
        except ItemError as error:
            return error

    async def _create(self, create: Create) -> Written:
        uid = self._new_uid()
        id = ItemId(f"{self._cards.folder}{uid}.vcf")
        return await self._put(id, new_card(create, uid, self._cards.flag), "")

    async def _update(self, update: Update) -> Written:
        reply = await self._cards.whole(update.id)
        if reply.etag != update.version:
            raise Changed("The card on the server has changed.")
        try:
            text = card_text(update.id, reply.body)
        except NotAVCard as error:
            raise Rejected(f"The card on the server cannot be read: {error.reason}") from error
        if text is None:
            raise Gone("The card on the server has become a list of contacts.")
        patched = changed_card(text, update, self._cards.flag)
        if patched == text:
            return Written(update.id, text, update.version)
        return await self._put(update.id, patched, update.version)

    async def _delete(self, delete: Delete) -> None:
        try:
            await self._send("DELETE", delete.id, "", await self._condition(delete.id, delete.version))
        except TurnedAway as error:
            raise await self._refusal(delete.id, error) from error

    async def _put(self, id: ItemId, text: str, version: str) -> Written:
        """Write a card over ``version`` of it, or a new one (``""``).

        HTTP clients send a PUT again when a connection broke; the second one meets the first one's work.
        """
        condition = await self._condition(id, version) if version else {"If-None-Match": "*"}
        try:
            reply = await self._send("PUT", id, text, {"Content-Type": _VCARD, **condition})
        except TurnedAway as error:
            if error.status >= 500 or (error.status == 412 and not version):
                held = (await self._cards.read([id])).items.get(id)
                if held is not None and held.version != version:
                    return Written(id, text, "")
            raise await self._refusal(id, error) from error
        return Written(id, text, reply.etag)

    async def _send(self, method: str, id: ItemId, body: str, headers: Mapping[str, str]) -> Reply:
        """Send a writing request; wait a little where the server is busy with another one (Xandikos 0.4: 423)."""
        for pause in _LOCKED:
            try:
                return await self._client.ask(method, id, body, headers)
            except TurnedAway as error:
                if error.status != 423:
                    raise
            await asyncio.sleep(pause)
        return await self._client.ask(method, id, body, headers)

    async def _condition(self, id: ItemId, version: str) -> dict[str, str]:
        """Give the precondition; a weak ETag never matches (RFC 9110 13.1.1), so it is compared here."""
        if not version.startswith("W/"):
            return {"If-Match": version}
        if (await self._cards.whole(id)).etag != version:
            raise Changed("The card on the server has changed.")
        return {}

    async def _refusal(self, id: ItemId, error: TurnedAway) -> ItemError:
        """Tell what an answer means for one card; raise what concerns them all."""
        about = await self._cards.check_folder()
        if error.status == 403 and not about.may_write:
            raise Forbidden("The server does not let this user write into the address book.") from error
        if error.status < 400:
            raise Unreachable(f"The card cannot be written: {error}.") from error
        if error.status == 412 and id in (await self._cards.read([id])).items:
            return Changed("The card on the server has changed.")
        if error.status in (404, 410, 412):
            return Gone("There is no such card on the server.")
        reasons = [text for name, text in _REASONS.items() if name in error.conditions]
        return Rejected(f"The server refuses the contact: {reasons[0] if reasons else error}.")
