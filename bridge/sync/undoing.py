"""Take back what one run did, on both sides, as far as nobody has touched it since (``taking_back`` decides).

An undo is a run of its own, "undo 12", with its lines in the log. What is asked of the folder is in the journal
before; the answer, the record, the link and the line in the log are one transaction. An undo that is killed or that
fails in part is finished by calling it again; until then the mirror is ``UNDOING``, and nothing runs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.sync import taking_back
from bridge.sync.actions import Pair
from bridge.sync.context import Clock, Context, in_thread
from bridge.sync.policy import Policy
from bridge.sync.recovery import recover
from bridge.sync.run import Report
from bridge.sync.taking_back import Done, Folder, Left, TakeBack, taken_back, told
from bridge.targets import base
from bridge.targets.base import Target, TargetError, Unreachable
from storage_plugin.database.engine import Database
from storage_plugin.database.formers import mark_of
from storage_plugin.database.journal import Intent, OpenIntent, Operation
from storage_plugin.database.leases import Lease
from storage_plugin.database.mirrors import Mirror, Mirrors, State
from storage_plugin.database.our_side import OurRecord
from storage_plugin.database.our_writes import Along
from storage_plugin.database.runs import Deed, Entry, Outcome, Run, Runs
from storage_plugin.model.book import ContactId, NotFound, Precondition, Refused
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Former, Item, ItemId, Link

UNDOABLE = ("incremental", "full")
TAKEN_BACK = "taken back"
_TRIED = {Operation.CREATE: Folder.CREATE, Operation.UPDATE: Folder.UPDATE, Operation.DELETE: Folder.DELETE}


def undo_of(run_id: int) -> str:
    """Name the kind of the runs that take back a run."""
    return f"undo {run_id}"


def undoable(runs: Runs, mirror: Mirror, run_id: int) -> Run:
    """Give a run that can be taken back; raise NotFound, and Refused with the reason."""
    run = runs.get(run_id)
    if run.mirror_id != mirror.id:
        raise NotFound(f"there is no run {run_id} of {mirror.user}")
    if run.kind not in UNDOABLE:
        raise Refused(f"run {run_id} is no synchronisation ({run.kind}): it cannot be taken back")
    later = runs.after(run)
    ends = [each for each in later if each.kind not in UNDOABLE and not each.kind.startswith("undo ")]
    if ends:
        raise Refused(f"the mirror has left its folder or book since (run {ends[0].id}, {ends[0].kind})")
    if mirror.state is State.UNDOING and later and later[-1].kind != undo_of(run_id):
        raise Refused(f"{mirror.reason} Only then can run {run_id} be taken back.")
    return run


async def undo(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock, run_id: int
) -> Report:
    """Take back a run; the plan of the report says what became of each contact. Raises NotFound, Refused."""
    runs, mirrors = Runs(database), Mirrors(database)
    run = await in_thread(undoable, runs, mirror, run_id)
    ours = await in_thread(runs.start, lease, undo_of(run_id))
    context = Context(database, mirror, target, policy, lease, ours, clock)
    again = f"`contact-bridge mirror undo {mirror.user} {run_id}`"
    reason = N_(f"Run {run_id} was not taken back to the end: {again}.")
    await in_thread(mirrors.set_state, mirror.id, State.UNDOING, reason)
    try:
        report = await _undo(context, runs, run)
    except TargetError as error:
        retry_after = error.retry_after if isinstance(error, Unreachable) else 0.0
        said = N_(f"{error} Run {run_id} is not taken back to the end: then {again}.")
        await in_thread(mirrors.set_state, mirror.id, State.UNDOING, said)
        report = Report(Outcome.FAILED, +context.counts, said, retry_after=retry_after)
    else:
        await in_thread(mirrors.set_state, mirror.id, State.ON)
    await in_thread(runs.end, ours, report.outcome, report.counts, reason=report.reason)
    return report


async def plan_of_undo(
    database: Database, mirror: Mirror, target: Target, policy: Policy, lease: Lease, clock: Clock, run_id: int
) -> Report:
    """Say what ``undo`` would do, line by line. Raises NotFound, Refused."""
    runs = Runs(database)
    run = await in_thread(undoable, runs, mirror, run_id)
    context = Context(database, mirror, target, policy, lease, 0, clock)
    await target.open(policy.flag if policy.exports else None)
    intents = [each for each in await in_thread(context.journal.opened) if each.run_id in await _earlier(runs, run)]
    decided, _, _ = await _decided(context, runs, run, intents)
    return Report(Outcome.DONE, {}, plan=[told(each) for each in decided])


async def _earlier(runs: Runs, run: Run) -> set[int]:
    """Name the undos of a run that there were before."""
    return {each.id for each in await in_thread(runs.after, run) if each.kind == undo_of(run.id)}


async def _undo(context: Context, runs: Runs, run: Run) -> Report:
    await context.target.open(context.policy.flag if context.policy.exports else None)
    undos = await _earlier(runs, run)
    intents = await in_thread(context.journal.opened)
    if not any(each.run_id in undos for each in intents):
        await recover(context)
        intents = []
    decided, deeds, records = await _decided(context, runs, run, intents)
    undoer = _Undoer(context, run.id, deeds, records, intents)
    lines = [told(each) for each in decided if isinstance(each, Left)]
    lines += await undoer.take_back([each for each in decided if isinstance(each, TakeBack)])
    await in_thread(context.writes.settle, intents=[each.id for each in intents])
    context.counts["left"] = sum(": left as it is: " in line for line in lines)
    outcome = Outcome.PARTLY if context.counts["left"] else Outcome.DONE
    left = context.counts["left"]
    reason = N_(f"{left} contacts are left as they are.") if left else ""
    return Report(outcome, +context.counts, reason, plan=lines)


async def _decided(
    context: Context, runs: Runs, run: Run, intents: Sequence[OpenIntent]
) -> tuple[list[TakeBack | Left], dict[ContactId, Deed], dict[ContactId, OurRecord]]:
    """Read both sides of what a run touched, and decide, the last deed first."""
    finished = {
        entry.contact
        for each in await _earlier(runs, run)
        for entry in await in_thread(runs.entries, each)
        if entry.action == TAKEN_BACK
    }
    deeds = [each for each in await in_thread(runs.deeds, run.id) if each.contact not in finished]
    contacts = [each.contact for each in deeds]
    links = {link.contact: link for link in await in_thread(context.links.of_contacts, contacts)}
    records = await in_thread(context.side.load, contacts)
    items = await _items(context, deeds, links, intents)
    tried = {each.intent.contact: each.intent for each in intents}
    decided = []
    for deed in reversed(deeds):
        link, record = links.get(deed.contact), records.get(deed.contact)
        pair = Pair(link, context.local(record, link) if record else None, items.get(deed.contact))
        intent = tried.get(deed.contact)
        done = Done(
            deed.name,
            deed.actions,
            deed.former,
            pair,
            deed.revision,
            mark_of(link) == deed.became,
            _TRIED[intent.operation] if intent else Folder.NOTHING,
            intent.view if intent else None,
        )
        decided.append(taken_back(done))
    return [each for each in decided if each is not None], {each.contact: each for each in deeds}, records


async def _items(
    context: Context, deeds: Iterable[Deed], links: dict[ContactId, Link], intents: Sequence[OpenIntent]
) -> dict[ContactId, Item]:
    """Read the items of the contacts: the linked ones, else those that there were, else what an undo created."""
    ids: dict[ContactId, ItemId] = {}
    for deed in deeds:
        link = links.get(deed.contact) or deed.former.link
        if link is not None:
            ids[deed.contact] = link.item
        elif deed.former.item is not None:
            ids[deed.contact] = deed.former.item.id
    read = await context.target.items(sorted(set(ids.values())))
    found = {contact: read[id] for contact, id in ids.items() if id in read}
    stamps = [each.intent.stamp for each in intents if each.intent.operation is Operation.CREATE]
    made = await context.target.stamped([stamp for stamp in stamps if stamp]) if stamps else []
    return {item.stamp.contact: item for item in made if item.stamp and item.stamp.contact not in links} | found


class _Undoer:
    """Carries out what was decided; every effect may be the last one of the process."""

    def __init__(
        self,
        context: Context,
        run_id: int,
        deeds: dict[ContactId, Deed],
        records: dict[ContactId, OurRecord],
        intents: Sequence[OpenIntent],
    ) -> None:
        self.context = context
        self.run_id = run_id
        self.deeds = deeds
        self.records = records
        self.intents = intents

    async def take_back(self, actions: Sequence[TakeBack]) -> list[str]:
        """Take back contact by contact, the folder in batches; give a line for each."""
        lines = [await self._finish(each, each.done.pair.theirs) for each in actions if each.folder is Folder.NOTHING]
        size = self.context.target.batch
        for kind in (Folder.DELETE, Folder.UPDATE, Folder.CREATE):
            some = [each for each in actions if each.folder is kind]
            for start in range(0, len(some), size):
                lines += await self._batch(some[start : start + size])
        return lines

    async def _batch(self, actions: Sequence[TakeBack]) -> list[str]:
        operations = [await self._operation(each) for each in actions]
        intents = [self._intent(action, each) for action, each in zip(actions, operations, strict=True)]
        ids = await self.context.intend(intents)
        answers = await self.context.target.apply(operations)
        lines = []
        for action, id, answer in zip(actions, ids, answers, strict=True):
            if isinstance(answer, base.ItemError):
                await in_thread(self.context.writes.settle, intents=[id])
                lines.append(told(Left(action.done.name, N_(f"the folder refuses: {answer}"))))
            else:
                lines.append(await self._finish(action, answer, [id]))
        return lines

    async def _finish(self, action: TakeBack, item: Item | None, intents: Sequence[int] = ()) -> str:
        """Take the record back with its link; where people were quicker, the link alone."""
        contact, deed = self._contact(action), self.deeds[self._contact(action)]

        def link(record: OurRecord) -> Link | None:
            known = action.done.former.link or action.done.pair.link
            return taking_back.link_after(action, self.context.local(record, known), item)

        line = told(action)
        closed = [*intents, *(each.id for each in self.intents if each.intent.contact == contact)]
        entry = Entry(TAKEN_BACK, contact, deed.name, line, Former(action.done.pair.link, action.done.pair.theirs))
        along = Along(link, closed, [entry])
        try:
            take = self.context.writes.take_back
            await in_thread(take, contact, self.run_id, revision=deed.revision, along=along)
        except (Precondition, NotFound, Refused) as error:
            reason = error.reason if isinstance(error, Refused) else N_("it was changed in the book meanwhile.")
            made = link(self.records[contact])
            links, unlinked = ([made], []) if made else ([], [contact])
            await in_thread(self.context.writes.settle, links=links, unlinked=unlinked, intents=closed)
            reason = reason.rstrip(".")
            return told(Left(action.done.name, N_(f"{reason}; the folder is as before the run.")))
        self.context.counts[TAKEN_BACK] += 1
        return line

    async def _operation(self, action: TakeBack) -> base.Operation:
        contact, item = self._contact(action), action.done.pair.theirs
        record = self.records[contact]
        stamp, number = self.context.mirror.stamp(contact), record.customer_number
        if action.folder is Folder.DELETE:
            assert item is not None
            return base.Delete(item.id, item.version)
        photo, view = await self._photo(action), action.view
        assert view is not None
        if action.folder is Folder.CREATE:
            return base.Create(view, stamp, number, action.flagged, photo)
        assert item is not None
        mark, shown = (stamp, number) if action.marked else (None, "")
        return base.Update(item.id, item.version, item.view, view, mark, shown, action.flagged, photo)

    async def _photo(self, action: TakeBack) -> bytes | None:
        """Find the picture that the item had: the book has or had the same one. None leaves what is there."""
        known = action.done.former.link
        if not action.photo:
            return None if action.photo is None else b""
        if known is None or known.photos.theirs != action.photo:
            return None
        return await in_thread(self.context.side.former_picture, self._contact(action), known.photos.ours)

    def _intent(self, action: TakeBack, operation: base.Operation) -> Intent:
        contact = self._contact(action)
        match operation:
            case base.Create(view=view, stamp=stamp):
                return Intent(Operation.CREATE, contact, stamp, view=view)
            case base.Update(id=id, version=version, view=view, stamp=stamp):
                return Intent(Operation.UPDATE, contact, stamp, id, version, view)
            case base.Delete(id=id, version=version):
                return Intent(Operation.DELETE, contact, None, id, version)

    def _contact(self, action: TakeBack) -> ContactId:
        assert action.done.pair.ours is not None
        return action.done.pair.ours.contact
