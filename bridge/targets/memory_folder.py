"""The service behind the reference target: a contacts folder in memory, with faults and manners on demand.

A ``MemoryFolder`` outlives the connections to it. The mailbox's owner works in it directly (``add``, ``edit``,
``remove``, ``copy``), as in Outlook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bridge.targets.base import FolderGone, Operation, SignInNeeded
from bridge.targets.shape import EVERYTHING, Shape
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import ItemId

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def clock(version: int) -> str:
    """Give the time at which a version was written; the folder's clock moves with its writes alone."""
    return (_EPOCH + timedelta(seconds=version)).isoformat()


@dataclass(slots=True)
class Faults:
    """What goes wrong, until it is set back.

    Requests are counted from 1 over all connections; each operation of a batch is one. ``before`` and ``after`` hold
    what is raised at the request of that number, before or after the service did it: ``after`` is a lost answer, and
    any exception may stand for the end of the process. ``rejects`` are display names of contacts that are refused.
    """

    before: dict[int, BaseException] = field(default_factory=dict)
    after: dict[int, BaseException] = field(default_factory=dict)
    signed_out: bool = False
    cursor_expired: bool = False
    rejects: set[str] = field(default_factory=set)
    room: int | None = None
    """How many items the folder can hold; more are refused with Full."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the service behaves when nothing is wrong.

    ``rewrite`` is what it makes of a contact that is written. ``repeats`` lists unchanged items in each feed and each
    item twice (worse than the port allows). ``tells_photos`` False leaves their fingerprints out of feeds, and
    ``spares_known`` False reads items even if the caller knows them.
    """

    rewrite: Callable[[Contact], Contact] = lambda contact: contact
    repeats: bool = False
    tells_photos: bool = True
    spares_known: bool = True


def as_exchange(contact: Contact) -> Contact:
    """Rewrite as Exchange does: the display name follows the name, line breaks and blanks at the end go."""
    name = " ".join(filter(None, (contact.given_name, contact.middle_name, contact.family_name)))
    return replace(contact, formatted_name=name or contact.formatted_name, note=contact.note.rstrip())


@dataclass(frozen=True, slots=True)
class Held:
    """An item as the folder holds it; categories include the flag's, and ``stamp`` is any text."""

    contact: Contact
    version: int
    stamp: str = ""
    customer_number: str = ""
    photo: bytes = b""


class MemoryFolder:
    """What stands at the service. ``requests`` names each request that reached it, ``writes`` those that it did."""

    def __init__(self, shape: Shape = EVERYTHING, manners: Manners | None = None) -> None:
        self.shape = shape
        self.manners = manners or Manners()
        self.faults = Faults()
        self.exists = False
        self.held: dict[ItemId, Held] = {}
        self.changed: dict[ItemId, int] = {}
        self.version = 0
        self.requests: list[str] = []
        self.writes: list[Operation] = []

    def add(self, contact: Contact, *, stamp: str = "", photo: bytes = b"") -> ItemId:
        """Make an item, as the mailbox's owner does."""
        return self.put(ItemId(f"item-{self.version + 1}"), Held(contact, 0, stamp, photo=photo))

    def edit(self, id: ItemId, contact: Contact) -> None:
        """Change an item, as its owner does; its categories are all that it has then, the flag's too."""
        self.put(id, replace(self.held[id], contact=contact))

    def copy(self, id: ItemId) -> ItemId:
        """Copy an item, as its owner does: whatever is hidden in it is copied along."""
        return self.put(ItemId(f"item-{self.version + 1}"), self.held[id])

    def remove(self, id: ItemId) -> None:
        """Delete an item."""
        del self.held[id]
        self.version += 1
        self.changed[id] = self.version

    def put(self, id: ItemId, held: Held) -> ItemId:
        """Hold an item in what shape the folder has room for."""
        self.version += 1
        contact = self.shape.view(self.manners.rewrite(held.contact)).view
        self.held[id] = replace(held, contact=contact, version=self.version)
        self.changed[id] = self.version
        return id

    @contextmanager
    def request(self, name: str) -> Iterator[None]:
        """Count a request, and let happen to it what is to happen."""
        self.requests.append(name)
        number = len(self.requests)
        if number in self.faults.before:
            raise self.faults.before[number]
        if self.faults.signed_out:
            raise SignInNeeded("The password is not accepted.")
        if not self.exists and name != "open":
            raise FolderGone("The folder is not there any more.")
        yield
        if number in self.faults.after:
            raise self.faults.after[number]
