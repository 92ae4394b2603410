"""Which state each device told this worker to have: the base for merging its edits (see ``database.editing``).

To write that down would take as long as the rest of an answer, so it is done a moment after it, or at the latest
before an edit by that device is stored by this worker. Until then the base is an older one, which is always safe:
for other workers too, and should this one die meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from time import sleep

from storage_plugin.model.book import AddressBook, Card, ChangeNumber, StorageFull, Unavailable

PAUSE = 0.05
"""Seconds until what devices said is written: their answers have left by then, and one note serves many."""

NOTHING = ChangeNumber(0)
"""The change number of the state before the first change: what a device has whose token is empty."""

_Device = tuple[int, str]


class Presented:
    """The notes of one worker; its threads share them."""

    def __init__(self) -> None:
        self._waiting: dict[_Device, tuple[AddressBook, ChangeNumber]] = {}
        self._is_due = False
        self._lock = Lock()
        self._writing = Lock()
        self._writer = ThreadPoolExecutor(1, "presented")

    def note(self, book: AddressBook, number: ChangeNumber) -> None:
        """Remember that the viewer's device has the state of ``number``, which may be older than one before."""
        device = _device(book)
        if device is None or (book.viewer.presented == number and device not in self._waiting):
            return
        with self._lock:
            self._waiting[device] = (book, number)
            is_due, self._is_due = self._is_due, True
        if not is_due:
            self._writer.submit(self._write_later)

    def began(self, book: AddressBook) -> None:
        """Remember that the viewer's device synchronises, if it is new: what it is given it will present."""
        if book.viewer.presented is None:
            self.note(book, NOTHING)

    def gave(self, book: AddressBook, cards: Iterable[Card]) -> None:
        """Write down which whole cards a device is given that has never presented a token, such as Evolution.

        At once: it may edit them through another worker a moment later, and has no older state that would do.
        """
        device = _device(book)
        if device is not None and book.viewer.presented is None and device not in self._waiting:
            with suppress(Unavailable, StorageFull):
                book.given(dict.fromkeys((card.etag for card in cards), book.viewer.number))

    def settle(self, book: AddressBook) -> None:
        """Have written what the viewer's device said."""
        device = _device(book)
        if device in self._waiting:
            self._write([device])

    def close(self) -> None:
        """Write what is left; nothing is written later than that unless somebody says something new."""
        self._write(list(self._waiting))

    def _write_later(self) -> None:
        sleep(PAUSE)
        with self._lock:
            self._is_due = False
            devices = list(self._waiting)
        self._write(devices)

    def _write(self, devices: Sequence[_Device]) -> None:
        """Write what devices said, unless another thread has just done so."""
        with self._writing:
            for device in devices:
                said = self._waiting.get(device)
                if said is None:
                    continue
                _write(*said)
                with self._lock:
                    if self._waiting.get(device) is said:
                        del self._waiting[device]


def _write(book: AddressBook, number: ChangeNumber) -> None:
    """Write one note; if it fails, it is made anew at the next poll."""
    with suppress(Unavailable, StorageFull):
        book.presented(number)


def _device(book: AddressBook) -> _Device | None:
    viewer = book.viewer
    return None if viewer.device_id is None else (viewer.device_id, viewer.book_key)
