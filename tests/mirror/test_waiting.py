"""What a run decides about each contact by itself: its slots, its picture, who is read and when it is tried again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bridge.simulators.graph.faults import Refuse
from bridge.simulators.graph.properties import TEXTS
from bridge.sync.context import FIRST_RETRY, LONGEST_RETRY
from bridge.targets.base import Unreadable
from bridge.targets.memory import MemoryTarget
from bridge.targets.outlook import SHAPE
from storage_plugin.database.current_run import current_run
from storage_plugin.database.engine import Database
from storage_plugin.database.runs import Outcome
from storage_plugin.model.contact import Email
from storage_plugin.model.mirror import Item, ItemId
from tests.contract.people import JPEG
from tests.mirror.office import Office, person
from tests.mirror.test_graph_situations import firm, graph, held, rows
from tests.simulators.graph.office import Office as Graph

__all__ = ["graph"]
FAILS = Refuse(500, "ErrorItemCorrupt", "It is broken.")


@pytest.fixture
def office(make_sqlite) -> Iterator[Office]:
    office = Office(Database.open(make_sqlite()))
    yield office
    office.database.close()


@pytest.fixture
def mailbox(make_sqlite, graph: Graph) -> Iterator[Office]:
    """A mirror into Anna's mailbox."""
    office = firm(make_sqlite(), graph)
    yield office
    office.database.close()


def mails(*letters: str) -> tuple[Email, ...]:
    return tuple(Email(f"{letter}@contoso.example") for letter in letters)


def waits(office: Office) -> list[timedelta]:
    return [datetime.fromisoformat(each.retry_at) - datetime.fromisoformat(each.at) for each in office.failures()]


# Slots and pictures


def test_a_fourth_address_does_not_slide_into_a_slot_that_was_freed(office):
    office.folder.shape = SHAPE
    key = office.add(person("Nick Brigandi", emails=mails(*"abcd")))
    office.sync()
    office.edit(key, emails=mails(*"acd"))
    office.sync()
    assert [each.address[0] for each in office.items()["Nick Brigandi"].view.emails] == ["a", "c"]
    assert office.record(key).contact.emails == mails(*"acd") and office.sync().counts == {}


def test_an_address_that_was_added_there_keeps_its_slot_before_one_that_was_added_here(office):
    office.folder.shape = SHAPE
    key = office.add(person("Nick Brigandi", emails=mails(*"ab")))
    office.sync()
    office.edit(key, emails=mails(*"abc"))
    office.touch("Nick Brigandi", emails=mails(*"abd"))
    office.sync()
    assert {each.address[0] for each in office.items()["Nick Brigandi"].view.emails} == {*"abd"}
    assert {each.address[0] for each in office.record(key).contact.emails} == {*"abcd"}
    assert office.sync().counts == {}


def test_where_the_folder_holds_no_pictures_none_is_sent_or_missed(office):
    office.folder.shape = replace(SHAPE, photo=False)
    key = office.add("Nick Brigandi")
    office.photograph(key, JPEG)
    assert office.sync().outcome is Outcome.DONE and office.failures() == []
    assert office.links()[key].photos.ours == "" and office.sync().counts == {}
    assert office.record(key).contact.photo


# Who cannot be read


def test_of_two_that_failed_the_one_that_can_be_read_by_now_is_neither_missed_nor_taken_for_deleted(mailbox, graph):
    nick, anna = mailbox.add("Nick Brigandi"), mailbox.add("Anna Abel")
    mailbox.sync()
    for name in ("Nick Brigandi", "Anna Abel"):
        graph.anna.put(held(graph, name), {TEXTS["jobTitle"]: "Chief"})
    graph.graph.faults.add(FAILS, r"GET /me/contacts/", times=None)
    mailbox.sync()
    assert len(mailbox.failures()) == 2
    graph.graph.faults.clear()
    graph.graph.faults.add(FAILS, f"GET /me/contacts/{rows(graph)['Nick Brigandi']['id']}", times=None)
    mailbox.clock.now += timedelta(hours=1)
    assert mailbox.sync().outcome is Outcome.PARTLY
    assert mailbox.trashed() == [] and mailbox.record(anna).contact.job_title == "Chief"
    assert [each.contact for each in mailbox.failures()] == [nick]
    graph.graph.faults.clear()
    mailbox.clock.now += timedelta(hours=1)
    assert mailbox.sync().outcome is Outcome.DONE
    assert mailbox.record(nick).contact.job_title == "Chief" and mailbox.sync().counts == {}


class Confused(MemoryTarget):
    """Says of an item that nobody asked for that it cannot be read."""

    async def items(self, ids: Sequence[ItemId]) -> dict[ItemId, Item]:
        raise Unreadable({ItemId("another"): "It is broken."})


@pytest.mark.timeout(20)
def test_a_folder_that_says_again_and_again_what_was_not_asked_ends_the_run(office):
    office.add("Nick Brigandi")
    office.sync()
    office.drop("Nick Brigandi")
    office.connect = lambda: Confused(office.folder, office.mirror.folder)
    report = office.sync()
    assert (report.outcome, report.reason) == (Outcome.FAILED, "It is broken.")
    assert office.business() == ["Nick Brigandi"]


# When it is tried again


def test_who_is_refused_for_months_is_tried_once_a_day_and_stops_nobody(office):
    office.folder.faults.rejects.add("Refused Rita")
    office.add("Refused Rita")
    for day in range(60):
        assert office.sync().outcome is Outcome.PARTLY, day
        assert waits(office) == [min(FIRST_RETRY * 2 ** min(day, 20), LONGEST_RETRY)]
        office.clock.now += LONGEST_RETRY
    office.folder.faults.rejects.clear()
    assert office.sync().outcome is Outcome.DONE
    assert office.in_folder() == ["Refused Rita"] and office.failures() == []


def test_an_item_that_fails_for_the_first_time_does_not_wait_for_what_others_did(mailbox, graph):
    graph.graph.faults.add(FAILS, r"GET /me/contacts/", times=None)
    graph.create(givenName="Old", surname="Friend", displayName="Old Friend")
    mailbox.sync()
    mailbox.clock.now += timedelta(minutes=6)
    mailbox.sync()
    graph.create(givenName="New", surname="Friend", displayName="New Friend")
    mailbox.sync()
    assert sorted(waits(mailbox)) == [FIRST_RETRY, 2 * FIRST_RETRY]


def test_times_are_kept_in_utc_wherever_the_clock_stands(office):
    office.clock.now = office.clock.now.astimezone(timezone(timedelta(hours=5)))
    office.folder.faults.rejects.add("Refused Rita")
    office.add("Refused Rita")
    office.sync()
    (failure,) = office.failures()
    assert failure.at == "2026-11-22T09:00:01.000Z" and failure.retry_at == "2026-11-22T09:05:01.000Z"


@pytest.mark.parametrize("jump", [timedelta(days=-365), timedelta(days=-2), timedelta(days=1), timedelta(days=365)])
def test_a_clock_that_was_wrong_lets_nobody_wait_for_ever(office, jump):
    office.folder.faults.rejects.add("Refused Rita")
    office.add("Refused Rita")
    office.sync()
    office.folder.faults.rejects.clear()
    office.clock.now += jump
    assert office.sync().outcome is Outcome.DONE
    assert office.in_folder() == ["Refused Rita"] and office.failures() == []


def test_an_hour_back_delays_who_failed_and_nobody_else(office):
    office.folder.faults.rejects.add("Refused Rita")
    office.add("Refused Rita")
    office.sync()
    office.folder.faults.rejects.clear()
    office.clock.now -= timedelta(hours=1)
    office.add("Nick Brigandi")
    office.sync()
    assert office.in_folder() == ["Nick Brigandi"]
    office.clock.now += timedelta(hours=1) + FIRST_RETRY
    office.sync()
    assert office.in_folder() == ["Nick Brigandi", "Refused Rita"]


def test_what_is_logged_during_a_run_tells_its_number(office):
    told: list[int] = []

    class Telling(MemoryTarget):
        async def close(self) -> None:
            told.append(current_run.get())

    office.connect = lambda: Telling(office.folder, office.mirror.folder)
    office.sync()
    office.sync()
    assert told == [1, 2]
