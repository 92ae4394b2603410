"""One request being answered: what came in, who asks, and the address book as that user sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage_plugin.dav.http import MAX_XML_SIZE, read_body
from storage_plugin.dav.paths import Place, Urls
from storage_plugin.dav.properties import Scene
from storage_plugin.model.book import AddressBook, ChangeNumber, StorageFull, Unavailable

_MAX_DEVICES = 10_000


class Presented:
    """Which state each device has told this worker to have, so that it is written down only when it advances.

    Another worker may know more; the book keeps the greatest. A note that fails is made at the next poll:
    an older base for merging is always safe.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], ChangeNumber] = {}

    def note(self, book: AddressBook, number: ChangeNumber) -> None:
        """Remember that the viewer's device has the state of ``number``."""
        device = book.viewer.device_id
        if device is None or self._numbers.get((device, book.viewer.book_key), -1) >= number:
            return
        try:
            book.presented(number)
        except (Unavailable, StorageFull):
            return
        if len(self._numbers) >= _MAX_DEVICES:
            self._numbers.clear()
        self._numbers[device, book.viewer.book_key] = number


@dataclass(frozen=True, slots=True)
class Exchange:
    """``place`` is in the home of the book's viewer, or the root; ``prefix`` is that of a reverse proxy."""

    environ: dict[str, Any]
    method: str
    place: Place
    prefix: str
    book: AddressBook
    presented: Presented
    offers_v4: bool = False

    @property
    def urls(self) -> Urls:
        """The viewer's paths, as they stand in answers."""
        return Urls.of(self.prefix, self.book.viewer.user)

    @property
    def scene(self) -> Scene:
        """What property values are made of."""
        return Scene(self.book.viewer, self.urls, self.offers_v4)

    def header(self, name: str) -> str:
        """Give a request header; ``name`` as in the environment, without HTTP_."""
        value = self.environ.get(f"HTTP_{name}", "")
        return value if isinstance(value, str) else ""

    def xml(self) -> bytes:
        """Read the body of a request that carries XML."""
        return read_body(self.environ, MAX_XML_SIZE)
