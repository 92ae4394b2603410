"""Old history is let go; who was away for longer starts afresh."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from storage_plugin.database.past import history
from storage_plugin.database.pruning import prune
from storage_plugin.database.schema import blob, tombstone, version
from storage_plugin.model.book import InvalidToken
from tests.database.installation import CLI

NOW = datetime(2026, 11, 30, tzinfo=UTC)
LONG_AGO, LATELY = "2025-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"
PHOTO = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 400


def count(here, table) -> int:
    with here.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_token_from_before_is_not_continued(here):
    anna = here.add()
    phone = here.phone()
    here.edit(anna, note="x")
    here.make_all_older(LONG_AGO)
    prune(here.database, at=NOW)
    with pytest.raises(InvalidToken):
        phone.sync()
    with pytest.raises(InvalidToken):
        here.contacts.changes_since(0)


def test_a_token_of_the_day_is_continued(here):
    anna = here.add()
    here.make_all_older(LONG_AGO)
    phone = here.phone()
    prune(here.database, at=NOW)
    here.edit(anna, note="x")
    assert [entry.href for entry in phone.sync().changed] == [anna.href]


def test_what_was_deleted_after_the_oldest_token_is_still_told(here):
    anna = here.add()
    here.make_all_older(LONG_AGO)
    phone = here.phone()
    here.contacts.delete(anna.id, CLI)
    prune(here.database, at=NOW)
    assert list(phone.sync().removed) == [anna.href]


def test_old_versions_go_and_young_ones_stay(here):
    anna = here.add()
    here.edit(anna, note="1")
    here.make_all_older(LONG_AGO)
    here.edit(anna, note="2")
    here.edit(anna, note="3")
    assert prune(here.database, at=NOW)[1].versions == 1
    told = history(here.database, 1, anna.id)
    assert [event.what for event in told] == ["earlier", "changed", "changed"]
    assert [event.changes[-1].new for event in told[1:]] == ["2", "3"]


def test_the_first_state_that_is_kept_is_told_with_its_author(here):
    phone = here.phone("alice", "iPhone")
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com")
    here.make_all_older(LONG_AGO)
    prune(here.database, at=NOW)
    assert history(here.database, 1, here.id_of("u1"))[0].author.device == "iPhone"


def test_the_deleted_items_stay(here):
    anna = here.add()
    here.contacts.delete(anna.id, CLI)
    here.make_all_older(LONG_AGO)
    prune(here.database, at=NOW)
    assert here.contacts.restore(anna.id, CLI).customer_number == anna.customer_number


def test_photos_of_old_versions_go_unless_they_are_still_used(here):
    phone = here.phone()
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com", PHOTO)
    phone.put("u1", "Anna Abel", "EMAIL:a@example.com")
    phone.put("u2", "Bert Boll", "EMAIL:b@example.com", PHOTO.replace("QUJD", "REVG"))
    phone.put("u2", "Bert Zorn", "EMAIL:b@example.com", PHOTO.replace("QUJD", "REVG"))
    here.make_all_older(LONG_AGO)
    prune(here.database, at=NOW)
    assert (count(here, version), count(here, blob)) == (0, 1)
    assert "REVG" in phone.read("u2")


def test_nothing_young_goes(here):
    anna = here.add()
    here.edit(anna, note="1")
    here.make_all_older(LATELY)
    done = prune(here.database, at=NOW)[1]
    assert (done.versions, done.tombstones, done.changes, done.oldest) == (0, 0, 0, 0)
    assert here.contacts.changes_since(0)[1]


def test_old_tombstones_go(here):
    from storage_plugin.database.erasure import erase

    erase(here.database, 1, [here.add().id], CLI)
    here.make_all_older(LONG_AGO)
    prune(here.database, at=NOW)
    assert count(here, tombstone) == 0


def test_pruning_twice_is_pruning_once(here):
    here.edit(here.add(), note="1")
    here.make_all_older(LONG_AGO)
    first = prune(here.database, at=NOW)[1]
    again = prune(here.database, at=NOW)[1]
    assert (again.versions, again.changes, again.oldest) == (0, 0, first.oldest)
