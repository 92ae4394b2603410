"""The target over CardDAV: reading what changed, and writing one card after the other with its ETag (RFC 6352).

A version is the ETag as the server writes it; a cursor is ``sync TOKEN`` where the server knows RFC 6578, else
``list CTAG``: the versions that the caller knows are compared with the server's list then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from uuid import uuid4

from bridge.targets.base import (
    Answer,
    CursorExpired,
    Feed,
    FolderGone,
    Forbidden,
    Operation,
    SignInNeeded,
    Step,
    Unreachable,
    Unreadable,
)
from bridge.targets.carddav.client import CannotConnect, Client, TurnedAway
from bridge.targets.carddav.discovery import NoSuchBook, find_book, look, make
from bridge.targets.carddav.mapping import (
    CTAG,
    ETAG,
    Multistatus,
    Resource,
    query_stamps,
    sync_collection,
)
from bridge.targets.carddav.reading import Cards
from bridge.targets.carddav.writing import Writer
from bridge.targets.cards import SHAPE
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp

_STAMPS_AT_ONCE = 50


class CardDavTarget:
    """One address book on another server.

    ``book`` is its name where the address leads to several; with ``may_make`` it is made where there is none of that
    name. ``folder`` is the path of the book that an earlier run found.
    """

    shape = SHAPE
    batch = 20

    def __init__(
        self,
        client: Client,
        book: str = "",
        *,
        folder: str = "",
        may_make: bool = False,
        new_uid: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self.folder = folder
        self._client = client
        self._name = book
        self._may_make = may_make and bool(book)
        self._new_uid = new_uid
        self._cards = Cards(client, folder)
        self._can_sync = False
        self._knows_stamps = False

    async def check(self) -> AsyncIterator[Step]:
        """Reach the server, sign in, find the address book, ask what the user may do there."""
        try:
            given = await look(self._client, self.folder or self._client.base.raw_path)
        except SignInNeeded:
            yield Step("reach the server", True)
            cure = N_("Check the user name and the password; many services want a password made for this program.")
            yield Step("sign in", False, cure)
            return
        except CannotConnect as error:
            yield Step("reach the server", False, f"{error.reason} {error.cure}")
            return
        except Unreachable as error:
            yield Step("reach the server", False, f"{error.reason} Try again in a while.")
            return
        except Forbidden:
            given = None
        yield Step("reach the server", True)
        yield Step("sign in", True)
        try:
            book = given if self.folder else await find_book(self._client, self._name)
        except NoSuchBook as error:
            book = None
            if self._may_make:
                yield Step("find the address book", True)
                return
            yield Step("find the address book", False, _named(error.names))
            return
        except (Forbidden, Unreachable, SignInNeeded) as error:
            yield Step("find the address book", False, f"{error} Check the address.")
            return
        if book is None or not book.is_book:
            cure = N_("It is not there any more: choose another address book, or restore it on the server.")
            yield Step("find the address book", False, cure)
            return
        yield Step("find the address book", True)
        cure = "" if book.may_write else N_("Ask the owner of the address book for the right to write into it.")
        yield Step("write", book.may_write, cure)

    async def open(self, flag: Flag | None) -> None:
        """Find the address book, or make it."""
        book = await self._found()
        self.folder = book.href if book.href.endswith("/") else f"{book.href}/"
        self._can_sync = book.can_sync
        self._cards = Cards(self._client, self.folder, flag)

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Ask by token where the server can, else compare its list."""
        kind, _, since = (cursor or "").partition(" ")
        if cursor is not None and kind != ("sync" if self._can_sync else "list"):
            raise CursorExpired("The cursor is not one of this address book.")
        if self._can_sync:
            return await self._synced(since, known)
        return await self._listed(since, known)

    async def items(self, ids: Sequence[ItemId]) -> Mapping[ItemId, Item]:
        """Ask for these cards at once."""
        read = await self._cards.read(ids)
        if broken := set(read.broken) & set(ids):
            raise Unreadable(dict.fromkeys(broken, N_("The card on the server cannot be read.")))
        return read.items

    async def stamped(self, stamps: Sequence[Stamp]) -> Sequence[Item]:
        """Ask the server to look; read all cards where it has not shown yet that it can.

        A server that cannot look into properties of other programs may answer that there are none (seen with several
        that filter a list of properties only), and a contact would be created twice.
        """
        if not stamps:
            return []
        found = await self._asked(stamps)
        if found:
            self._knows_stamps = True
        if self._knows_stamps and found is not None:
            return found
        wanted = set(stamps)
        everything = await self._cards.read(list(await self._cards.versions()))
        return [item for item in everything.items.values() if item.stamp in wanted]

    async def photo(self, id: ItemId) -> bytes | None:
        """Read the picture out of the card."""
        return await self._cards.picture(id)

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Write several cards at once, then read them as the server holds them."""
        writer = Writer(self._client, self._cards, self._new_uid)
        return await writer.apply(operations)

    async def dispose(self, flag: Flag) -> None:
        """Remove the address book (RFC 4918 9.6.1)."""
        await self._client.ask("DELETE", self.folder)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _found(self) -> Resource:
        if self.folder:
            book = await look(self._client, self.folder)
            if book is None or not book.is_book:
                raise FolderGone("The address book is not on the server any more.")
            return book
        try:
            return await find_book(self._client, self._name)
        except NoSuchBook:
            if not self._may_make:
                raise
            return await make(self._client, self._name)

    async def _synced(self, token: str, known: Mapping[ItemId, str]) -> Feed:
        """Read by token; a server may tell in several parts, and says so with 507 (RFC 6578 3.6)."""
        versions: dict[ItemId, str] = {}
        removed: dict[ItemId, None] = {}
        asked, is_more = token, True
        while is_more:
            is_more = False
            answer = await self._sync_report(asked)
            for each in answer.resources:
                id = ItemId(each.href)
                if each.href.rstrip("/") == self.folder.rstrip("/"):
                    is_more = is_more or each.status == 507
                elif each.status == 404:
                    versions.pop(id, None)
                    removed[id] = None
                elif each.text(ETAG):
                    removed.pop(id, None)
                    versions[id] = each.text(ETAG)
            if is_more and answer.token in ("", asked):
                raise Unreachable("The server does not go on telling what changed.")
            asked = answer.token
        return await self._feed(versions, known, list(removed), f"sync {asked}", is_full=not token)

    async def _sync_report(self, token: str) -> Multistatus:
        try:
            return (await self._client.dav("REPORT", self.folder, sync_collection(token))).multistatus
        except TurnedAway as error:
            await self._cards.check_folder()
            if token:
                raise CursorExpired("The server does not know the token any more.") from error
            raise Unreachable(f"The server does not tell its contacts: {error}.") from error

    async def _listed(self, ctag: str, known: Mapping[ItemId, str]) -> Feed:
        about = await self._cards.check_folder()
        now = about.text(CTAG)
        if ctag and ctag == now:
            return Feed((), (), f"list {now}", full=False)
        return await self._feed(await self._cards.versions(), known, [], f"list {now}", is_full=True)

    async def _feed(
        self,
        versions: Mapping[ItemId, str],
        known: Mapping[ItemId, str],
        removed: list[ItemId],
        cursor: str,
        *,
        is_full: bool,
    ) -> Feed:
        unchanged = [id for id, version in versions.items() if known.get(id) == version]
        read = await self._cards.read([id for id in versions if known.get(id) != versions[id]])
        gone = [] if is_full else [*removed, *read.lists]
        there = [*unchanged, *(id for id in read.broken if id in known)]
        return Feed(list(read.items.values()), gone, cursor, is_full, there)

    async def _asked(self, stamps: Sequence[Stamp]) -> list[Item] | None:
        """Ask by addressbook-query; None where the server refuses or does not tell all."""
        found: list[Item] = []
        wanted = set(stamps)
        for at in range(0, len(stamps), _STAMPS_AT_ONCE):
            try:
                body = query_stamps(stamps[at : at + _STAMPS_AT_ONCE])
                answer = (await self._client.dav("REPORT", self.folder, body, "1")).multistatus
            except TurnedAway:
                await self._cards.check_folder()
                return None
            if any(each.status == 507 for each in answer.resources):
                return None
            found += [item for item in self._cards.taken(answer).items.values() if item.stamp in wanted]
        return found


def _named(names: list[str]) -> str:
    if not names:
        return N_("There is no address book for this user at this address: make one there, or check the address.")
    return N_(f"Name one of the address books that are there: {', '.join(names)}.")
