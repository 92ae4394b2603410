"""The end of a mirror, and its move to another folder: the folder is left as it was before the first run.

What we created is removed, what was there before is given back, what people changed themselves stays (BCM-10, BCM-36,
BCM-38). An end that is killed or that fails in part is finished by the next; until then the mirror is
``STOPPING``, and nothing runs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bridge.sync.acting import Actor
from bridge.sync.actions import Pair
from bridge.sync.context import Clock, Context, in_thread
from bridge.sync.leaving import plan_stop
from bridge.sync.policy import Policy
from bridge.sync.reading import read_again, read_both
from bridge.sync.recovery import recover
from bridge.sync.rejoining import rejoin
from bridge.sync.run import ROUNDS, Report
from bridge.sync.telling import described
from bridge.targets.base import FolderGone, Target, TargetError
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import Lease
from storage_plugin.database.mirrors import Mirror, Mirrors, State
from storage_plugin.database.our_side import OurRecord
from storage_plugin.database.runs import Outcome, Runs
from storage_plugin.model.book import ContactId
from storage_plugin.model.marking import N_


async def stop(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock
) -> Report:
    """End a mirror; its settings stay. The report is PARTLY when some items could not be taken out of it."""
    runs, mirrors = Runs(database), Mirrors(database)
    run_id = await in_thread(runs.start, lease, "stop")
    context = Context(database, mirror, target, policy, lease, run_id, clock)
    await in_thread(mirrors.set_state, mirror.id, State.STOPPING, N_("Its end was broken off: stop again."))
    try:
        await _leave(context)
        left = await in_thread(context.links.versions)
    except FolderGone:
        left = {}
    except TargetError as error:
        report = Report(Outcome.FAILED, +context.counts, str(error))
        await in_thread(mirrors.set_state, mirror.id, State.STOPPING, N_(f"It could not be stopped yet: {error}"))
        await in_thread(runs.end, run_id, report.outcome, report.counts, reason=report.reason)
        return report
    if left:
        reason = N_(f"{len(left)} contacts could not be taken out of the folder yet: stop again.")
        report = Report(Outcome.PARTLY, +context.counts, reason)
        await in_thread(mirrors.set_state, mirror.id, State.STOPPING, reason)
    else:
        await in_thread(mirrors.start_over, mirror.id)
        await in_thread(mirrors.configure, mirror.id, folder="")
        await in_thread(mirrors.set_state, mirror.id, State.STOPPED)
        report = Report(Outcome.DONE, +context.counts)
    await in_thread(runs.end, run_id, report.outcome, report.counts, reason=report.reason)
    return report


async def plan_of_stop(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock
) -> Sequence[str]:
    """Say what ``stop`` would do, line by line."""
    context = Context(database, mirror, target, policy, lease, 0, clock)
    await target.open(policy.flag)
    reading = await read_both(context, full=True)
    return [described(action) for action in plan_stop(reading.pairs, policy)]


async def _leave(context: Context) -> None:
    """Take every item out of the mirror; what changes under our hands is looked at again."""
    await context.target.open(context.policy.flag)
    await recover(context)
    await rejoin(context)
    reading = await read_both(context, full=True)
    await _act(context, reading.pairs, reading.records)
    for _ in range(ROUNDS):
        if not context.again:
            return
        contacts = sorted(context.again)
        context.again.clear()
        await _act(context, *await read_again(context, contacts))


async def _act(context: Context, pairs: Iterable[Pair], records: Mapping[ContactId, OurRecord]) -> None:
    await Actor(context, records).act(list(plan_stop(pairs, context.policy)))
