"""What the target ``graph`` sends with a change, and what it makes of the answers."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from bridge.simulators.graph.faults import DENIED, Before, Refuse
from bridge.simulators.graph.properties import TEXTS
from bridge.targets.base import Changed, Create, Delete, Update
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, JPEG
from tests.contract.targets import FLAG
from tests.targets.test_graph import FixedTokens, folder, graph_target, office

__all__ = ["folder", "office"]

FAILS = Refuse(500, "ErrorItemCorrupt", "It is broken.")


def test_what_changed_and_cannot_be_read_is_not_said_to_be_gone(office, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    office.anna.put(office.anna.item(item.id), {TEXTS["jobTitle"]: "Chief"})
    office.graph.faults.add(FAILS, r"GET /me/contacts/", times=None)
    feed = folder.changes(cursor, {item.id: item.version})
    assert (list(feed.items), list(feed.removed), feed.unread.keys()) == ([], [], {item.id})


def test_an_item_whose_picture_cannot_be_read_is_not_told_without_it(office, folder):
    folder.create(ANNA, photo=JPEG)
    office.graph.faults.add(FAILS, r"GET .*/photo", times=None)
    assert folder.changes().items == []


def test_the_category_is_made_for_what_carries_it_alone(office, folder):
    office.anna.categories.clear()
    target = graph_target(office)
    target.folder = folder.target.folder
    later = Folder(office, target, FLAG)
    later.create(ANNA, 1)
    assert office.anna.categories == []
    later.create(ANNA, 2, flagged=True)
    assert [each.name for each in office.anna.categories] == [FLAG.name]
    office.run(target.close())


@pytest.mark.parametrize("if_match", ["ignored", "412"])
@pytest.mark.parametrize("deletes", [True, False])
def test_what_is_not_at_the_version_that_is_known_is_left_alone(office, folder, if_match, deletes):
    office.graph.behaviour.if_match = if_match
    item = folder.create(ANNA)
    office.anna.put(office.anna.item(item.id), {TEXTS["jobTitle"]: "Chief"})
    with pytest.raises(Changed):
        folder.do(change(item, deletes=deletes))
    assert folder.read(item).view.job_title == "Chief"


@pytest.mark.parametrize("deletes", [True, False])
def test_an_edit_between_the_look_and_the_write_is_seen_where_the_service_compares(office, folder, deletes):
    item = folder.create(ANNA)
    edit = Before(lambda: office.anna.put(office.anna.item(item.id), {TEXTS["jobTitle"]: "Chief"}))
    office.graph.faults.add(edit, r"(PATCH|DELETE) /me/contacts/", times=1)
    with pytest.raises(Changed):
        folder.do(change(item, deletes=deletes))
    assert folder.read(item).view.job_title == "Chief"


def change(item, *, deletes):
    view = item.view
    return Delete(item.id, item.version) if deletes else Update(item.id, item.version, view, view, item.stamp)


def test_nothing_empty_is_sent_with_a_new_contact(office, folder):
    sent = []
    office.graph.observers.append(lambda request, answer: sent.append(request))
    folder.do(Create(folder.target.shape.view(ANNA).view, stamp(1)))
    (made,) = (json.loads(each.body) for each in sent if each.method == "POST" and each.path.endswith("/contacts"))
    assert all(each["value"] for each in made["singleValueExtendedProperties"])


def test_the_answer_to_a_picture_tells_the_picture(folder):
    item = folder.create(ANNA, photo=JPEG)
    assert item.photo == sha256(JPEG).hexdigest() == folder.read(item).photo


def test_a_picture_that_is_not_there_is_taken_away_without_a_word(folder, caplog):
    item = folder.create(ANNA)
    assert folder.update(item, item.view, photo=b"").photo == ""
    assert caplog.text == ""


def test_a_check_gives_the_cure_for_what_is_wrong_alone(office):
    target = graph_target(office)
    office.graph.faults.add(DENIED, "contacts", times=9)
    assert "Contacts.ReadWrite" in cure(office, target)
    target.http.tokens = FixedTokens("expired")
    assert "Contacts.ReadWrite" not in cure(office, target)
    office.run(target.close())


def cure(office, target):
    async def steps():
        return [step async for step in target.check()]

    *_, last = office.run(steps())
    assert not last.passed
    return last.cure
