"""When a mirror is run next: by schedule, for a change, after a failure."""

import json

import pytest

from bridge.mirroring.schedule import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    RARELY,
    SOON,
    Slot,
    after_run,
    is_due,
    noticed,
    woken,
)
from bridge.mirroring.settings import mirror_settings
from bridge.sync.run import Report
from storage_plugin.database.mirrors import State
from storage_plugin.database.pulses import Pulse
from storage_plugin.database.runs import Outcome
from storage_plugin.model.book import ChangeNumber

NOW = 1000.0
DONE = Report(Outcome.DONE, {})


def pulse(number=5, reached=5, state=State.ON, every=3):
    settings = mirror_settings({"place": {"kind": "file", "path": "/x"}, "every": every}).json_form
    return Pulse(1, state, json.dumps(settings), ChangeNumber(number), reached)


def after(report, retry_in=None, slot=None):
    return after_run(slot or noticed(None, pulse(), NOW), report, NOW, retry_in)


def test_bc_5_bcm_15_it_is_run_at_once_and_then_every_few_minutes():
    slot = noticed(None, pulse(), NOW)
    assert is_due(slot, pulse(), NOW)
    slot = after(DONE)
    assert not is_due(slot, pulse(), NOW + 179)
    assert is_due(slot, pulse(), NOW + 180)


def test_a_change_of_the_book_does_not_wait_for_the_schedule():
    assert is_due(after(DONE), pulse(number=6), NOW + 1)
    assert is_due(after(DONE), pulse(reached=None), NOW + 1)


@pytest.mark.parametrize("asked", [1, 47, 4000])
def test_what_a_service_asks_for_is_honoured_to_the_letter(asked):
    slot = after(Report(Outcome.FAILED, {}, retry_after=asked))
    wait = max(asked, FIRST_PAUSE)
    assert not is_due(slot, pulse(number=6), NOW + wait - 0.01)
    assert is_due(slot, pulse(), NOW + wait)


def test_each_failure_in_a_row_waits_longer_up_to_a_limit():
    slot, pauses = noticed(None, pulse(), NOW), []
    for _ in range(12):
        slot = after(Report(Outcome.FAILED, {}, retry_after=1), slot=slot)
        pauses.append(slot.not_before - NOW)
    assert pauses[:3] == [10, 20, 40]
    assert pauses[-1] == LONGEST_PAUSE
    assert after(DONE, slot=slot).failures == 0


@pytest.mark.parametrize(
    ("report", "state"),
    [(Report(Outcome.ASKING, {}), State.ASKING), (Report(Outcome.FAILED, {}), State.FAILED)],
)
def test_what_somebody_must_act_upon_is_tried_rarely_and_at_once_when_it_is_on_again(report, state):
    slot = noticed(after(report), pulse(state=state), NOW)
    assert not is_due(slot, pulse(number=6, state=state), NOW + RARELY - 1)
    assert is_due(slot, pulse(state=state), NOW + RARELY)
    slot = noticed(slot, pulse(), NOW + 60)
    assert is_due(slot, pulse(), NOW + 60)


@pytest.mark.parametrize(("retry_in", "wait"), [(-3, SOON), (60, 60), (4000, 180), (None, 180)])
def test_a_contact_that_failed_is_tried_again_when_it_is_due(retry_in, wait):
    assert after(DONE, retry_in).due == NOW + wait


def test_another_schedule_counts_at_once():
    slot = after(DONE, slot=noticed(None, pulse(every=1440), NOW))
    assert not is_due(slot, pulse(every=1440), NOW + 300)
    slot = noticed(slot, pulse(every=1), NOW + 300)
    assert is_due(slot, pulse(every=1), NOW + 360)


def test_a_stopped_mirror_is_never_due():
    for state in (State.STOPPED, State.STOPPING):
        assert not is_due(Slot(0, 180), pulse(number=6, state=state), NOW)


def test_a_mirror_that_is_woken_runs_but_not_while_its_service_asks_for_time_or_somebody_must_act():
    assert is_due(woken(after(DONE), NOW + 1), pulse(), NOW + 1)
    throttled = woken(after(Report(Outcome.FAILED, {}, retry_after=60)), NOW + 1)
    assert not is_due(throttled, pulse(), NOW + 59) and is_due(throttled, pulse(), NOW + 60)
    asking = woken(after(Report(Outcome.ASKING, {})), NOW + 1)
    assert not is_due(asking, pulse(state=State.ASKING), NOW + 2)
