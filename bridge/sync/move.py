"""A switch to another book, carried out: the folder first, then the switch itself in one transaction (``switching``).

Killed before that transaction, the user is in the former book still and nothing runs the mirror (``SWITCHING``); the
next switch finishes the work, with the same choice or another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.sync.acting import Actor
from bridge.sync.actions import Action, HandOver, Pair
from bridge.sync.context import Clock, Context, in_thread
from bridge.sync.outcome import inherited
from bridge.sync.policy import Policy
from bridge.sync.reading import read_again, read_both
from bridge.sync.recovery import recover
from bridge.sync.rejoining import rejoin
from bridge.sync.run import ROUNDS, Report, flag_of
from bridge.sync.switching import Choice, plan_switch, twins_of
from bridge.sync.telling import described, name_of
from bridge.targets.base import FolderGone, Target, TargetError
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import Lease
from storage_plugin.database.mirrors import Mirror, Mirrors, State
from storage_plugin.database.our_side import OurRecord, OurSide
from storage_plugin.database.runs import Entry, Outcome, Runs
from storage_plugin.database.switching import Heir, Switch
from storage_plugin.model.book import ContactId, Refused
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import ItemId, Link, Local, Origin

SLICE = 200
"""Records that are handed over in one transaction."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where to, and what becomes of what was mirrored."""

    book_id: int
    book: str
    choice: Choice


async def switch(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock, move: Move
) -> Report:
    """Switch a mirror and its user to another book; PARTLY when some contacts stood in the way: switch again.

    Raises LeaseLost, and Refused for an import into a book that the user may only read.
    """
    runs = Runs(database)
    run_id = await in_thread(runs.start, lease, "switch")
    context = Context(database, mirror, target, policy, lease, run_id, clock)
    log: list[Entry] = []
    try:
        report = await _switch(context, move, log)
    except TargetError as error:
        report = Report(Outcome.FAILED, +context.counts, N_(f"{mirror.user} is not in {move.book} yet: {error}"))
        await _say(context, report.reason)
    except Refused as refused:
        await in_thread(runs.end, run_id, Outcome.FAILED, {}, reason=refused.reason)
        raise
    await in_thread(runs.end, run_id, report.outcome, report.counts, reason=report.reason, log=log)
    return report


async def plan_of_switch(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock, move: Move
) -> Sequence[str]:
    """Say what ``switch`` would do with each contact, line by line; raise TargetError, Refused."""
    context = Context(database, mirror, target, policy, lease, 0, clock)
    return [described(action) for action in (await _planned(context, move)).actions]


@dataclass(frozen=True, slots=True)
class _Plan:
    actions: Sequence[Action]
    records: Mapping[ContactId, OurRecord]
    twins: Mapping[ItemId, Local]


async def _switch(context: Context, move: Move, log: list[Entry]) -> Report:
    way = Switch(context.database, context.mirror, context.lease, move.book_id)
    folder: str | None = None
    try:
        opened = await in_thread(context.journal.opened)
        if opened or move.choice is not Choice.KEEP:
            await context.target.open(flag_of(context.policy))
            await recover(context)
        left = await _leave(context, move, way, await _planned(context, move), log)
    except FolderGone:  # with what was in it
        if move.choice is Choice.IMPORT:
            raise
        left, folder = 0, ""
    if left:
        reason = N_(f"{left} contacts stand in the way of the switch: switch again.")
        await _say(context, reason)
        return Report(Outcome.PARTLY, +context.counts, reason)
    await in_thread(way.finish, folder=folder)
    return Report(Outcome.DONE, +context.counts)


async def _leave(context: Context, move: Move, way: Switch, plan: _Plan, log: list[Entry]) -> int:
    """Do to the folder and to both books what is planned; give the number of contacts that stand in the way."""
    if move.choice is Choice.KEEP:
        log += [Entry("keep", _contact(each), name_of(each), described(each)) for each in plan.actions]
        context.counts["keep"] += len(plan.actions)
        return 0
    await _say(context, N_("The switch to another book was broken off: switch again."), is_new=True)
    await _carry_out(context, move, way, plan)
    done = await in_thread(way.handed_over)
    links = await in_thread(context.links.all)
    return sum(link.origin is not Origin.FOREIGN and link.contact not in done for link in links)


async def _carry_out(context: Context, move: Move, way: Switch, plan: _Plan) -> None:
    actions, records = plan.actions, plan.records
    for _ in range(1 + ROUNDS):
        await Actor(context, records).act(actions)
        ready = [each for each in actions if isinstance(each, HandOver) and _contact(each) not in context.again]
        for start in range(0, len(ready), SLICE):
            await _hand_over(context, way, ready[start : start + SLICE])
        if not context.again:
            return
        contacts = sorted(context.again)
        context.again.clear()
        pairs, records = await read_again(context, contacts)
        actions = list(plan_switch(pairs, move.choice, context.policy, plan.twins))


async def _hand_over(context: Context, way: Switch, actions: Sequence[HandOver]) -> None:
    heirs = [_heir(each) for each in actions]
    context.counts["hand over"] += len(await in_thread(way.hand_over, context.run_id, heirs))


def _heir(action: HandOver) -> Heir:
    item, twin = action.pair.theirs, action.twin
    assert item is not None

    def link(known: Link, successor: ContactId) -> Link:
        return inherited(known, item, successor, twin)

    entry = Entry("hand over", None, name_of(action), described(action))
    return Heir(_contact(action), link, twin.contact if twin else None, [entry])


async def _planned(context: Context, move: Move) -> _Plan:
    """Read what is mirrored, and who of it is in the other book, and decide; to keep it, nobody asks the folder."""
    way = Switch(context.database, context.mirror, context.lease, move.book_id)
    done = await in_thread(way.handed_over)
    if move.choice is Choice.KEEP:
        kept = [Pair(link) for link in await in_thread(context.links.all) if link.contact not in done]
        return _Plan(list(plan_switch(kept, move.choice, context.policy, {})), {}, {})
    side = OurSide(context.database, replace(context.mirror, book_id=move.book_id))
    if move.choice is Choice.IMPORT and (await in_thread(side.view)).read_only:
        raise Refused(f"{context.mirror.user} may only read {move.book}: nothing can be imported there")
    await context.target.open(flag_of(context.policy))
    await rejoin(context)
    reading = await read_both(context, full=True)
    pairs = [pair for pair in reading.pairs if pair.link is not None and pair.link.contact not in done]
    twins: dict[ItemId, Local] = {}
    if move.choice is Choice.IMPORT:
        known = await in_thread(side.load, (await in_thread(side.since, None)).ids)
        twins = twins_of(pairs, [context.shown(record, None) for key, record in known.items() if key not in done])
    return _Plan(list(plan_switch(pairs, move.choice, context.policy, twins)), reading.records, twins)


async def _say(context: Context, reason: str, *, is_new: bool = False) -> None:
    """Say why a switch has not ended; one that has not begun in the folder leaves the mirror as it was."""
    mirrors = Mirrors(context.database)
    if is_new or (await in_thread(mirrors.get, context.mirror.id)).state is State.SWITCHING:
        await in_thread(mirrors.set_state, context.mirror.id, State.SWITCHING, reason)


def _contact(action: Action) -> ContactId:
    assert action.pair.link is not None
    return action.pair.link.contact
