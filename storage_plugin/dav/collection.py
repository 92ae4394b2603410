"""Radicale's collections and items over the address book: values that carry what they need.

Radicale renders PROPFIND after its lock is released; so nothing here depends on an open transaction. Texts are read
when they are asked for, all of a listing at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from email.utils import formatdate
from typing import Any
from xml.etree.ElementTree import Element

from radicale.item import Item
from radicale.storage import BaseCollection

from storage_plugin.dav.filters import Filter, read_filter
from storage_plugin.dav.http import MAX_RESOURCE_SIZE, HttpError, http_date
from storage_plugin.dav.kept import keep, kept
from storage_plugin.dav.match import matches, needles
from storage_plugin.dav.paths import BOOK, Kind
from storage_plugin.dav.properties import DESCRIPTION, DISPLAY_NAME
from storage_plugin.dav.tokens import ctag_at, number_in, token_at
from storage_plugin.model.book import AddressBook, Card, Expect, InvalidToken, NotFound

WHOLE_BOOK = "[Errno 13] The address book as a whole cannot be changed over CardDAV."
RAW_TEXT = "[Errno 13] Radicale hands on only what its parser leaves of a card: start contact-bridge serve to write."
_EPOCH = formatdate(0, usegmt=True)


class Root(BaseCollection):
    """``/``."""

    path = ""
    tag = ""
    etag = '"root"'
    last_modified = _EPOCH

    def sync(self, old_token: str = "") -> tuple[str, Iterable[str]]:
        """Refuse: only the address book is synchronised."""
        raise ValueError("there is nothing to synchronise here")

    def get_multi(self, hrefs: Iterable[str]) -> Iterator[tuple[str, Item | None]]:
        """Find nothing."""
        return ((href, None) for href in hrefs)

    def get_all(self) -> Iterator[Item]:
        """Hold no cards."""
        return iter(())

    def has_uid(self, uid: str) -> bool:
        """Hold no cards."""
        return False

    def get_meta(self, key: str | None = None) -> Any:
        """Have no properties of its own."""
        return {} if key is None else None

    def set_meta(self, props: Mapping[str, str]) -> None:
        """Take what is harmless; what this is cannot be changed."""
        if props.get("tag", "") != self.tag:
            raise ValueError(WHOLE_BOOK)

    def upload(self, href: str, item: Item) -> tuple[Item, Item | None]:
        """Refuse: cards live in the address book."""
        raise ValueError(WHOLE_BOOK)

    def delete(self, href: str | None = None) -> None:
        """Refuse."""
        raise ValueError(WHOLE_BOOK)


class Home(Root):
    """``/USER/``, home and principal."""

    def __init__(self, book: AddressBook) -> None:
        self.book = book
        self.path = book.viewer.user
        self.etag = '"home"'

    def get_meta(self, key: str | None = None) -> Any:
        """Be called as the user is, unless a device has set another name."""
        properties = {"D:displayname": self.path} | kept(self.book, Kind.HOME)
        return properties if key is None else properties.get(key)


class AddressBookCollection(Root):
    """``/USER/contacts/``."""

    tag = "VADDRESSBOOK"

    def __init__(self, book: AddressBook) -> None:
        self.book = book
        self.path = f"{book.viewer.user}/{BOOK}"
        self.etag = f'"{ctag_at(book.viewer, book.viewer.number)}"'
        self._texts: dict[str, Card] | None = None

    def named(self, href: str) -> Iterator[Item]:
        """Give the one card of this name, if it is there."""
        return (CardItem(self, href, card.etag, card) for href, card in self.book.cards([href]).items())

    def with_members(self) -> Iterator[BaseCollection | Item]:
        """Give the book, then its members without their texts."""
        yield self
        for href, etag in self.book.entries()[1]:
            yield CardItem(self, href, etag)

    def card(self, href: str) -> Card:
        """Give a card of a listing; the first call reads all."""
        if self._texts is None:
            self._texts = {card.href: card for card in self.book.all_cards()}
        return self._texts[href]

    def sync(self, old_token: str = "") -> tuple[str, Iterable[str]]:
        """Tell the token now and, when they are taken, the names changed or gone since ``old_token``."""
        viewer = self.book.viewer
        if not old_token:
            return token_at(viewer, viewer.number), self._all_names()
        try:
            changes = self.book.changes_since(number_in(viewer, old_token))
        except InvalidToken as error:
            raise ValueError(str(error)) from error
        return token_at(viewer, changes.number), [*changes.changed.hrefs, *changes.removed]

    def get_multi(self, hrefs: Iterable[str]) -> Iterator[tuple[str, Item | None]]:
        """Fetch members by name."""
        names = list(dict.fromkeys(hrefs))
        cards = self.book.cards(names)
        for href in names:
            yield href, CardItem(self, href, cards[href].etag, cards[href]) if href in cards else None

    def get_all(self) -> Iterator[Item]:
        """Read the whole book."""
        return (CardItem(self, card.href, card.etag, card) for card in self.book.all_cards())

    def get_filtered(self, filters: Iterable[Element]) -> Iterator[tuple[Item, bool]]:
        """Search as our own entry does; Radicale need not look again."""
        try:
            asked = [read_filter(element) for element in filters]
        except HttpError as error:
            raise ValueError(str(error)) from error
        for card in self._candidates(asked):
            if all(matches(filter, card.text) for filter in asked):
                yield CardItem(self, card.href, card.etag, card), True

    def has_uid(self, uid: str) -> bool:
        """Leave the question to the book, which knows what this user may see."""
        return False

    def get_meta(self, key: str | None = None) -> Any:
        """Give the properties that are plain text, with what devices have set."""
        if key == "tag":
            return self.tag
        properties = _META | kept(self.book, Kind.BOOK)
        return properties if key is None else properties.get(key)

    def set_meta(self, props: Mapping[str, str]) -> None:
        """Keep what a device sets; what this is cannot be changed."""
        super().set_meta(props)
        keep(self.book, self.get_meta(), props)

    def upload(self, href: str, item: Item) -> tuple[Item, Item | None]:
        """Refuse: the card as the client wrote it is not to be had here."""
        raise ValueError(RAW_TEXT)

    def delete(self, href: str | None = None) -> None:
        """Move one card to the deleted items; the book itself stays."""
        if href is None:
            raise ValueError(WHOLE_BOOK)
        try:
            self.book.delete(href, Expect())
        except NotFound as error:
            raise ValueError(str(error)) from error

    def _all_names(self) -> Iterator[str]:
        yield from self.book.entries()[1].hrefs

    def _candidates(self, asked: list[Filter]) -> Iterator[Card]:
        texts, every = needles(asked[0]) if asked else ((), False)
        return self.book.candidates(texts, every=every) if texts else self.book.all_cards()


_META = {
    "tag": "VADDRESSBOOK",
    "D:displayname": DISPLAY_NAME,
    "CR:addressbook-description": DESCRIPTION,
    "CR:max-resource-size": str(MAX_RESOURCE_SIZE),
    "CR:max-image-size": str(MAX_RESOURCE_SIZE),
}


class CardItem(Item):
    """A card; its text is read on first use."""

    def __init__(self, collection: AddressBookCollection, href: str, etag: str, card: Card | None = None) -> None:
        super().__init__(
            collection=collection,
            href=href,
            text="",
            etag=f'"{etag}"',
            name="VCARD",
            component_name="",
            time_range=(0, 0),
        )
        self._listing = collection
        self._card = card

    @property
    def card(self) -> Card:
        """The card as the book gives it to this device."""
        if self._card is None:
            self._card = self._listing.card(str(self.href))
        return self._card

    def serialize(self) -> str:
        """Give the text."""
        return self.card.text

    @property
    def uid(self) -> str:
        """The card's UID."""
        return self.card.uid

    @property
    def vobject_item(self) -> Any:
        """Let vobject read the text, for what of Radicale needs it."""
        self._text = self.card.text
        return super().vobject_item

    @property
    def last_modified(self) -> str:
        """When the record was changed last."""
        return http_date(self.card.modified_at) or _EPOCH

    @last_modified.setter
    def last_modified(self, value: str | None) -> None:
        """Ignore what the base class sets."""
