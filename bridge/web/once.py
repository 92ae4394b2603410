"""A form that is sent twice (a reload, a double click) does its work once: it carries a word that counts once."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock

FIELD = "once"
_KEPT = 10_000
"""Words that are remembered; whoever sends a form that old is told to load the page again."""


class Once:
    """The words that forms were given, until each is used."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def word(self) -> str:
        """Make a word for a form."""
        word = secrets.token_urlsafe(16)
        with self._lock:
            self._open[word] = None
            while len(self._open) > _KEPT:
                self._open.popitem(last=False)
        return word

    def use(self, word: str) -> bool:
        """Tell whether the form may do its work: its word is ours, and this is the first time."""
        with self._lock:
            return self._open.pop(word, word) is None


ONCE = Once()
"""The words of this process; after its restart a form is to be loaded again."""
