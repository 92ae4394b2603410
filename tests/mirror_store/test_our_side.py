"""What a mirror is told of our side: all that concerns it since a run, and nothing of another user's."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import update

from storage_plugin.database.deleted_items import empty
from storage_plugin.database.erasure import erase
from storage_plugin.database.schema import book
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Origin
from storage_plugin.model.record_type import Base, RecordType
from storage_plugin.model.view import View
from tests.mirror_store.conftest import CLI, Office


def test_the_first_run_is_about_everything_in_the_view(office: Office) -> None:
    seen, hidden = office.add(company="Contoso"), office.add("Hid Den")
    linked, account = office.add("Lin Ked"), office.contacts.save(Contact(company="Firm"), CLI, type="Account")
    office.add("Own One", owner=office.alice)
    office.link(linked)
    office.let_alice_see("company", "Contoso")
    since = office.side.since(None)
    assert since.full and since.ids == [seen.id, linked.id]
    records = office.side.load([seen.id, hidden.id, linked.id, account.id])
    assert {key: record.wanted for key, record in records.items()} == {seen.id: True, linked.id: False}


def test_an_idle_run_has_nothing_to_look_at(office: Office) -> None:
    office.link(office.add())
    since = office.side.since(None)
    again = office.side.since(since.number, since.view)
    assert (again.ids, again.full, again.number, again.view) == ([], False, since.number, since.view)


def test_what_changed_is_told_by_whatever_way_it_did(office: Office) -> None:
    saved, by_sql, deleted, erased, dropped, untouched = (
        office.add(f"{name} Abel") for name in ("Anna", "Bert", "Carl", "Dora", "Emil", "Finn")
    )
    office.link(saved, by_sql, deleted, erased, dropped, untouched)
    unlinked = office.add("Un Linked")
    since = office.side.since(None)
    office.edit(saved, note="new")
    office.sql(f"UPDATE contact SET note = 'by hand' WHERE id = {by_sql.id}")
    for each in (deleted, dropped, unlinked):
        office.contacts.delete(each.id, CLI)
    empty(office.database, 1, [dropped.id])
    erase(office.database, 1, [erased.id], CLI)
    new = office.add("New One")
    changed = office.ids_since(since)
    assert changed == [saved.id, by_sql.id, deleted.id, erased.id, dropped.id, new.id]
    records = office.side.load(changed)
    assert records.keys() == {saved.id, by_sql.id, deleted.id, new.id}
    assert records[by_sql.id].contact.note == "by hand"
    assert [key for key, record in records.items() if record.trashed] == [deleted.id]
    links = {link.contact: link for link in office.links.all()}
    assert links[erased.id].ours == Contact() == links[erased.id].theirs


def test_a_changed_view_tells_what_came_in_and_what_left(office: Office) -> None:
    stays, leaves, comes = (
        office.add(company="Contoso"),
        office.add("Le Aves"),
        office.add("Co Mes", company="Contoso"),
    )
    account = office.contacts.save(Contact(company="Contoso"), CLI, type="Account")
    office.link(stays, leaves)
    since = office.side.since(None)
    office.let_alice_see("company", "Contoso", show_accounts=True)
    later = office.side.since(since.number, since.view)
    assert later.ids == [leaves.id, comes.id, account.id] and not later.full
    wanted = {key: record.wanted for key, record in office.side.load(later.ids).items()}
    assert wanted == {leaves.id: False, comes.id: True, account.id: True}
    office.users.set_view("alice", View())
    assert office.side.since(later.number, later.view).ids == [comes.id]


def test_an_edit_that_leaves_the_filter_is_told(office: Office) -> None:
    office.let_alice_see("company", "Contoso")
    record = office.add(company="Contoso")
    unseen = office.add("Un Seen")
    office.link(record)
    since = office.side.since(None)
    office.edit(record, company="Fabrikam")
    office.edit(unseen, note="n")
    assert office.ids_since(since) == [record.id]
    assert not office.one(record.id).wanted


def test_history_that_is_too_short_or_of_the_future_means_everything(office: Office) -> None:
    record = office.add()
    with office.database.writing() as connection:
        connection.execute(update(book).values(oldest_number=book.c.number))
    number = office.side.since(None).number
    for other in (number - 1, number + 1):
        since = office.side.since(other)
        assert since.full and since.ids == [record.id]


def test_another_users_contacts_are_never_told_nor_read(office: Office) -> None:
    since = office.side.since(None)
    bobs = office.add("Bob Own", owner=office.bob)
    was_alices = office.add("Was Hers", owner=office.alice)
    office.link(was_alices, origin=Origin.FOREIGN)
    office.sql(f"UPDATE contact SET owner_id = {office.bob} WHERE id = {was_alices.id}")
    office.contacts.get(was_alices.id)
    assert bobs.id not in office.ids_since(since)
    assert office.side.load([bobs.id, was_alices.id]) == {}
    office.contacts.delete(was_alices.id, CLI)
    assert office.side.load([was_alices.id]) == {}


def test_kinds_of_records(office: Office) -> None:
    from storage_plugin.database.record_types import RecordTypes

    RecordTypes(office.database, 1).add(RecordType("Supplier", Base.CONTACT))
    supplier = office.contacts.save(replace(office.add().contact), CLI, type="Supplier")
    own = office.add("Own One", owner=office.alice)
    there, mine = office.one(supplier.id), office.one(own.id)
    assert (there.type, there.wanted, there.plain, there.customer_number) == ("Supplier", True, False, "10002")
    assert (mine.type, mine.wanted, mine.plain, mine.owner_id) == ("", False, True, office.alice)
    local = there.local(Contact(formatted_name="Anna"), Contact(note="kept"))
    assert (local.contact, local.view.formatted_name, local.kept.note) == (supplier.id, "Anna", "kept")
    assert (local.wanted, local.plain, local.name, local.revision) == (True, False, "Anna Abel", 1)


def test_a_trashed_record_is_for_those_who_saw_it(office: Office) -> None:
    office.let_alice_see("company", "Contoso")
    seen, hidden = office.add(company="Contoso"), office.add("Hid Den")
    for each in (seen, hidden):
        office.contacts.delete(each.id, CLI)
    assert list(office.side.load([seen.id, hidden.id])) == [seen.id]
