"""One run of one mirror: read both sides, plan, guard, act.

A run may be killed anywhere; the next one finishes the work. What both sides were read up to is written down last.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.sync.acting import Actor
from bridge.sync.actions import Action, Drop, Question, Remember, Remove, Trash
from bridge.sync.context import NO_ITEM, Clock, Context, in_thread
from bridge.sync.plan import guard, plan
from bridge.sync.policy import Policy
from bridge.sync.reading import Reading, read_again, read_both
from bridge.sync.recovery import recover
from bridge.sync.rejoining import rejoin
from bridge.sync.telling import described, name_of
from bridge.targets.base import FolderGone, Forbidden, Full, SignInNeeded, Target, TargetError, Unreachable
from storage_plugin.database.engine import Database
from storage_plugin.database.failures import Failure
from storage_plugin.database.leases import Lease
from storage_plugin.database.mirrors import Mirror, Mirrors, State
from storage_plugin.database.runs import Outcome, Runs
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Flag

LOG = logging.getLogger(__name__)

ROUNDS = 3
"""How often a contact is looked at again in one run when it changes under our hands."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, or (``dry``) would do; ``reason`` is one sentence where it did not end well."""

    outcome: Outcome
    counts: dict[str, int]
    reason: str = ""
    question: Question | None = None
    plan: Sequence[str] = field(default=())
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Mode:
    """How to run: ``full`` reads everything again (BC-18); ``allowed`` says yes to the guard's question."""

    full: bool = False
    allowed: bool = False


INCREMENTAL = Mode()


async def run(
    database: Database,
    mirror: Mirror,
    target: Target,
    policy: Policy,
    lease: Lease,
    clock: Clock,
    mode: Mode = INCREMENTAL,
) -> Report:
    """Run a mirror once, under ``lease``; raise LeaseLost when another process has taken it over."""
    runs, mirrors = Runs(database), Mirrors(database)
    run_id = await in_thread(runs.start, lease, "full" if mode.full else "incremental")
    context = Context(database, mirror, target, policy, lease, run_id, clock)
    try:
        report = await _run(context, mirrors, mode)
    except TargetError as error:
        report = await _stopped(context, mirrors, error)
    await in_thread(runs.end, run_id, report.outcome, report.counts, reason=report.reason)
    return report


async def dry_run(
    database: Database,
    mirror: Mirror,
    target: Target,
    policy: Policy,
    lease: Lease,
    now: datetime,
    *,
    full: bool = False,
) -> Report:
    """Plan what ``run`` would do now, and do nothing of it."""
    context = Context(database, mirror, target, policy, lease, 0, lambda: now)
    await target.open(flag_of(policy))
    reading = await read_both(context, full=full)
    actions = _decided(context, reading)
    question = guard(actions, reading.linked, policy)
    return Report(Outcome.DONE, {}, str(question or ""), question, [described(action) for action in actions])


async def _run(context: Context, mirrors: Mirrors, mode: Mode) -> Report:
    await context.target.open(flag_of(context.policy))
    if context.target.folder != context.mirror.folder:
        await in_thread(mirrors.configure, context.mirror.id, folder=context.target.folder)
    await recover(context)
    await rejoin(context)
    reading = await read_both(context, full=mode.full)
    actions = _decided(context, reading)
    question = guard(actions, reading.linked, context.policy)
    if mode.allowed:  # whoever says yes to a question was told the deletions, and means this run
        reading = replace(reading, is_whole=False)
    elif question is not None:
        await in_thread(mirrors.set_state, context.mirror.id, State.ASKING, str(question))
        return Report(Outcome.ASKING, {}, str(question), question)
    await _hold_back(context, reading, actions)
    if number := sum(not isinstance(action, Remember) for action in actions):
        await in_thread(Runs(context.database).planned, context.run_id, number)
    await Actor(context, reading.records).act(_allowed(reading, actions))
    await _look_again(context)
    for each in reading.unread:
        await context.fail(each.why, each.contact, NO_ITEM if each.contact else each.item, each.name)
    await _forget(context, reading.due)
    await in_thread(
        mirrors.reached, context.lease, cursor=reading.cursor, number=reading.since.number, view=reading.since.view
    )
    if context.mirror.state is not State.ON:
        await in_thread(mirrors.set_state, context.mirror.id, State.ON)
    outcome = Outcome.PARTLY if context.counts["failed"] else Outcome.DONE
    LOG.info("mirror of %s: %s", context.mirror.user, _said(context))
    return Report(outcome, +context.counts)


def _decided(context: Context, reading: Reading) -> list[Action]:
    return list(plan(reading.pairs, context.policy, context.fit))


def _allowed(reading: Reading, actions: Sequence[Action]) -> list[Action]:
    return [each for each in actions if not (reading.is_whole and isinstance(each, Trash | Drop | Remove))]


async def _hold_back(context: Context, reading: Reading, actions: Sequence[Action]) -> None:
    """Leave deletions that a whole reading suggests to the next run, which looks at each of them by itself."""
    for action in actions:
        if reading.is_whole and isinstance(action, Trash | Drop | Remove):
            link = action.pair.link
            assert link is not None
            await context.look_again(
                N_("Deleted at one side: the next run looks again."), link.contact, name=name_of(action)
            )


async def _look_again(context: Context) -> None:
    """Look once more at what changed under our hands; what does so still is left to the next run."""
    for _ in range(ROUNDS):
        if not context.again:
            return
        contacts = sorted(context.again)
        context.again.clear()
        pairs, records = await read_again(context, contacts)
        await Actor(context, records).act(list(plan(pairs, context.policy, context.fit)))
    for contact in sorted(context.again):
        await context.look_again(N_("It was being changed during the run."), contact)


async def _forget(context: Context, due: Sequence[Failure]) -> None:
    """Forget who had failed before and was looked at now, and has not failed again."""
    if due:
        known = await in_thread(context.failures.all)
        for each in due:
            if each in known:
                await in_thread(context.failures.forget, each.contact, each.item)


async def _stopped(context: Context, mirrors: Mirrors, error: TargetError) -> Report:
    """End a run that cannot go on; who must act is told by the state, what passes by itself is tried again."""
    if isinstance(error, SignInNeeded | Forbidden | FolderGone | Full):
        await in_thread(mirrors.set_state, context.mirror.id, State.FAILED, str(error))
    retry_after = error.retry_after if isinstance(error, Unreachable) else 0.0
    LOG.warning("mirror of %s: %s", context.mirror.user, error)
    return Report(Outcome.FAILED, +context.counts, str(error), retry_after=retry_after)


def flag_of(policy: Policy) -> Flag | None:
    """Give the flag that the target is to know; none where nothing is written to the folder."""
    return policy.flag if policy.exports else None


def _said(context: Context) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted((+context.counts).items())) or "nothing to do"
