"""Long work lets itself be watched: whoever waits for it hands in a function that passes on what is gone through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Watch(Protocol):
    """Gives the items on, one by one, and shows how far that is; ``what`` says in a word or two what is done."""

    def __call__(self, items: Iterable[T], what: str, /) -> Iterable[T]:
        """Give the items on."""


def unwatched(items: Iterable[T], what: str, /) -> Iterable[T]:
    """Give the items on: nobody waits."""
    return items
