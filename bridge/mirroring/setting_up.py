"""Starting, changing, stopping and taking back: what ``contact-bridge mirror`` and the page of settings do.

Each step that must not be half done is a transaction of the database; a start that fails at the check leaves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bridge.mirroring.connecting import Connector, closing, connect
from bridge.mirroring.running import Holding, Runner, holder
from bridge.mirroring.settings import MirrorSettings, mirror_settings
from bridge.place import Place
from bridge.sync.lifecycle import plan_of_stop
from bridge.sync.lifecycle import stop as stop_mirror
from bridge.sync.run import Mode, Report, dry_run
from bridge.sync.undoing import plan_of_undo, undo
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import Mirror, Mirrors, State
from storage_plugin.database.runs import Outcome
from storage_plugin.database.users import Users
from storage_plugin.database.vault import Vault
from storage_plugin.model.book import NotFound, Refused

Secrets = Mapping[str, str]

PATIENCE = 30.0
"""Seconds that a command waits for a run of somebody else to end."""


@contextmanager
def opened(place: Place) -> Iterator[Office]:
    """Open the mirrors of an installation; raise NotThere, VaultError."""
    with place.opened() as database:
        yield Office(database, Vault.open(place.folder))


class Office:
    """The mirrors of an installation, for the person who sets them up."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self.mirrors = Mirrors(database, vault)
        self.runner = Runner(database, Connector(self.mirrors), holder())

    def settings(self, user: str) -> MirrorSettings:
        """Read the settings of a user's mirror; raise NotFound, and Refused while it is stopped."""
        mirror = self.of(user)
        if mirror.state is State.STOPPED:
            raise Refused(f"the mirror of {user} is stopped: `contact-bridge mirror start {user} --to KIND`")
        return mirror_settings(mirror.settings)

    def secrets(self, user: str) -> Secrets:
        """Read what is kept encrypted of a user's mirror; raise NotFound, VaultError."""
        return self.mirrors.secrets(self.of(user).id)

    def user_id(self, name: str) -> int:
        """Find a user; raise NotFound."""
        found = next((each.id for each in Users(self.database).all() if each.name == name), None)
        if found is None:
            raise NotFound(f"there is no user {name}")
        return found

    def of(self, user: str) -> Mirror:
        """Read a user's mirror; raise NotFound."""
        mirror = self.mirrors.of_user(self.user_id(user))
        if mirror is None:
            raise NotFound(f"{user} has no mirror: `contact-bridge mirror start {user} --to KIND`")
        return mirror

    def startable(self, user: str) -> None:
        """Raise Refused when a user's mirror is on already (it can be changed, BCM-32, BCM-34), or not ended yet."""
        mirror = self.mirrors.of_user(self.user_id(user))
        if mirror is not None and mirror.state is State.STOPPING:
            raise Refused(f"the mirror of {user} is not stopped yet: `contact-bridge mirror stop {user}`")
        if mirror is not None and mirror.state is not State.STOPPED:
            settled(mirror)
            raise Refused(f"the mirror of {user} is on already: `contact-bridge mirror change {user}`")

    async def start(self, user: str, settings: MirrorSettings, secrets: Secrets) -> Report:
        """Switch a user's mirror on and copy the contacts (BCM-19, BCM-23); its connection was checked before."""
        self.startable(user)
        mirror = self.mirrors.of_user(self.user_id(user)) or self.mirrors.create(
            self.user_id(user), settings.place.kind
        )
        async with self.runner.leased(mirror.id, PATIENCE) as holding:
            return await self._begin(holding, settings, secrets)

    async def plan_start(self, user: str, settings: MirrorSettings, secrets: Secrets) -> Report:
        """Say what ``start`` would do with each contact; the folder itself is made, if it is to be. Raises Busy."""
        self.startable(user)
        mirror = self.mirrors.of_user(self.user_id(user)) or self.mirrors.create(
            self.user_id(user), settings.place.kind
        )
        async with self.runner.leased(mirror.id, PATIENCE) as holding:
            return await self._plan_anew(mirror, settings, secrets, holding)

    async def plan_change(self, user: str, settings: MirrorSettings, secrets: Secrets | None) -> Report:
        """Say what ``change`` would do; into another folder, what leaves the previous one comes first."""
        self.settings(user)
        mirror = self.of(user)
        settled(mirror)
        async with self.runner.leased(mirror.id, PATIENCE) as holding, self.runner.connected(mirror) as connected:
            target, before = connected
            about = (self.database, mirror, target)
            kept = await asyncio.to_thread(self.mirrors.secrets, mirror.id) if secrets is None else secrets
            if settings.place == before.place and not before.is_other_folder(settings):
                now = self.runner.clock()
                return await dry_run(*about, settings.policy, holding.lease, now, full=True)
            if not before.is_other_folder(settings):
                return await self._plan_again(mirror, settings, kept, holding)
            leaving = await plan_of_stop(*about, before.policy, holding.lease, self.runner.clock)
            report = await self._plan_anew(replace(mirror, id=0), settings, kept, holding)
            return replace(report, plan=[*leaving, *report.plan])

    async def plan_stop(self, user: str) -> Sequence[str]:
        """Say what ``stop`` would do with each contact."""
        self.settings(user)
        mirror = self.of(user)
        async with self.runner.leased(mirror.id, PATIENCE) as holding, self.runner.connected(mirror) as connected:
            target, settings = connected
            clock = self.runner.clock
            return await plan_of_stop(self.database, mirror, target, settings.policy, holding.lease, clock)

    async def _plan_again(
        self, mirror: Mirror, settings: MirrorSettings, secrets: Secrets, holding: Holding
    ) -> Report:
        """Plan a whole run into the same folder, which is reached by another way."""
        kept = dict(secrets)
        async with closing(connect(settings, kept, kept.update, folder=mirror.folder)) as target:
            now = self.runner.clock()
            return await dry_run(self.database, mirror, target, settings.policy, holding.lease, now, full=True)

    async def _plan_anew(
        self, mirror: Mirror, settings: MirrorSettings, secrets: Secrets, holding: Holding
    ) -> Report:
        """Plan the first run into a folder. A mirror with the id 0 has no links."""
        fresh = replace(mirror, folder="", cursor=None, number=None, view="", settings=settings.json_form)
        kept = dict(secrets)
        async with closing(connect(settings, kept, kept.update)) as target:
            now = self.runner.clock()
            return await dry_run(self.database, fresh, target, settings.policy, holding.lease, now, full=True)

    async def change(self, user: str, settings: MirrorSettings, secrets: Secrets | None) -> tuple[Report, ...]:
        """Change a mirror; into another folder, the contacts leave the previous one first (BCM-33, BCM-36).

        ``secrets`` None keeps those there are. Gives what leaving did, if there was something to leave and, unless
        that failed, what the run afterwards did.
        """
        mirror = self.of(user)
        if mirror.state is State.UNDOING:
            raise Refused(f"{mirror.reason} Until then nothing can be changed.")
        settled(mirror)
        async with self.runner.leased(mirror.id, PATIENCE) as holding:
            if mirror_settings(mirror.settings).is_other_folder(settings):
                left = await self._leave(mirror, holding)
                if left.outcome is not Outcome.DONE:
                    return (left,)
                return left, await self._begin(holding, settings, secrets)
            await asyncio.to_thread(self.mirrors.configure, mirror.id, settings=settings.json_form)
            if secrets is not None:
                await asyncio.to_thread(self.mirrors.keep_secrets, mirror.id, secrets)
            # New rules may want what the old ones did not: should this run break off, the next reads all of ours.
            keep = self.mirrors.reached
            await asyncio.to_thread(keep, holding.lease, cursor=mirror.cursor, number=None, view="")
            return (await self.runner.run_held(holding, Mode(full=True)),)

    async def stop(self, user: str) -> Report:
        """Stop a mirror: what it created leaves the folder, the rest stays there unmarked (BCM-37).

        Raises Refused when it is stopped already: the folder is not to be made for that.
        """
        self.settings(user)
        mirror = self.of(user)
        async with self.runner.leased(mirror.id, PATIENCE) as holding:
            return await self._leave(mirror, holding)

    async def undo(self, user: str, run_id: int, *, dry_run: bool = False) -> Report:
        """Take back what a run of a user's mirror did; with ``dry_run`` only say so. Raises NotFound, Refused."""
        self.settings(user)
        mirror = self.of(user)
        settled(mirror)
        if mirror.state is State.STOPPING:
            raise Refused(f"the mirror of {user} is being stopped: `contact-bridge mirror stop {user}`")
        async with self.runner.leased(mirror.id, PATIENCE) as holding, self.runner.connected(mirror) as connected:
            target, settings = connected
            work = plan_of_undo if dry_run else undo
            about = (self.database, mirror, target, settings.policy, holding.lease, self.runner.clock, run_id)
            return await work(*about)

    async def _begin(self, holding: Holding, settings: MirrorSettings, secrets: Secrets | None) -> Report:
        def prepared() -> None:
            key = holding.lease.mirror_id
            self.mirrors.start_over(key)
            self.mirrors.configure(key, target=settings.place.kind, folder="", settings=settings.json_form)
            if secrets is not None:
                self.mirrors.keep_secrets(key, secrets)
            self.mirrors.set_state(key, State.ON)

        await asyncio.to_thread(prepared)
        return await self.runner.run_held(holding)

    async def _leave(self, mirror: Mirror, holding: Holding) -> Report:
        async with self.runner.connected(mirror) as (target, settings):
            clock = self.runner.clock
            return await stop_mirror(self.database, mirror, target, settings.policy, holding.lease, clock)


def settled(mirror: Mirror) -> None:
    """Raise Refused for a mirror that is between two books."""
    if mirror.state is State.SWITCHING:
        raise Refused(f"{mirror.user} is between two books: `contact-bridge book switch {mirror.user} BOOK`")
