"""What a run writes on our side: record, link, journal and log together or not at all, and nobody else's data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select

from storage_plugin.database.disagreements import conflicts
from storage_plugin.database.journal import Intent, Operation
from storage_plugin.database.leases import LeaseLost, take_lease
from storage_plugin.database.our_writes import Along, Disagreement, NewRecord, no_link
from storage_plugin.database.runs import Entry
from storage_plugin.database.schema import change
from storage_plugin.model.book import ContactId, NotFound, Precondition, Refused
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.mirror import Origin
from storage_plugin.model.record_type import Base
from storage_plugin.model.view import View
from storage_plugin.vcard.merge import FieldConflict
from tests.faults.test_crash_points import PowerCut, contents, failing_at
from tests.mirror_store.conftest import CLI, NOON, Office, linking, person

PICTURE = b"\xff\xd8" + bytes(range(256)) * 20
OTHER_PICTURE = b"\x89PNG" + bytes(range(256)) * 20


def intent(office: Office, contact: Any) -> int:
    (key,) = office.journal.open(office.run, [Intent(Operation.CREATE, contact, office.mirror.stamp(contact))])
    return key


def test_a_save_brings_link_journal_and_log(office: Office) -> None:
    record = office.add()
    key = intent(office, record.id)
    along = Along(linking("i1"), [key], [Entry("changed here", record.id, "Anna Abel")])
    saved = office.writes.save(
        record.id, person("Anna Abel", job_title="Director"), revision=record.revision, along=along
    )
    assert saved.contact.job_title == "Director" and saved.revision == record.revision + 1
    assert office.contacts.get(record.id).contact == saved.contact
    (link,) = office.links.all()
    assert link.ours == saved.contact and link.item == "i1"
    assert office.journal.opened() == []
    assert office.runs.entries(office.run) == list(along.log)
    with office.database.reading() as connection:
        row = connection.execute(select(change).order_by(change.c.number.desc()).limit(1)).one()
    assert (row.source, row.user_id, row.run_id) == ("mirror", office.alice, office.run)


def test_a_save_onto_another_revision_is_refused(office: Office) -> None:
    record = office.add()
    office.edit(record, note="meanwhile")
    with pytest.raises(Precondition):
        office.writes.save(record.id, person("Anna Other"), revision=record.revision, along=Along(linking("i1")))
    with pytest.raises(Precondition):
        office.writes.trash(record.id, revision=record.revision)
    assert office.contacts.get(record.id).contact.note == "meanwhile" and office.links.all() == []


def save(office: Office, ids: list[ContactId], along: Along) -> None:
    office.writes.save(ids[0], person("New Name"), revision=1, photo=PICTURE, along=along)


def create(office: Office, ids: list[ContactId], along: Along) -> None:
    office.writes.create([NewRecord(person("New Name"), along=along), NewRecord(person("Other Name"), plain=True)])


def trash(office: Office, ids: list[ContactId], along: Along) -> None:
    office.writes.trash(ids[0], revision=1, along=along)


def revive(office: Office, ids: list[ContactId], along: Along) -> None:
    office.writes.revive(ids[1], person("New Name"), along=along)


def settle(office: Office, ids: list[ContactId], along: Along) -> None:
    links = [linking("new")(office.one(ids[0]))]
    said = Disagreement(person("New Name"), photo=PICTURE)
    office.writes.settle(
        links=links, unlinked=[ids[1]], intents=along.intents, log=along.log, disagreements={ids[0]: said}
    )


SLOW = [pytest.param(work, marks=pytest.mark.slow) for work in (create, trash, revive)]


@pytest.mark.parametrize("work", [save, settle, *SLOW])
def test_a_fault_at_any_statement_leaves_nothing(
    office: Office, work: Callable[[Office, list[ContactId], Along], None]
) -> None:
    ids = [office.add().id, (gone := office.add("Carl Cole")).id]
    office.link(office.contacts.get(ids[0]), gone)
    office.contacts.delete(gone.id, CLI)
    key = intent(office, ids[0])
    along = Along(linking("new"), [key], [Entry("did", ids[0])], Disagreement(person("New Name")))
    before, at = contents(office.database), 0
    while True:
        at += 1
        try:
            with failing_at(office.database, at):
                work(office, ids, along)
        except PowerCut:
            assert contents(office.database) == before
        else:
            break
    assert at > 6 and contents(office.database) != before
    assert office.journal.opened() == [] and office.runs.entries(office.run) == list(along.log)
    assert "new" in {link.item for link in office.links.all()}


def test_records_are_made_each_with_its_link(office: Office) -> None:
    business, plain, nobody, unknown = office.writes.create(
        [
            NewRecord(person("Bert Bell"), along=Along(linking("b", Origin.ADOPTED))),
            NewRecord(person("Paul Plain"), plain=True, along=Along(linking("p", Origin.FOREIGN))),
            NewRecord(Contact(note="nobody"), along=Along(linking("n"))),
            NewRecord(person("Carl Cole"), type="Spaceship", along=Along(linking("u"))),
        ]
    )
    assert isinstance(nobody, Refused) and isinstance(unknown, Refused)
    assert not isinstance(business, Refused) and not isinstance(plain, Refused)
    assert (business.customer_number, business.wanted, business.plain) == ("10001", True, False)
    assert (plain.customer_number, plain.wanted, plain.owner_id) == ("", False, office.alice)
    assert {link.item: link.contact for link in office.links.all()} == {"b": business.id, "p": plain.id}


def test_what_the_users_own_view_would_hide_stays_plain(office: Office) -> None:
    office.let_alice_see("company", "Contoso")
    here, gone = office.writes.create([NewRecord(person("A B", company="Contoso")), NewRecord(person("C D"))])
    assert not isinstance(here, Refused) and not isinstance(gone, Refused)
    assert (here.plain, gone.plain) == (False, True)


def test_a_record_goes_to_the_deleted_items_and_comes_back(office: Office) -> None:
    record = office.add(note="kept")
    office.link(record)
    office.writes.trash(record.id, revision=record.revision)
    trashed = office.one(record.id)
    assert trashed.trashed and trashed.wanted and trashed.contact.note == "kept"
    back = office.writes.revive(record.id, person("Anna Abel", note="edited there"), along=Along(no_link))
    assert (back.id, back.contact.note, back.wanted) == (record.id, "edited there", True)
    assert office.contacts.get(record.id).customer_number == record.customer_number and office.links.all() == []


def test_pictures_are_set_kept_and_removed(office: Office) -> None:
    record = office.add()
    saved = office.writes.save(record.id, record.contact, revision=1, photo=PICTURE)
    assert saved.photo == sha256(PICTURE).hexdigest() and office.side.picture(record.id) == PICTURE
    kept = office.writes.save(record.id, person("Anna Bell"), revision=saved.revision)
    assert kept.photo == saved.photo and office.side.picture(record.id) == PICTURE
    other = office.writes.save(record.id, kept.contact, revision=kept.revision, photo=OTHER_PICTURE)
    assert other.photo == sha256(OTHER_PICTURE).hexdigest() == office.one(record.id).photo
    none = office.writes.save(record.id, other.contact, revision=other.revision, photo=b"")
    assert none.photo == "" and office.side.picture(record.id) is None
    (made,) = office.writes.create([NewRecord(person("Paul Plain"), plain=True, photo=PICTURE)])
    assert not isinstance(made, Refused) and made.photo == saved.photo


def test_both_versions_of_a_conflict_are_kept(office: Office) -> None:
    record = office.add(job_title="Director")
    theirs = replace(record.contact, job_title="Clerk")
    said = Disagreement(theirs, [FieldConflict("job_title", "Director", "Clerk")], photo=PICTURE)
    office.writes.settle(disagreements={record.id: said})
    office.writes.save(record.id, theirs, revision=1, along=Along(disagreement=said))
    first, second = conflicts(office.database, 1)
    for each in (first, second):
        assert (each.contact_id, each.kind, each.run_id) == (record.id, "mirror", office.run)
        assert each.fields == tuple(said.fields)
        assert each.ours is not None and each.ours.job_title == "Director"
        assert each.theirs is not None and each.theirs.job_title == "Clerk" and each.theirs.photo


def test_nobody_elses_record_is_read_or_written(office: Office) -> None:
    bobs = office.add("Bob Own", owner=office.bob)
    trashed = office.add("Bob Gone", owner=office.bob)
    office.contacts.delete(trashed.id, CLI)
    office.let_alice_see("company", "Contoso")
    hidden = office.add("Hid Den")
    assert office.side.load([bobs.id, trashed.id, hidden.id]) == {}
    with pytest.raises(NotFound):
        office.side.picture(bobs.id)
    for each in (bobs, hidden):
        with pytest.raises(NotFound):
            office.writes.save(each.id, person("Alice Was"), revision=1)
        with pytest.raises(NotFound):
            office.writes.trash(each.id, revision=1)
    with pytest.raises(NotFound):
        office.writes.revive(trashed.id, person("Alice Was"))
    office.writes.settle(disagreements={bobs.id: Disagreement(person("Alice Was"))})
    assert conflicts(office.database, 1) == []


def test_what_left_the_view_while_linked_can_still_be_saved(office: Office) -> None:
    record = office.add()
    office.link(record)
    office.let_alice_see("company", "Contoso")
    assert not office.one(record.id).wanted
    saved = office.writes.save(record.id, person("Anna Late"), revision=1, along=Along(no_link))
    assert saved.contact.family_name == "Late"
    assert office.side.load([record.id]) == {}


def test_a_user_who_may_only_read_changes_nothing_shared(office: Office) -> None:
    record = office.add()
    own = office.add("Own One", owner=office.alice)
    office.users.set_view("alice", View(read_only=True))
    for attempt in (
        lambda: office.writes.save(record.id, person("X Y"), revision=1),
        lambda: office.writes.trash(record.id, revision=1),
    ):
        with pytest.raises(Refused):
            attempt()
    (refused, plain) = office.writes.create([NewRecord(person("N N")), NewRecord(person("P P"), plain=True)])
    assert isinstance(refused, Refused) and not isinstance(plain, Refused)
    assert office.writes.save(own.id, person("Own Two"), revision=1).name == "Own Two"


def test_an_account_stays_one(office: Office) -> None:
    office.users.set_view("alice", View(show_accounts=True))
    account = office.contacts.save(Contact(company="Contoso"), CLI, type="Account")
    assert (office.one(account.id).wanted, office.one(account.id).base) == (True, Base.ACCOUNT)
    saved = office.writes.save(
        account.id, Contact(company="Contoso", emails=(Email("a@contoso.example"),)), revision=account.revision
    )
    assert saved.contact.is_company and saved.base is Base.ACCOUNT


def test_who_has_lost_the_lease_writes_nothing(office: Office) -> None:
    record = office.add()
    office.link(record)
    assert take_lease(office.database, office.mirror.id, "two", NOON.replace(hour=13), 60) is not None
    for attempt in (
        lambda: office.writes.save(record.id, person("X Y"), revision=1),
        lambda: office.writes.create([NewRecord(person("X Y"))]),
        lambda: office.writes.trash(record.id, revision=1),
        lambda: office.writes.settle(unlinked=[record.id]),
        lambda: office.journal.open(office.run, [Intent(Operation.DELETE, record.id)]),
        lambda: office.runs.start(office.lease, "full"),
        lambda: office.mirrors.reached(office.lease, cursor="c", number=None, view=""),
    ):
        with pytest.raises(LeaseLost):
            attempt()
    assert office.contacts.get(record.id).revision == 1 and len(office.links.all()) == 1
