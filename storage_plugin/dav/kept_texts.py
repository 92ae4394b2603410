"""Texts of cards as answers carry them (escaped and encoded), kept for the next who asks for the same cards.

The phones of a firm fetch the same contacts, and a phone that starts afresh fetches what others have fetched. What is
kept goes by the ETag, which names record, revision and vCard version, and by the key of the book. Nothing is looked
up here before the database has said, in the same request, that this user sees a card of this ETag now.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

LIMIT = 20 * 1024 * 1024
"""Octets kept by a worker: the texts of ten thousand contacts, every twentieth with a photo."""

_OVERHEAD = 300
"""Octets that an entry takes beside its text."""

_LARGEST = 256 * 1024

_Key = tuple[str, str]


class KeptTexts:
    """What one worker keeps; its threads share it. The text that was not asked for the longest goes first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._size = 0
        self._texts: OrderedDict[_Key, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> bytes | None:
        """Give a text that is kept."""
        with self._lock:
            text = self._texts.get(key)
            if text is not None:
                self._texts.move_to_end(key)
            return text

    def keep(self, key: _Key, text: bytes) -> None:
        """Keep a text, and drop others for it."""
        if len(text) > _LARGEST:
            return
        with self._lock:
            if key in self._texts:
                return
            self._texts[key] = text
            self._size += len(text) + _OVERHEAD
            while self._size > self._limit:
                _, dropped = self._texts.popitem(last=False)
                self._size -= len(dropped) + _OVERHEAD


class Shelf:
    """The kept texts of one book for one request; what it has said to have stays at hand until the answer."""

    def __init__(self, kept: KeptTexts, book_key: str) -> None:
        self._kept = kept
        self._book_key = book_key
        self._here: dict[str, bytes] = {}

    def __contains__(self, etag: object) -> bool:
        """Tell whether the text of this ETag is kept."""
        text = self._kept.get((self._book_key, str(etag)))
        if text is None:
            return False
        self._here[str(etag)] = text
        return True

    def get(self, etag: str) -> bytes | None:
        """Give a text that was said to be here."""
        return self._here.get(etag)

    def keep(self, etag: str, text: bytes) -> None:
        """Keep a text for others."""
        self._kept.keep((self._book_key, etag), text)
