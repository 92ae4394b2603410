"""Links, the journal, runs and failures: what is written is read again, and nothing is lost on the way."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_plugin.database.contact_json import contact_from_json, contact_to_json
from storage_plugin.database.failures import Failure
from storage_plugin.database.journal import LONGEST, Intent, Operation
from storage_plugin.database.pruning import prune
from storage_plugin.database.runs import Entry, Outcome
from storage_plugin.model.book import ContactId, Precondition
from storage_plugin.model.contact import (
    ENTRIES,
    Contact,
    Email,
    ImportantDate,
    Messenger,
    Phone,
    PostalAddress,
    Url,
)
from storage_plugin.model.mirror import ItemId, Link, Origin, Photos
from tests.mirror_store.conftest import Office, linking, person

FULL = Contact(
    formatted_name="Änna \x00 漢字 \ud83d",
    is_company=True,
    birthday="--04-15",
    emails=(Email("a@example.com", "work", preferred=True), Email("", "home")),
    phones=(Phone("+49 30 1,,2", "mobile"),),
    addresses=(PostalAddress(street="A 1\nB", kind="home"), PostalAddress("PO 1")),
    urls=(Url("https://example.com"),),
    dates=(ImportantDate("2000-01-01", "Wedding"),),
    messengers=(Messenger("@a", "xmpp"),),
    categories=("One", "Two"),
)

_TEXTS = st.text(max_size=3)


def _items(type_: type[Any]) -> st.SearchStrategy[Any]:
    kinds = {each.name: st.booleans() if each.name == "preferred" else _TEXTS for each in fields(type_)}
    return st.lists(st.builds(type_, **kinds), max_size=2).map(tuple)


def _field(name: str) -> st.SearchStrategy[Any]:
    if name in ENTRIES:
        return _items(ENTRIES[name])
    if name == "categories":
        return st.lists(_TEXTS, max_size=2).map(tuple)
    return st.booleans() if name == "is_company" else _TEXTS


@given(st.builds(Contact, **{each.name: _field(each.name) for each in fields(Contact)}))
def test_every_contact_comes_back_from_json(who: Contact) -> None:
    assert contact_from_json(contact_to_json(who)) == who


def test_empty_fields_take_no_room() -> None:
    assert contact_to_json(Contact()) == "{}"
    assert contact_to_json(Contact(emails=(Email("a@b"),))) == '{"emails":[["a@b"]]}'


def test_a_link_comes_back_whole(office: Office) -> None:
    plain = Link(ContactId(7), ItemId("AAMk=+/ä"), "W/1", Origin.CREATED, person("A B"), person("A B"))
    full = Link(
        contact=ContactId(8),
        item=ItemId("aamk=+/ä"),
        version="",
        origin=Origin.ADOPTED,
        ours=FULL,
        theirs=replace(FULL, note="other"),
        photos=Photos("a" * 64, "b" * 64),
        kept=Contact(phones=(Phone("3"),)),
        before=Contact(),
        flagged=True,
    )
    office.writes.settle(links=[full, plain])
    assert office.links.all() == [plain, full]
    assert office.links.of_contacts([ContactId(8), ContactId(9)]) == [full]
    assert office.links.of_items([ItemId("AAMk=+/ä")]) == [plain]


def test_links_are_replaced_moved_and_removed(office: Office) -> None:
    one, two = office.add(), office.add("Bert Bell")
    office.link(one, two)
    first, second = office.links.all()
    with pytest.raises(Precondition):
        office.writes.settle(links=[replace(first, item=second.item)])
    with pytest.raises(Precondition):
        office.writes.settle(links=[replace(first, item=ItemId("x")), replace(second, item=ItemId("x"))])
    assert office.links.all() == [first, second]
    swapped = [replace(first, item=second.item), replace(second, item=first.item)]
    office.writes.settle(links=swapped)
    assert office.links.all() == swapped
    office.writes.settle(unlinked=[one.id], links=[replace(second, item=second.item)])
    assert office.links.all() == [second]


def test_the_links_of_another_mirror_are_left_alone(office: Office) -> None:
    record = office.add()
    office.link(record)
    bobs = office.mirrors.create(office.bob, "memory")
    office.sql(
        "INSERT INTO link (mirror_id, contact_id, item_id, version, origin)"
        f" SELECT {bobs.id}, contact_id, item_id, version, origin FROM link"
    )
    office.writes.settle(unlinked=[record.id])
    from storage_plugin.database.links import Links

    assert office.links.all() == [] and len(Links(office.database, bobs.id).all()) == 1


def test_intents_are_open_until_they_are_closed(office: Office) -> None:
    stamp = office.mirror.stamp(ContactId(3))
    intents = [
        Intent(Operation.CREATE, ContactId(3), stamp, view=FULL),
        Intent(Operation.UPDATE, ContactId(4), None, ItemId("i4"), "v4", person("A B")),
        Intent(Operation.DELETE, ContactId(5), None, ItemId("i5"), "v5"),
    ]
    ids = office.journal.open(office.run, intents)
    opened = office.journal.opened()
    assert [each.intent for each in opened] == intents
    assert [(each.id, each.run_id) for each in opened] == [(key, office.run) for key in ids]
    assert str(opened[0].intent.stamp) == f"{office.mirror.installation_key}:{office.mirror.book_key}:3"
    office.writes.settle(intents=[ids[0], ids[2]])
    assert [each.id for each in office.journal.opened()] == [ids[1]]
    with pytest.raises(AssertionError):
        office.journal.open(office.run, [intents[0]] * (LONGEST + 1))


def test_a_run_is_told_with_its_log(office: Office) -> None:
    entry = Entry("created there", ContactId(3), "Anna Abel", "with its picture")
    office.writes.settle(log=[entry])
    office.runs.end(office.run, Outcome.PARTLY, {"created": 1}, reason="one failed", log=[Entry("failed")])
    assert office.runs.entries(office.run) == [entry, Entry("failed")]
    (run,) = office.runs.of_user(office.alice)
    assert run == office.runs.last(office.mirror.id)
    assert (run.kind, run.outcome, run.counts, run.reason) == ("incremental", "partly", {"created": 1}, "one failed")
    assert run.ended_at and office.runs.of_user(office.bob) == []
    office.mirrors.remove(office.mirror.id)
    assert [run.mirror_id for run in office.runs.of_user(office.alice)] == [None]


def test_names_that_no_database_takes_stop_no_run(office: Office) -> None:
    office.writes.settle(log=[Entry("failed", name="A\0B \ud83d", detail="\0")])
    office.failures.note(office.lease, Failure("no\0", "t", "t", item=ItemId("i"), name="\udc00"))
    assert office.runs.entries(office.run) == [Entry("failed", name="AB ?")]
    assert [(each.name, each.error) for each in office.failures.all()] == [("?", "no")]


def test_a_run_that_was_killed_is_told_so_by_the_next(office: Office) -> None:
    second = office.runs.start(office.lease, "full")
    killed, running = office.runs.of_user(office.alice)[1], office.runs.last(office.mirror.id)
    assert (killed.id, killed.outcome) == (office.run, Outcome.BROKEN_OFF)
    assert running is not None and (running.id, running.outcome) == (second, None)


def test_runs_go_with_history_and_their_numbers_are_not_given_again(office: Office) -> None:
    office.writes.settle(log=[Entry("did")])
    prune(office.database, 0)
    assert office.runs.last(office.mirror.id) is not None, "a run that goes on stays"
    office.runs.end(office.run, Outcome.DONE, {})
    office.sql("UPDATE run SET ended_at = '2020-01-01T00:00:00.000Z'")
    prune(office.database)
    assert office.runs.of_user(office.alice) == [] and office.runs.entries(office.run) == []
    assert office.runs.start(office.lease, "full") > office.run


def test_failures_add_up_and_go_when_it_works(office: Office) -> None:
    record = office.add()
    first = Failure("refused", "t1", "t2", contact=record.id, name="Anna Abel")
    item = Failure("no name", "t1", "t2", item=ItemId("i9"))
    office.failures.note(office.lease, first, item)
    office.failures.note(office.lease, replace(first, error="still", retry_at="t3"))
    assert office.failures.all() == [item, replace(first, error="still", retry_at="t3", attempts=2)]
    office.writes.settle(links=[linking("i9")(office.one(record.id))])
    assert office.failures.all() == []
    office.failures.note(office.lease, first, item)
    office.failures.forget(contact=record.id)
    assert office.failures.all() == [item]
