"""What one run of one mirror works with: the target, the rules, and the ports to the database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

from bridge.sync.policy import Policy
from bridge.targets.base import Target, Unreadable
from bridge.targets.shape import View
from storage_plugin.database.current_run import current_run
from storage_plugin.database.engine import Database
from storage_plugin.database.failures import Failure, Failures
from storage_plugin.database.journal import LONGEST, Intent, Journal
from storage_plugin.database.leases import Lease
from storage_plugin.database.links import Links
from storage_plugin.database.mirrors import Mirror
from storage_plugin.database.our_side import OurRecord, OurSide
from storage_plugin.database.our_writes import OurWrites
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import NOTHING, Item, ItemId, Link, Local

P = ParamSpec("P")
T = TypeVar("T")
Clock = Callable[[], datetime]

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(days=1)
DOUBLED = 10
"""After so many failures the wait is the longest: no power of two is too large for a time."""
AT_ONCE = timedelta()
NO_ITEM = ItemId("")


@dataclass(slots=True)
class Context:
    """One run: ``counts`` says how often each kind of action was done, ``again`` who must be looked at once more.

    ``logged`` are the contacts of whom the run's log says something.
    """

    database: Database
    mirror: Mirror
    target: Target
    policy: Policy
    lease: Lease
    run_id: int
    clock: Clock
    side: OurSide = field(init=False)
    links: Links = field(init=False)
    writes: OurWrites = field(init=False)
    journal: Journal = field(init=False)
    failures: Failures = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    again: set[ContactId] = field(default_factory=set)
    logged: set[ContactId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.side = OurSide(self.database, self.mirror)
        self.links = Links(self.database, self.mirror.id)
        self.writes = OurWrites(self.database, self.mirror, self.lease, self.run_id)
        self.journal = Journal(self.database, self.lease)
        self.failures = Failures(self.database, self.mirror.id)
        current_run.set(self.run_id)

    def local(self, record: OurRecord, link: Link | None) -> Local:
        """Give a record as the folder shows it; what had a slot there keeps it."""
        return self.shown(record, View(link.ours, link.kept) if link else None)

    def shown(self, record: OurRecord, before: View | None) -> Local:
        """Give a record as the folder would show it after ``before``."""
        view, kept = self.target.shape.view(record.contact, before)
        local = record.local(view, kept)
        return local if self.target.shape.photo else replace(local, photo="")

    def fit(self, view: Contact, present: Contact) -> Contact:
        """Give the part of a view that has slots (``plan.Fit``)."""
        return self.target.shape.view(view, View(present, NOTHING)).view

    async def items(self, ids: Sequence[ItemId]) -> tuple[dict[ItemId, Item], dict[ItemId, str]]:
        """Read items, and why some that are there cannot be read."""
        unread: dict[ItemId, str] = {}
        while True:
            try:
                return dict(await self.target.items([id for id in ids if id not in unread])), unread
            except Unreadable as error:
                if not error.items.keys() - unread.keys():
                    raise
                unread |= error.items

    def is_due(self, failure: Failure) -> bool:
        """Tell whether who failed is to be tried again: also where a clock that went wrong said when."""
        now = self.clock()
        return not text_of(now) < failure.retry_at <= text_of(now + LONGEST_RETRY)

    async def intend(self, intents: Sequence[Intent]) -> list[int]:
        """Write into the journal what will be asked of the folder at once; give the ids, in order.

        A batch is at most twenty, but where one request takes more: a file that is replaced as a whole.
        """
        ids: list[int] = []
        for start in range(0, len(intents), LONGEST):
            ids += await in_thread(self.journal.open, self.run_id, intents[start : start + LONGEST])
        return ids

    async def fail(
        self, error: str, contact: ContactId | None, item: ItemId = NO_ITEM, name: str = "", *, soon: bool = False
    ) -> None:
        """Note that one contact failed, by name; it is tried again later, each time later than the last.

        ``soon``: at first by the next run, which finds out what became of the request.
        """
        known = await in_thread(self.failures.all)
        attempts = next((each.attempts for each in known if (each.contact, each.item) == (contact, item or None)), 0)
        wait = AT_ONCE if soon and not attempts else min(FIRST_RETRY * 2 ** min(attempts, DOUBLED), LONGEST_RETRY)
        await self.look_again(error, contact, item, name, wait)
        self.counts["failed"] += 1

    async def look_again(
        self,
        why: str,
        contact: ContactId | None,
        item: ItemId = NO_ITEM,
        name: str = "",
        wait: timedelta = AT_ONCE,
    ) -> None:
        """Have a contact looked at by the first run after ``wait``."""
        at = self.clock()
        failure = Failure(why, text_of(at), text_of(at + wait), contact, item, name)
        await in_thread(self.failures.note, self.lease, failure)


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what waits for the database without holding up the rest of the bridge."""
    return await asyncio.to_thread(call, *args, **kwargs)


def text_of(at: datetime) -> str:
    """Write a time as the database keeps it: UTC, ISO 8601."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
