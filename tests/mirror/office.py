"""A firm with one database, alice's mailbox, and the mirror between them, driven step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.sync.clean_up import clean_leftovers, plan_of_clean_up
from bridge.sync.lifecycle import stop
from bridge.sync.move import Move, plan_of_switch, switch
from bridge.sync.policy import Policy
from bridge.sync.run import INCREMENTAL, Mode, Report, dry_run, run
from bridge.sync.switching import Choice
from bridge.targets.base import Target
from bridge.targets.memory import MemoryTarget
from bridge.targets.memory_folder import MemoryFolder
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.deleted_items import deleted_items
from storage_plugin.database.disagreements import conflicts
from storage_plugin.database.engine import Database
from storage_plugin.database.failures import Failure, Failures
from storage_plugin.database.leases import Lease, release_lease, take_lease
from storage_plugin.database.links import Links
from storage_plugin.database.mirrors import Mirror, Mirrors, State
from storage_plugin.database.our_side import OurSide
from storage_plugin.database.our_writes import OurWrites
from storage_plugin.database.runs import Runs
from storage_plugin.database.users import Users
from storage_plugin.model.book import ContactId, Origin, Record
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.mirror import Item, ItemId


def person(name: str, **said: Any) -> Contact:
    """A contact with an e-mail address."""
    given, _, family = name.partition(" ")
    mail = f"{given}.{family}@contoso.example".lower()
    parts = {"formatted_name": name, "given_name": given, "family_name": family, "emails": (Email(mail),)}
    return Contact(**(parts | said))


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Office:
    """Alice's mirror into a folder in memory, unless another target is given."""

    def __init__(self, database: Database, folder: MemoryFolder | None = None, policy: Policy | None = None) -> None:
        self.database = database
        self.folder = folder or MemoryFolder()
        self.policy = policy or Policy()
        self.book_id = 1
        self.contacts = SqlContacts(database, self.book_id)
        known = {user.name: user.id for user in Users(database).all()}
        self.user_id = known.get("alice") or Users(database).add("alice")
        self.by = Origin("cli", self.user_id)
        mirrors = Mirrors(database)
        self._mirror_id = (mirrors.of_user(self.user_id) or mirrors.create(self.user_id, "memory")).id
        mirrors.set_state(self._mirror_id, State.ON)
        self.clock = Clock()
        self.run: Callable[[Any], Any] = asyncio.run
        self.connect: Callable[[], Target] = lambda: MemoryTarget(self.folder, self.mirror.folder)

    @property
    def mirror(self) -> Mirror:
        return Mirrors(self.database).get(self._mirror_id)

    # --- the firm ---

    def add(self, contact: Contact | str) -> ContactId:
        who = person(contact) if isinstance(contact, str) else contact
        return self.contacts.save(who, self.by).id

    def edit(self, key: ContactId, **said: Any) -> None:
        record = self.contacts.get(key)
        self.contacts.save(replace(record.contact, **said), self.by, contact_id=key)

    def delete(self, key: ContactId) -> None:
        self.contacts.delete(key, self.by)

    def record(self, key: ContactId) -> Record:
        return self.contacts.get(key)

    def names(self) -> list[str]:
        """Who is in the book, plain contacts too."""
        return sorted(record.contact.formatted_name for record in self.contacts.list())

    def business(self) -> list[str]:
        """The business contacts of the book."""
        return sorted(record.contact.formatted_name for record in self.contacts.list() if record.owner_id is None)

    def trashed(self) -> list[str]:
        return sorted(each.contact.formatted_name for each in deleted_items(self.database, self.book_id))

    def photograph(self, key: ContactId, picture: bytes) -> None:
        """Give a record a picture."""
        lease = self.lease()
        writes = OurWrites(self.database, self.mirror, lease, Runs(self.database).start(lease, "test"))
        record = self.side().load([key])[key]
        writes.save(key, record.contact, revision=record.revision, photo=picture)
        release_lease(self.database, lease)

    def disagreements(self) -> int:
        """How many conflicts wait in the log."""
        return len(conflicts(self.database, self.book_id))

    # --- the mailbox ---

    def items(self) -> dict[str, Item]:
        """What is in the folder, by name."""
        return {item.view.formatted_name: item for item in self.folder_items()}

    def in_folder(self) -> list[str]:
        """The names in the folder, each as often as it is there."""
        return sorted(item.view.formatted_name for item in self.folder_items())

    def folder_items(self) -> Iterable[Item]:
        async def read() -> list[Item]:
            target = MemoryTarget(self.folder)
            await target.open(self.policy.flag)
            return list({item.id: item for item in (await target.changes(None, {})).items}.values())

        return asyncio.run(read())

    def touch(self, name: str, **said: Any) -> None:
        """Edit an item as its owner does."""
        item = self.items()[name]
        held = self.folder.held[item.id]
        self.folder.edit(item.id, replace(held.contact, **said))

    def drop(self, name: str) -> None:
        """Delete an item as its owner does."""
        self.folder.remove(self.items()[name].id)

    def make(self, contact: Contact | str) -> ItemId:
        """Make an item as its owner does."""
        return self.folder.add(person(contact) if isinstance(contact, str) else contact)

    # --- the mirror ---

    def sync(self, mode: Mode = INCREMENTAL) -> Report:
        """Run the mirror once; its connection and its lease are new each time, as after a restart."""
        lease = self.lease()
        try:
            return self.run(self._sync(lease, mode))
        finally:
            release_lease(self.database, lease)

    async def _sync(self, lease: Lease, mode: Mode) -> Report:
        target = self.connect()
        try:
            return await run(self.database, self.mirror, target, self.policy, lease, self.clock, mode)
        finally:
            await target.close()

    def stop(self) -> Report:
        """Stop the mirror."""
        lease = self.lease()
        try:
            return self.run(self._stop(lease))
        finally:
            release_lease(self.database, lease)

    async def _stop(self, lease: Lease) -> Report:
        target = self.connect()
        try:
            return await stop(self.database, self.mirror, target, self.policy, lease, self.clock)
        finally:
            await target.close()

    def switch(self, book_id: int, choice: Choice) -> Report:
        """Switch alice to another book; the next run is in that book."""
        lease = self.lease()
        try:
            return self.run(self._switch(lease, Move(book_id, "the other book", choice)))
        finally:
            release_lease(self.database, lease)

    async def _switch(self, lease: Lease, move: Move) -> Report:
        target = self.connect()
        try:
            return await switch(self.database, self.mirror, target, self.policy, lease, self.clock, move)
        finally:
            await target.close()

    def plan_of_switch(self, book_id: int, choice: Choice) -> list[str]:
        """What ``switch`` would do."""
        lease = self.lease()
        try:
            return self.run(self._plan_of_switch(lease, Move(book_id, "the other book", choice)))
        finally:
            release_lease(self.database, lease)

    async def _plan_of_switch(self, lease: Lease, move: Move) -> list[str]:
        target = self.connect()
        try:
            about = (self.database, self.mirror, target, self.policy, lease, self.clock)
            return list(await plan_of_switch(*about, move))
        finally:
            await target.close()

    def clean_up(self) -> Report:
        """Clean up what switches left in the folder."""
        lease = self.lease()
        try:
            return self.run(self._clean_up(lease))
        finally:
            release_lease(self.database, lease)

    async def _clean_up(self, lease: Lease) -> Report:
        target = self.connect()
        try:
            return await clean_leftovers(self.database, self.mirror, target, self.policy, lease, self.clock)
        finally:
            await target.close()

    def plan_of_clean_up(self) -> list[str]:
        """What ``clean_up`` would do."""
        lease = self.lease()
        try:
            return self.run(self._plan_of_clean_up(lease))
        finally:
            release_lease(self.database, lease)

    async def _plan_of_clean_up(self, lease: Lease) -> list[str]:
        target = self.connect()
        try:
            about = (self.database, self.mirror, target, self.policy, lease, self.clock)
            return list(await plan_of_clean_up(*about))
        finally:
            await target.close()

    def other(self, book_id: int) -> Office:
        """The same mirror and folder, seen from another book: its contacts are those of that book."""
        other = copy(self)
        other.contacts, other.book_id = SqlContacts(self.database, book_id), book_id
        return other

    def plan(self) -> list[str]:
        """What a run would do."""
        lease = self.lease()
        report = asyncio.run(dry_run(self.database, self.mirror, self.connect(), self.policy, lease, self.clock()))
        return list(report.plan)

    def lease(self) -> Lease:
        self.clock.now += timedelta(seconds=1)
        lease = take_lease(self.database, self._mirror_id, "test", self.clock(), 60)
        assert lease is not None
        return lease

    def links(self) -> dict[ContactId, Any]:
        return {link.contact: link for link in Links(self.database, self._mirror_id).all()}

    def failures(self) -> list[Failure]:
        return Failures(self.database, self._mirror_id).all()

    def side(self) -> OurSide:
        return OurSide(self.database, self.mirror)
