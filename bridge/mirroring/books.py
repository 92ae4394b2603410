"""Switching a user to another book, with the mirror (BCM-49 … BCM-58): what ``contact-bridge book switch`` does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bridge.mirroring.running import Holding
from bridge.mirroring.setting_up import PATIENCE, Office
from bridge.sync.move import Move, plan_of_switch, switch
from bridge.sync.run import Report
from bridge.sync.switching import Choice
from storage_plugin.database.books import Books
from storage_plugin.database.links import Links
from storage_plugin.database.mirrors import Mirror, State
from storage_plugin.database.runs import Outcome
from storage_plugin.database.switching import Switch, switch_alone
from storage_plugin.model.book import Refused


def mirrored(office: Office, user: str) -> int:
    """Count the contacts in a user's folder about which somebody must choose when the book is switched."""
    mirror = office.mirrors.of_user(office.user_id(user))
    if mirror is None:
        return 0
    return Links(office.database, mirror.id).count(foreign=False)


async def plan_switch(office: Office, user: str, book: str, choice: str) -> Sequence[str]:
    """Say what ``switch_book`` would do with each mirrored contact; raise what that does, and TargetError."""
    mirror, to = _checked(office, user, book)
    if mirror is None or mirror.book_id == to or mirror.state is State.STOPPED:
        return []
    async with office.runner.leased(mirror.id, PATIENCE) as holding:
        mirror = await asyncio.to_thread(office.mirrors.get, mirror.id)
        async with office.runner.connected(mirror) as (target, settings):
            move = Move(to, book, Choice(choice))
            about = (office.database, mirror, target, settings.policy, holding.lease, office.runner.clock)
            return await plan_of_switch(*about, move)


async def switch_book(office: Office, user: str, book: str, choice: str) -> tuple[Report, ...]:
    """Switch a user to a book; ``choice`` is keep, delete or import (``Choice``).

    Gives what leaving did, and what the run in the new book did: nothing of both where there is no mirror, or it is
    stopped; no run where leaving did not end. Raises NotFound, Refused, Busy, VaultError.
    """
    mirror, to = _checked(office, user, book)
    if mirror is None or mirror.book_id == to:
        await asyncio.to_thread(switch_alone, office.database, office.user_id(user), to)
        return ()
    async with office.runner.leased(mirror.id, PATIENCE) as holding:
        mirror = await asyncio.to_thread(office.mirrors.get, mirror.id)
        _checked(office, user, book)
        if mirror.state is State.STOPPED:
            await asyncio.to_thread(Switch(office.database, mirror, holding.lease, to).finish)
            return ()
        left = await _switch(office, mirror, holding, Move(to, book, Choice(choice)))
        if left.outcome is not Outcome.DONE:
            return (left,)
        return left, await office.runner.run_held(holding)


async def _switch(office: Office, mirror: Mirror, holding: Holding, move: Move) -> Report:
    async with office.runner.connected(mirror) as (target, settings):
        clock = office.runner.clock
        return await switch(office.database, mirror, target, settings.policy, holding.lease, clock, move)


def _checked(office: Office, user: str, book: str) -> tuple[Mirror | None, int]:
    """Find the mirror and the book; raise NotFound, and Refused where there is nothing to switch, or not yet."""
    books = Books(office.database)
    to = books.find(book)
    mirror = office.mirrors.of_user(office.user_id(user))
    if books.find(user=user) == to:
        raise Refused(f"{user} is in {book} already")
    if mirror is not None and mirror.state is State.STOPPING:
        raise Refused(f"the mirror of {user} is being stopped: `contact-bridge mirror stop {user}`")
    if mirror is not None and mirror.state is State.UNDOING:
        raise Refused(f"{mirror.reason} Until then the book cannot be switched.")
    return mirror, to
