"""Take out of a folder what switches of books left there (``cleaning`` decides).

Each item that is done is forgotten at once: a clean-up that is killed or that fails in part is finished by the next.
An item that is deleted already, or has lost its stamp, needs nothing any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.sync.acting import Actor
from bridge.sync.actions import Action, Forget, Pair
from bridge.sync.cleaning import Clearing, plan_leftovers
from bridge.sync.context import Clock, Context, in_thread
from bridge.sync.policy import Policy
from bridge.sync.requesting import leaving, picture_before
from bridge.sync.run import Report
from bridge.sync.telling import described, name_of
from bridge.targets.base import Answer, Gone, Target, TargetError
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import Lease
from storage_plugin.database.leftovers import Leftovers
from storage_plugin.database.mirrors import Mirror
from storage_plugin.database.our_side import OurRecord
from storage_plugin.database.runs import Entry, Outcome, Runs
from storage_plugin.model.book import ContactId
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Item, Link


async def clean_leftovers(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock
) -> Report:
    """Clean up a mirror's folder; PARTLY when an item was changed meanwhile or is refused: clean up again."""
    runs = Runs(database)
    context = Context(database, mirror, target, policy, lease, await in_thread(runs.start, lease, "cleanup"), clock)
    try:
        left = await _clean(context)
        outcome = Outcome.PARTLY if left else Outcome.DONE
        report = Report(outcome, +context.counts, N_(f"Not cleaned up yet: {', '.join(left)}.") if left else "")
    except TargetError as error:
        report = Report(Outcome.FAILED, +context.counts, str(error))
    await in_thread(runs.end, context.run_id, report.outcome, report.counts, reason=report.reason)
    return report


async def plan_of_clean_up(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock
) -> Sequence[str]:
    """Say what ``clean_leftovers`` would do, line by line; raise TargetError."""
    context = Context(database, mirror, target, policy, lease, 0, clock)
    plan, _ = await _planned(context)
    return [described(action) for each in plan for action in (each.action, each.then) if action is not None]


async def _clean(context: Context) -> list[str]:
    """Carry out the plan; give the names of those that could not be."""
    plan, records = await _planned(context)
    leftovers = Leftovers(context.database, context.mirror)
    settled = [_contact(each) for each in plan if isinstance(each.action, Forget)]
    await in_thread(leftovers.forget, context.lease, context.run_id, settled)
    wanted = [each for each in plan if not isinstance(each.action, Forget)]
    failed: list[str] = []
    for start in range(0, len(wanted), context.target.batch):
        batch = wanted[start : start + context.target.batch]
        leave = [each.action for each in batch if not isinstance(each.action, Forget)]
        operations = [leaving(action, await picture_before(context.side, action)) for action in leave]
        answers = await context.target.apply(operations)
        done = [each for each, answer in zip(batch, answers, strict=True) if _is_done(answer)]
        failed += [name_of(each.action) for each in batch if each not in done]
        log = [_entry(context, each.action) for each in done]
        await in_thread(leftovers.forget, context.lease, context.run_id, [_contact(each) for each in done], log)
        await Actor(context, records).act([each.then for each in done if each.then is not None])
    return failed


async def _planned(context: Context) -> tuple[list[Clearing], dict[ContactId, OurRecord]]:
    """Decide, and give the records of the plain contacts that followed the items."""
    left = await in_thread(Leftovers(context.database, context.mirror).of_other_books)
    if not left:
        return [], {}
    await context.target.open(context.policy.flag)
    there = await context.target.items([link.item for link in left])
    links = await in_thread(context.links.of_items, there)
    records = await in_thread(context.side.load, [link.contact for link in links])
    present = {link.item: _pair(context, link, records.get(link.contact), there[link.item]) for link in links}
    installation = context.mirror.installation_key
    return list(plan_leftovers(left, there, present, installation, context.policy)), records


def _pair(context: Context, link: Link, record: OurRecord | None, item: Item) -> Pair:
    return Pair(link, context.local(record, link) if record else None, item)


def _contact(clearing: Clearing) -> ContactId:
    link = clearing.action.pair.link
    assert link is not None
    return link.contact


def _is_done(answer: Answer) -> bool:
    return answer is None or isinstance(answer, Item | Gone)


def _entry(context: Context, action: Action) -> Entry:
    kind = type(action).__name__.lower()
    context.counts[kind] += 1
    return Entry(kind, None, name_of(action), described(action))
