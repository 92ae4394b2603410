"""Radicale's storage over the address book (``[storage] type = storage_plugin``).

Under our own entry (``application``) the book is lent by it. Under a stock ``python -m radicale`` everything that is
read is right, and a PUT is refused, since Radicale hands on only what vobject has left of the card.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from radicale.config import Configuration
from radicale.item import Item
from radicale.storage import BaseCollection, BaseStorage

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.users import Users
from storage_plugin.dav.collection import AddressBookCollection, CardItem, Home, Root
from storage_plugin.dav.core import lent_book
from storage_plugin.dav.opening import database_of
from storage_plugin.dav.paths import BadPath, Kind, place_of
from storage_plugin.model.book import AddressBook, Expect

REFUSED = "[Errno 13] The address book cannot be replaced, moved or deleted, and there is exactly one."
_SCHEMA = {"storage": {"database": {"value": "", "help": "SQLAlchemy URL of the database", "type": str}}}
_locked_for: ContextVar[str] = ContextVar("locked_for", default="")


class Storage(BaseStorage):
    """Every home holds one address book: the shared business contacts and the user's own, through his or her view."""

    _is_collision_free = True
    _supports_unicode = True
    _supports_trailing_whitespace = True
    _supports_problematic_chars = True

    def __init__(self, configuration: Configuration) -> None:
        """Open the database that the configuration or the environment names."""
        super().__init__(configuration.copy(_SCHEMA))
        self.database = database_of(self.configuration)
        self.users = Users(self.database)

    @contextmanager
    def acquire_lock(self, mode: str, user: str = "", *args: Any, **kwargs: Any) -> Iterator[None]:
        """Remember whose request this is; every step of it is a transaction of its own."""
        token = _locked_for.set(user)
        try:
            yield
        finally:
            _locked_for.reset(token)

    def discover(
        self,
        path: str,
        depth: str = "0",
        child_context_manager: Any = None,
        user_groups: Any = frozenset(),
    ) -> Iterator[BaseCollection | Item]:
        """Give what is at ``path`` and, unless ``depth`` is 0, its children; nothing is read that is not taken."""
        try:
            place = place_of(path)
        except BadPath:
            return
        if place.kind is Kind.ROOT:
            yield Root()
            if depth == "0" or not _locked_for.get():
                return
        book = self._book(place.user or _locked_for.get())
        if book is None or place.kind is Kind.NOWHERE:
            return
        collection = AddressBookCollection(book)
        if place.kind is Kind.CARD:
            yield from collection.named(place.href)
        elif place.kind is Kind.BOOK:
            yield from (collection, *()) if depth == "0" else collection.with_members()
        else:
            yield Home(book)
            if place.kind is Kind.HOME and depth != "0":
                yield collection

    def move(self, item: Item, to_collection: BaseCollection, to_href: str) -> None:
        """Rename a card in its book; Radicale has checked Overwrite."""
        if not isinstance(item, CardItem) or not isinstance(to_collection, AddressBookCollection):
            raise ValueError(REFUSED)
        to_collection.book.move(str(item.href), to_href, Expect(), overwrite=True)

    def create_collection(
        self, href: str, items: Iterable[Item] | None = None, props: Mapping[str, str] | None = None
    ) -> tuple[BaseCollection, dict[str, Item], list[str]]:
        """Refuse: homes are there for every user, and hold one book."""
        raise ValueError(REFUSED)

    def verify(self) -> bool:
        """Leave checking to ``contact-bridge check``."""
        return True

    def _book(self, user: str) -> AddressBook | None:
        """Give the book of ``user``, as lent by our entry or looked up by name."""
        book = lent_book.get()
        if book is not None:
            return book if book.viewer.user == user else None
        viewer = self.users.viewer(user)
        return None if viewer is None else SqlAddressBook(self.database, viewer)
