"""The port to a contacts folder elsewhere, in the words of the mirror (``storage_plugin.model.mirror``).

Every target passes one contract suite (``tests/contract/targets.py``). Errors: the class tells what the caller can
do::

    TargetError
    ├── Unreachable         no answer, or the service is down: try again after ``retry_after`` seconds
    │   ├── Throttled       too many requests: not before ``retry_after`` seconds (HTTP 429, ErrorServerBusy)
    │   └── Unreadable      of the items that were asked for, ``items`` are there and cannot be read; others can
    ├── SignInNeeded        password or token is not accepted: somebody must sign in anew
    ├── Forbidden           signed in, but not allowed; ``reason`` names the missing permission
    ├── FolderGone          the folder, list or address book is no longer there
    ├── CursorExpired       the cursor cannot be continued: read everything, delete nothing
    ├── Full                the mailbox or list takes nothing more
    └── ItemError           concerns one item; the others go on
        ├── Changed         the item is not at the given version any more: read it again, merge, write again
        ├── Gone            there is no such item
        ├── Rejected        the service refuses this contact; ``reason`` is one sentence
        └── Unsure          it failed over this contact, and may have done what was asked: look at the next run
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bridge.targets.shape import Shape
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp


class TargetError(Exception):
    """Anything that a target can refuse or fail at."""


LONGEST_WAIT = 86_400.0
"""Seconds that a service is believed when it asks for time: one that names years is asked again after a day."""


class Unreachable(TargetError):
    """No answer, or the service is down; ``retry_after`` is in seconds."""

    def __init__(self, reason: str, retry_after: float = 10) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = min(retry_after, LONGEST_WAIT)


class Throttled(Unreachable):
    """Too many requests; honour ``retry_after`` (seconds) to the letter."""


class Unreadable(Unreachable):
    """The service fails over some items, or over their pictures; ``items`` tells why, one sentence for each."""

    def __init__(self, items: Mapping[ItemId, str]) -> None:
        super().__init__(next(iter(items.values())))
        self.items = items


class SignInNeeded(TargetError):
    """The service does not accept the password or token (any more)."""


class Forbidden(TargetError):
    """Signed in, but not allowed to do this."""


class FolderGone(TargetError):
    """The folder was deleted by someone, or was never there."""


class CursorExpired(TargetError):
    """The service does not know the cursor any more (Graph 410, ErrorInvalidSyncStateData)."""


class Full(TargetError):
    """The mailbox or list takes nothing more."""


class ItemError(TargetError):
    """Concerns one item alone."""


class Changed(ItemError):
    """The item is not at the expected version any more."""


class Gone(ItemError):
    """There is no such item."""


class Rejected(ItemError):
    """The service refuses this contact; the text is one sentence."""


class Unsure(ItemError):
    """The service failed over this contact and may have done what was asked; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What has changed in the folder: each item once, in no order.

    ``full`` means that ``items`` is the whole content of the folder, so that what is not in it is not there.
    ``cursor`` continues from here. Own writes come back as changes; items may be in it that have not changed.
    ``unchanged`` are items that are there at the version that the caller knows, so that they were not read whole;
    ``unread`` are there and could not be read, each with a sentence: they are not told again by themselves.
    """

    items: Sequence[Item]
    removed: Sequence[ItemId]
    cursor: str
    full: bool
    unchanged: Sequence[ItemId] = ()
    unread: Mapping[ItemId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Create:
    """Make an item; the stamp goes into the very request that creates it: a lost answer can be found again."""

    view: Contact
    stamp: Stamp
    customer_number: str = ""
    flagged: bool = False
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Bring the item ``id`` from ``known`` (as last seen at ``version``) to ``view``: only what differs is written.

    ``stamp`` None takes the stamp and the customer number out of it, ``flagged`` False the flag category.
    ``photo``: new picture, ``b""`` to remove it, None to leave it as it is. Raises Changed, Gone.
    """

    id: ItemId
    version: str
    known: Contact
    view: Contact
    stamp: Stamp | None
    customer_number: str = ""
    flagged: bool = False
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the item if it is still at ``version`` (into the mailbox's own deleted items, where there are such)."""

    id: ItemId
    version: str


Operation = Create | Update | Delete

Answer = Item | ItemError | None
"""What became of an operation: the item as the target holds it now, None after a Delete, or why it was not done."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of checking a connection (BC-9); ``cure`` is one sentence that says what to do when it failed."""

    name: str
    passed: bool
    cure: str = ""


class Target(Protocol):
    """A contacts folder. Any method may raise the errors of TargetError that concern more than one item.

    ``batch`` is how many operations ``apply`` takes. ``folder`` names the folder for the service once ``open`` has
    found or made it; it is kept in the settings and handed to the target of the next run, ``""`` at the first.
    """

    shape: Shape
    batch: int
    folder: str

    def check(self) -> AsyncIterator[Step]:
        """Check the connection step by step, up to the first step that fails; change nothing."""

    async def open(self, flag: Flag | None) -> None:
        """Find the folder, make it where it is to be made, and the category, columns … that it needs.

        ``flag`` None: mirrored items are not flagged, and no category means anything. When the folder was there at
        an earlier run (``folder`` is known) and is not now, FolderGone is raised, here or by ``changes``.
        """

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Read what changed since ``cursor``, or everything (None); raise CursorExpired.

        ``known`` are the versions that the caller has: where reading an item whole costs a request of its own, one
        that is still at its known version (our own echo, above all) need not be read.
        """

    async def items(self, ids: Sequence[ItemId]) -> Mapping[ItemId, Item]:
        """Read items whole, stamps and photo fingerprints included; what is not there is left out.

        Raises Unreadable where some are there and cannot be read.
        """

    async def stamped(self, stamps: Sequence[Stamp]) -> Sequence[Item]:
        """Find the items that carry one of these stamps (a copy made in Outlook carries it too)."""

    async def photo(self, id: ItemId) -> bytes | None:
        """Read an item's picture."""

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Do up to ``batch`` operations; one answer for each, in their order. A failed one does not stop the rest."""

    async def close(self) -> None:
        """Give back connections."""


@runtime_checkable
class Disposable(Protocol):
    """A target that can remove the folder it has opened; for a folder that a self-test made, when it is empty."""

    async def dispose(self, flag: Flag) -> None:
        """Remove the folder itself, and the master category of ``flag`` where there are such."""


class Stream(Protocol):
    """A connection over which a service tells that a folder has changed; what has changed is read as ever.

    ``place`` is what it listens to, ``login`` who listens: both are compared only. Used in a thread of its own.
    """

    place: Hashable
    login: Hashable

    def listen(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` once it listens, and at each change, until the connection ends; raise TargetError."""

    def stop(self) -> None:
        """End ``listen`` soon; called from another thread."""


@runtime_checkable
class Streaming(Protocol):
    """A target whose service tells of changes over a connection that stays open."""

    def stream(self) -> Stream:
        """Give a stream for the folder that was opened; it outlives this connection."""
