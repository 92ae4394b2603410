"""The one mirror of a user, and what becomes of it with promotion, erasure, and a backup."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage_plugin.database.backup import backup
from storage_plugin.database.disagreements import conflicts, resolve
from storage_plugin.database.engine import Database
from storage_plugin.database.erasure import erase
from storage_plugin.database.failures import Failure
from storage_plugin.database.journal import Intent, Operation
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.our_writes import Along, Disagreement, NewRecord
from storage_plugin.database.restore import restore
from storage_plugin.database.runs import Entry
from storage_plugin.database.schema import metadata
from storage_plugin.model.book import ContactId, NotFound, Refused
from storage_plugin.model.book import Origin as By
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import ItemId, Origin
from storage_plugin.vcard.merge import FieldConflict
from tests.mirror_store.conftest import CLI, Office, linking, person
from tests.mirror_store.test_our_writes import OTHER_PICTURE, PICTURE


def test_a_user_has_one_mirror(office: Office) -> None:
    with pytest.raises(Refused, match="one folder"):
        office.mirrors.create(office.alice, "graph")
    with pytest.raises(NotFound):
        office.mirrors.create(4711, "graph")
    assert office.mirrors.of_user(office.bob) is None
    bobs = office.mirrors.create(office.bob, "graph", settings={"ä": [1]})
    assert (bobs.state, bobs.settings, bobs.number, bobs.cursor) == (State.STOPPED, {"ä": [1]}, None, None)
    assert [mirror.id for mirror in office.mirrors.all()] == [office.mirror.id, bobs.id]
    assert office.mirrors.of_user(office.bob) == bobs == office.mirrors.get(bobs.id)
    with pytest.raises(NotFound):
        office.mirrors.get(4711)


def test_what_changes_is_what_is_given(office: Office) -> None:
    key = office.mirror.id
    office.mirrors.configure(key, settings={"import": False})
    office.mirrors.set_state(key, State.FAILED, "sign in anew")
    office.mirrors.reached(office.lease, cursor="c1", number=office.side.since(None).number, view="abc")
    mirror = office.mirrors.configure(key, folder="Other")
    assert (mirror.target, mirror.folder, mirror.settings) == ("memory", "Other", {"import": False})
    assert (mirror.state, mirror.reason, mirror.cursor, mirror.view) == (State.FAILED, "sign in anew", "c1", "abc")
    assert office.mirrors.set_state(key, State.ON).reason == ""
    with pytest.raises(NotFound):
        office.mirrors.set_state(4711, State.ON)


def test_starting_over_forgets_links_journal_and_failures(office: Office) -> None:
    office.link(office.add())
    office.journal.open(office.run, [Intent(Operation.DELETE, ContactId(1))])
    office.failures.note(office.lease, Failure("e", "t", "t", item=ItemId("i")))
    office.mirrors.reached(office.lease, cursor="c1", number=office.side.since(None).number, view="abc")
    for remove in (lambda: office.mirrors.remove(office.mirror.id), lambda: office.users.remove("alice")):
        with pytest.raises(Refused, match="stop the mirror"):
            remove()
    mirror = office.mirrors.start_over(office.mirror.id)
    assert (mirror.cursor, mirror.number, mirror.view) == (None, None, "")
    assert (office.links.all(), office.journal.opened(), office.failures.all()) == ([], [], [])
    office.users.remove("alice")
    assert office.mirrors.all() == []


# --- promotion --------------------------------------------------------------------------------------------------


def taken_in(office: Office) -> ContactId:
    along = Along(linking("i1", Origin.FOREIGN))
    (made,) = office.writes.create([NewRecord(person("Andrea Dunker"), plain=True, photo=PICTURE, along=along)])
    assert not isinstance(made, Refused)
    return made.id


def test_bcm_45_a_contact_that_is_moved_keeps_the_link_by_which_the_next_run_adopts_its_item(office: Office) -> None:
    key = taken_in(office)
    office.contacts.promote(key, By("cli", office.alice))
    (link,) = office.links.all()
    assert (link.contact, link.item, link.origin) == (key, "i1", Origin.FOREIGN)
    assert office.one(key).wanted and office.one(key).customer_number == "10001"


def test_bcm_44_a_contact_that_is_copied_stays(office: Office) -> None:
    key = taken_in(office)
    with pytest.raises(NotFound):
        office.contacts.copy(key, By("cli", office.bob))
    copy = office.contacts.copy(key, By("cli", office.alice))
    assert (copy.owner_id, copy.customer_number, copy.type) == (None, "10001", "Business Contact")
    assert copy.contact == office.contacts.get(key).contact and copy.uid != office.contacts.get(key).uid
    assert office.side.picture(copy.id) == PICTURE == office.side.picture(key)
    (link,) = office.links.all()
    assert (link.contact, link.origin) == (key, Origin.FOREIGN) and office.one(key).plain
    with pytest.raises(Refused):
        office.contacts.copy(copy.id, CLI)


def test_bcm_42_a_contact_that_became_an_account_is_not_mirrored(office: Office) -> None:
    key = taken_in(office)
    office.contacts.promote(key, By("cli", office.alice), type="Account")
    (link,) = office.links.all()
    assert (link.contact, link.origin, office.one(key).wanted) == (key, Origin.FOREIGN, False)
    office.contacts.promote(key, CLI, type="Business Contact")
    assert office.one(key).wanted


# --- conflicts --------------------------------------------------------------------------------------------------


def disagreed(office: Office) -> ContactId:
    record = office.add(job_title="Director", note="ours")
    (saved,) = [office.writes.save(record.id, record.contact, revision=1, photo=PICTURE)]
    theirs = person("Anna Abel", job_title="Clerk", note="ours")
    said = [FieldConflict("job_title", "Director", "Clerk"), FieldConflict("photo", "a", "b")]
    office.writes.settle(disagreements={record.id: Disagreement(theirs, said, OTHER_PICTURE)})
    assert office.one(record.id) == saved
    return record.id


def test_a_conflict_is_settled_for_the_disputed_fields_alone(office: Office) -> None:
    key = disagreed(office)
    office.contacts.save(person("Anna Abel", job_title="Director", note="meanwhile"), CLI, contact_id=key)
    (conflict,) = conflicts(office.database, 1)
    record = resolve(office.database, 1, conflict.id, "theirs", CLI)
    assert record is not None and (record.contact.job_title, record.contact.note) == ("Clerk", "meanwhile")
    assert office.side.picture(key) == OTHER_PICTURE
    assert conflicts(office.database, 1) == []
    (settled,) = conflicts(office.database, 1, resolved=True)
    assert settled.resolved_at
    again = resolve(office.database, 1, conflict.id, "ours", CLI)
    assert again is not None and (again.contact.job_title, again.contact.note) == ("Director", "meanwhile")
    assert office.side.picture(key) == PICTURE


def test_a_conflict_can_be_left_as_it_is(office: Office) -> None:
    key = disagreed(office)
    (conflict,) = conflicts(office.database, 1)
    before = office.contacts.get(key)
    assert resolve(office.database, 1, conflict.id, "present", CLI) == before
    assert conflicts(office.database, 1) == []
    with pytest.raises(NotFound):
        resolve(office.database, 1, 4711, "ours", CLI)


# --- erasure and backup -----------------------------------------------------------------------------------------


def lived_fully(office: Office) -> ContactId:
    """A record with traces in every table of the mirror; one request for it is under way."""
    record = office.add("Xanthippe Abel", note="Xanthippe")
    office.link(record)
    intent = Intent(Operation.UPDATE, record.id, office.mirror.stamp(record.id), ItemId("i"), "v", record.contact)
    office.journal.open(office.run, [intent])
    said = Disagreement(person("Xanthippe Zorn"))
    office.writes.settle(log=[Entry("changed", record.id, "Xanthippe Abel")], disagreements={record.id: said})
    office.failures.note(office.lease, Failure("no", "t", "t", contact=record.id, name="Xanthippe Abel"))
    return record.id


def test_no_table_of_the_mirror_names_an_erased_person(office: Office) -> None:
    key = lived_fully(office)
    erased = erase(office.database, 1, [key], CLI)
    assert any("next run of the mirror" in sentence for sentence in erased.out_of_reach)
    with office.database.reading() as connection:
        rows = {table.name: connection.execute(table.select()).all() for table in metadata.sorted_tables}
    assert "xanthippe" not in repr(rows).lower()
    (link,), (opened,) = office.links.all(), office.journal.opened()
    assert (link.contact, link.origin, link.ours) == (key, Origin.CREATED, Contact())
    assert (opened.intent.contact, opened.intent.item, opened.intent.view) == (key, "i", Contact())


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_a_restored_mirror_waits_to_be_started(
    office: Office, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    lived_fully(office)
    office.mirrors.set_state(office.mirror.id, State.ON)
    office.mirrors.reached(office.lease, cursor="c1", number=office.side.since(None).number, view="abc")
    counts = backup(office.database, tmp_path / "b.zip")
    assert [counts[name] for name in ("mirror", "link", "journal", "run", "run_entry", "failure")] == [1] * 6
    other = Database.open(request.getfixturevalue(f"make_{kind}")())
    restore(other, tmp_path / "b.zip")
    old, new = office.mirrors.get(office.mirror.id), Mirrors(other).get(office.mirror.id)
    assert (new.state, new.leased_by, new.leased_until) == (State.ASKING, "", "")
    assert "start the mirror again" in new.reason
    assert (new.cursor, new.number, new.settings) == (old.cursor, old.number, old.settings)
    stamp = new.stamp(ContactId(1))
    assert stamp.installation == old.installation_key and not stamp.same_book(old.stamp(ContactId(1)))
    for table in ("link", "journal", "run", "run_entry", "failure"):
        rows = []
        for database in (office.database, other):
            with database.reading() as connection:
                found = metadata.tables[table]
                rows.append([tuple(row) for row in connection.execute(found.select().order_by(*found.primary_key))])
        assert rows[0] == rows[1]
    other.close()
