"""One process at a time runs a mirror; a dead one's is taken over."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.database.leases import LONGEST, Lease, LeaseLost, release_lease, renew_lease, take_lease
from tests.mirror_store.conftest import NOON, Office

RACE = """
import sys, time
from datetime import datetime, UTC
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import release_lease, take_lease
url, mirror, holder, log = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
database, now, got = Database.open(url), datetime(2026, 11, 22, 13, tzinfo=UTC), 0
until = time.monotonic() + 60
while got < 15 and time.monotonic() < until:
    lease = take_lease(database, mirror, holder, now, 60)
    if lease is None:
        time.sleep(0.001)
        continue
    for word in ("in", "out"):
        with open(log, "a") as file:
            file.write(f"{holder} {word}\\n")
        time.sleep(0.002)
    release_lease(database, lease)
    got += 1
    time.sleep(0.002)
database.close()
sys.exit(0 if got == 15 else 1)
"""


def test_a_lease_is_held_renewed_and_given_back(office: Office) -> None:
    database, key = office.database, office.mirror.id
    assert take_lease(database, key, "two", NOON + timedelta(seconds=599), 60) is None
    assert take_lease(database, key, "one", NOON + timedelta(seconds=1), 600) == office.lease
    renew_lease(database, office.lease, NOON + timedelta(seconds=599), 600)
    assert take_lease(database, key, "two", NOON + timedelta(seconds=601), 60) is None
    release_lease(database, office.lease)
    assert take_lease(database, key, "two", NOON, 60) == Lease(key, "two")
    assert take_lease(database, 4711, "two", NOON, 60) is None


def test_a_dead_ones_lease_is_taken_over(office: Office) -> None:
    late = NOON + timedelta(seconds=600)
    assert take_lease(office.database, office.mirror.id, "two", late, 60) is not None
    with pytest.raises(LeaseLost):
        renew_lease(office.database, office.lease, late, 600)
    release_lease(office.database, office.lease)
    mirror = office.mirrors.get(office.mirror.id)
    assert (mirror.leased_by, mirror.leased_until) == ("two", "2026-11-22T12:11:00.000Z")


def test_a_lease_that_only_a_wrong_clock_can_have_given_holds_nobody_off(office: Office) -> None:
    ahead = NOON + timedelta(days=365)
    assert take_lease(office.database, office.mirror.id, "one", ahead, 60) == office.lease
    assert take_lease(office.database, office.mirror.id, "two", ahead + timedelta(seconds=60) - LONGEST, 60) is None
    assert take_lease(office.database, office.mirror.id, "two", NOON, 60) == Lease(office.mirror.id, "two")


@pytest.mark.slow
def test_two_processes_never_both_hold_it(database_url: str, tmp_path) -> None:
    database = Database.open(database_url)
    office = Office(database)
    log = tmp_path / "log"
    command = [sys.executable, "-c", RACE, database_url, str(office.mirror.id)]
    started = [subprocess.Popen([*command, name, str(log)], stderr=subprocess.PIPE) for name in ("a", "b")]
    assert [(child.communicate(timeout=100)[1], child.returncode) for child in started] == [(b"", 0)] * 2
    lines = log.read_text().splitlines()
    assert len(lines) == 60 and {line[0] for line in lines} == {"a", "b"}
    assert all(lines[at] == f"{lines[at][0]} in" for at in range(0, 60, 2))
    assert all(lines[at + 1] == f"{lines[at][0]} out" for at in range(0, 60, 2))
    database.close()
