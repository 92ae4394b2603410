"""What somebody should look after, on each kind of database; and that each is told by one process."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update

from storage_plugin.database.mirror_schema import mirror, run
from storage_plugin.database.notes import keep_note, note
from storage_plugin.database.schema import device
from storage_plugin.database.users import Users
from storage_plugin.database.worries import claim, failing_mirrors, forget, run_errors, silent_devices

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_mirrors_and_devices_are_found(database):
    users = Users(database)
    anna = users.add("anna")
    users.add_device("anna", "iPhone")
    with database.writing() as connection:
        connection.execute(update(device).values(last_used_at="2026-11-01T00:00:00.000Z"))
        values = {"user_id": anna, "book_id": 1, "target": "graph", "state": "on"}
        key = connection.execute(insert(mirror).returning(mirror.c.id), values).scalar_one()
        for outcome, day in (("failed", 15), ("done", 17), ("failed", 18), ("broken off", 19)):
            at = f"2026-11-{day}T00:00:00.000Z"
            said = {"user_id": anna, "mirror_id": key, "kind": "full", "started_at": at, "ended_at": at}
            connection.execute(insert(run).values(said | {"outcome": outcome, "reason": "why"}))
    (failing,) = failing_mirrors(database, NOW - timedelta(days=1))
    assert (failing.user, failing.since) == ("anna", "2026-11-18T00:00:00.000Z")
    assert failing_mirrors(database, NOW - timedelta(days=3)) == []
    assert [each.device for each in silent_devices(database, NOW - timedelta(days=14))] == ["iPhone"]
    assert silent_devices(database, NOW - timedelta(days=20)) == []
    assert [each.at[8:10] for each in run_errors(database)] == ["19", "18", "15"]


def test_a_claim_is_given_once_a_day_and_can_be_taken_back(database):
    assert claim(database, ["a", "b"], NOW) == ["a", "b"]
    assert claim(database, ["a", "c"], NOW + timedelta(hours=1)) == ["c"]
    assert claim(database, ["a"], NOW + timedelta(days=1)) == ["a"]
    forget(database, ["c"])
    assert claim(database, ["c"], NOW + timedelta(hours=2)) == ["c"]


def test_of_many_at_once_one_is_given_the_claim(database):
    for day in range(3):
        with ThreadPoolExecutor(4) as pool:
            given = list(pool.map(lambda _, at=NOW + timedelta(days=day): claim(database, ["a"], at), range(4)))
        assert sorted(given) == [[], [], [], ["a"]]


def test_a_note_takes_the_place_of_the_one_before(database):
    assert note(database, "x") == ""
    keep_note(database, "x", "1")
    keep_note(database, "x", "2")
    assert note(database, "x") == "2"
