"""Finding the address book on a server of which one address is known (RFC 6764 section 6, RFC 6352 section 7.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

from bridge.targets.base import FolderGone, Forbidden, Unreachable
from bridge.targets.carddav.client import Client, TurnedAway
from bridge.targets.carddav.mapping import ABOUT_A_BOOK, HOME, NAME, PRINCIPAL, Resource, make_book, propfind
from storage_plugin.model.marking import N_

_WELL_KNOWN = "/.well-known/carddav"


class NoSuchBook(FolderGone):
    """No address book has that name, or there are several and none is named; ``names`` are those there are."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        listed = N_(f"there are {', '.join(map(repr, names))}") if names else N_("there is none")
        super().__init__(f"The address book is not found on the server: {listed}.")


async def look(client: Client, path: str) -> Resource | None:
    """Read what is at ``path``; None where there is nothing, or nothing that knows WebDAV."""
    try:
        reply = await client.dav("PROPFIND", path, propfind(ABOUT_A_BOOK))
    except TurnedAway as error:
        if error.status in (404, 405, 410, 501):
            return None
        if error.status == 403:
            raise Forbidden("The server does not let this user see the address book.") from error
        raise Unreachable(f"The address cannot be read: {error}.") from error
    return next(iter(reply.multistatus.resources), None)


async def find_book(client: Client, name: str) -> Resource:
    """Find the address book called ``name`` (its display name or the last part of its address).

    Without a name: the book that the given address is, or the only one. Raises NoSuchBook.
    """
    given = await _glimpse(client, client.base.raw_path)
    if given is not None and given.is_book and name in ("", given.text(NAME), last_part(given.href)):
        return given
    books = [book async for book in _books(client, await find_home(client, given))]
    named = [book for book in books if name in (book.text(NAME), last_part(book.href))] if name else books
    if len(named) != 1:
        raise NoSuchBook([book.text(NAME) or last_part(book.href) for book in books])
    return named[0]


async def find_home(client: Client, given: Resource | None) -> str:
    """Find where the user's address books are, by home, principal or the well-known address."""
    for path in ("", _WELL_KNOWN, "/"):
        found = await _glimpse(client, path) if path else given
        if found is None:
            continue
        if home := found.href_of(HOME):
            return home
        if principal := found.href_of(PRINCIPAL):
            user = await _glimpse(client, principal)
            if user is not None and (home := user.href_of(HOME)):
                return home
    raise NoSuchBook([])


async def make(client: Client, name: str) -> Resource:
    """Make an address book in the user's home."""
    home = await find_home(client, await _glimpse(client, client.base.raw_path))
    path = f"{home.rstrip('/')}/{quote(name, safe='')}/"
    try:
        await client.dav("MKCOL", path, make_book(name))
    except TurnedAway as error:
        raise Forbidden(f"The server does not make an address book {name!r}: {error}.") from error
    made = await look(client, path)
    if made is None or not made.is_book:
        raise Forbidden(f"The server does not make an address book {name!r}.")
    return made


def last_part(path: str) -> str:
    """Give the last part of a path, as people read it."""
    return unquote(path.rstrip("/").rpartition("/")[2])


async def _glimpse(client: Client, path: str) -> Resource | None:
    """Look where we have not been told to be: what is forbidden is as good as not there."""
    try:
        return await look(client, path)
    except Forbidden:
        return None


async def _books(client: Client, home: str) -> AsyncIterator[Resource]:
    try:
        reply = await client.dav("PROPFIND", home, propfind(ABOUT_A_BOOK), "1")
    except TurnedAway as error:
        raise Unreachable(f"The list of address books cannot be read: {error}.") from error
    for resource in reply.multistatus.resources:
        if resource.is_book:
            yield resource
