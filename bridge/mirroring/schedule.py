"""When a mirror is to be run: pure decisions. Times are seconds of a clock that only goes forward."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from bridge.mirroring.settings import MirrorSettings
from bridge.sync.run import Report
from storage_plugin.database.mirrors import State
from storage_plugin.database.pulses import Pulse
from storage_plugin.database.runs import Outcome

SOON = 5.0
"""Seconds before a mirror is looked at again that another process has, or that left something to the next run."""

FIRST_PAUSE, LONGEST_PAUSE = 10.0, 300.0
"""Seconds after a first and after many failures in a row, unless the service asks for more."""

RARELY = 3600.0
"""Seconds between two attempts where somebody must act: what was wrong may have been put right elsewhere."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What the bridge remembers of one mirror; ``every`` is in seconds.

    ``due``: run it then, whatever happens. ``not_before``: not even for a change. ``is_retry``: it is due for what
    our last run has left, so that a run of somebody else's does not do instead.
    """

    due: float
    every: float
    settings: str = ""
    state: State = State.STOPPED
    not_before: float = 0.0
    failures: int = 0
    is_retry: bool = False


def noticed(slot: Slot | None, pulse: Pulse, now: float) -> Slot:
    """Take in how a mirror stands: a new one, and one that was switched on, is due at once."""
    if slot is None or slot.settings != pulse.settings:
        every = _every(pulse.settings)
        due = now if slot is None else min(slot.due, now + every)
        slot = replace(slot or Slot(due, every), due=due, every=every, settings=pulse.settings)
    if pulse.state is not slot.state:
        slot = replace(slot, state=pulse.state, due=now if pulse.state is State.ON else slot.due)
    return slot


def is_due(slot: Slot, pulse: Pulse, now: float) -> bool:
    """Tell whether a mirror is to be run now."""
    resting = (State.STOPPED, State.STOPPING, State.SWITCHING, State.UNDOING)
    if pulse.state in resting or now < slot.not_before:
        return False
    return now >= slot.due or (pulse.state is State.ON and pulse.is_behind)


def after_run(slot: Slot, report: Report, now: float, retry_in: float | None = None) -> Slot:
    """Plan the next run; ``retry_in``: seconds until a contact that failed is to be tried again."""
    if report.outcome in (Outcome.DONE, Outcome.PARTLY):
        again = slot.every if retry_in is None else min(slot.every, max(SOON, retry_in))
        return replace(slot, due=now + again, not_before=now, failures=0, is_retry=again < slot.every)
    if report.outcome is Outcome.ASKING:
        return replace(slot, state=State.ASKING, due=now + RARELY, not_before=now, failures=0)
    pause = max(report.retry_after, min(FIRST_PAUSE * 2**slot.failures, LONGEST_PAUSE))
    due = now + (pause if report.retry_after else RARELY)
    return replace(slot, due=due, not_before=now + pause, failures=min(slot.failures + 1, 10), is_retry=True)


def woken(slot: Slot, now: float) -> Slot:
    """Run a mirror that is on as soon as it may be, since its folder has changed."""
    return replace(slot, due=min(slot.due, now), is_retry=True) if slot.state is State.ON else slot


def postponed(slot: Slot, now: float) -> Slot:
    """Leave a mirror to whoever has it."""
    return replace(slot, due=now + SOON, not_before=now + SOON)


def rested(slot: Slot, now: float, seconds: float) -> Slot:
    """Leave a mirror alone that somebody else has just run, unless its book changes."""
    return replace(slot, due=now + seconds)


def _every(settings: str) -> float:
    minutes = json.loads(settings or "{}").get("every")
    return 60 * float(minutes or MirrorSettings.model_fields["every"].default)
