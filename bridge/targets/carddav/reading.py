"""Reading cards: lists of ETags, many cards in one request (RFC 6352 8.7), and one in its own bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bridge.targets.base import FolderGone, Gone, Unreachable
from bridge.targets.carddav.client import Client, Reply, TurnedAway
from bridge.targets.carddav.discovery import look
from bridge.targets.carddav.mapping import DATA, ETAG, TYPE, D, Multistatus, Resource, multiget, propfind
from bridge.targets.cards import NotAVCard, card_text, item_of, picture_of
from storage_plugin.model.mirror import Flag, Item, ItemId

_CARDS_AT_ONCE = 100
_GONE = (404, 410)

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: items by id, and the ids of lists of contacts and of cards that are broken or cut off."""

    items: dict[ItemId, Item] = field(default_factory=dict)
    lists: list[ItemId] = field(default_factory=list)
    broken: list[ItemId] = field(default_factory=list)


class Cards:
    """The cards of one address book, for reading."""

    def __init__(self, client: Client, folder: str, flag: Flag | None = None) -> None:
        self.folder = folder
        self.flag = flag
        self._client = client

    async def versions(self) -> dict[ItemId, str]:
        """List all cards with their ETags."""
        try:
            answer = (await self._client.dav("PROPFIND", self.folder, propfind([ETAG, TYPE]), "1")).multistatus
        except TurnedAway as error:
            await self.check_folder()
            raise Unreachable(f"The server does not list its contacts: {error}.") from error
        cards = [each for each in answer.resources if f"{D}collection" not in each.inner(TYPE)]
        return {ItemId(each.href): each.text(ETAG) for each in cards if each.text(ETAG)}

    async def read(self, ids: Sequence[ItemId]) -> Read:
        """Read cards in parts; those that are not there are left out."""
        parts = [self._read_some(ids[at : at + _CARDS_AT_ONCE]) for at in range(0, len(ids), _CARDS_AT_ONCE)]
        whole = Read()
        for part in await together(parts):
            whole.items.update(part.items)
            whole.lists.extend(part.lists)
            whole.broken.extend(part.broken)
        return whole

    async def whole(self, id: ItemId) -> Reply:
        """Read a card in its own bytes; raise Gone.

        Unpacked: web servers that compress give the ETag another ending (Apache's ``-gzip``).
        """
        try:
            return await self._client.ask("GET", id, headers={"Accept-Encoding": "identity"})
        except TurnedAway as error:
            await self.check_folder()
            if error.status in _GONE:
                raise Gone("There is no such card on the server.") from error
            raise Unreachable(f"The card cannot be read: {error}.") from error

    async def picture(self, id: ItemId) -> bytes | None:
        """Read the picture of a card; None where there is none, or no card."""
        try:
            text = card_text(id, (await self.whole(id)).body)
        except (Gone, NotAVCard):
            return None
        return picture_of(text) if text else None

    async def check_folder(self) -> Resource:
        """Read what the server tells of the address book; raise FolderGone."""
        about = await look(self._client, self.folder)
        if about is None or not about.is_book:
            raise FolderGone("The address book is not on the server any more.")
        return about

    def taken(self, answer: Multistatus) -> Read:
        """Take the cards out of an answer."""
        read = Read()
        for each in answer.resources:
            data, id = each.props.get(DATA), ItemId(each.href)
            if each.status >= 400 and each.status not in _GONE:
                read.broken.append(id)
                continue
            if data is None or not each.text(ETAG):
                continue
            try:
                text = card_text(id, (data.text or "").encode())
            except NotAVCard:
                read.broken.append(id)
                continue
            if text is None:
                read.lists.append(id)
            else:
                read.items[id] = item_of(id, each.text(ETAG), text, self.flag, each.modified_at)
        return read

    async def _read_some(self, ids: Sequence[ItemId]) -> Read:
        try:
            answer = (await self._client.dav("REPORT", self.folder, multiget(ids), "1")).multistatus
        except TurnedAway as error:
            await self.check_folder()
            raise Unreachable(f"The server does not give its cards: {error}.") from error
        return self.taken(answer)


async def together(steps: Iterable[Coroutine[Any, Any, Done]]) -> list[Done]:
    """Do all of these at once; all are waited for before the first failure is raised."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        if tasks:
            await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
    failures = [error for task in tasks if (error := task.exception())]
    if failures:
        raise failures[0]
    return [task.result() for task in tasks]
