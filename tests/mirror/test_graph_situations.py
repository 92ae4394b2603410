"""What people and machines do to a mirrored mailbox behind our back: it loses and doubles nothing, on either side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from shutil import copyfile

import pytest
from sqlalchemy import update

from bridge.simulators.graph.items import Item
from bridge.simulators.graph.properties import TEXTS
from bridge.targets.graph.mapping import STAMP_ID
from storage_plugin.database.engine import Database
from storage_plugin.database.runs import Outcome
from storage_plugin.database.schema import installation
from tests.mirror.office import Office, person
from tests.mirror.test_graph import graph
from tests.simulators.graph.office import IMMUTABLE
from tests.simulators.graph.office import Office as Graph
from tests.targets.test_graph import new_target

__all__ = ["graph"]
FLAG = "Business Contact"


def firm(url: str, graph: Graph, folder: str = "") -> Office:
    """A firm whose mirror is in Anna's mailbox."""
    office = Office(Database.open(url))
    office.run = graph.run

    def connect():
        target = new_target(graph, name=folder)
        target.folder = office.mirror.folder
        return target

    office.connect = connect
    return office


@pytest.fixture
def office(make_sqlite: Callable[[], str], graph: Graph) -> Iterator[Office]:
    office = firm(make_sqlite(), graph)
    yield office
    office.database.close()


def rows(graph: Graph, folder: str = "contacts") -> dict[str, dict]:
    found = graph.ask(f"GET /me/contactFolders/{folder}/contacts?$top=100", headers=IMMUTABLE).value
    return {each["displayName"]: each for each in found}


def names(graph: Graph, folder: str = "contacts") -> list[str]:
    return sorted(str(each.properties[TEXTS["displayName"]]) for each in in_folder(graph, folder))


def in_folder(graph: Graph, folder: str = "contacts") -> list[Item]:
    return graph.anna.contacts(graph.anna.folder(folder))


def held(graph: Graph, name: str) -> Item:
    return graph.anna.item(rows(graph)[name]["id"])


def mark(graph: Graph, name: str, *categories: str) -> None:
    """Give a contact its categories, as its owner does."""
    graph.ask(f"PATCH /me/contacts/{rows(graph)[name]['id']}", {"categories": categories}, headers=IMMUTABLE)


def quiet(*offices: Office) -> None:
    """Run twice, then once more for nothing."""
    for _ in range(2):
        for office in offices:
            office.sync()
    for office in offices:
        assert office.sync().counts == {} and office.failures() == []


# Categories


def test_a_category_that_was_renamed_in_outlook_stays_and_ours_is_put_there_again(office, graph):
    keys = [office.add(f"Person {name}") for name in "AB"]
    graph.create(givenName="Old", surname="Friend", displayName="Old Friend")
    office.sync()
    friend = rows(graph)["Old Friend"]
    graph.anna.categories = [each for each in graph.anna.categories if each.name != FLAG]
    for name in ("Person A", "Person B"):
        mark(graph, name, "Customers")
    quiet(office)
    assert rows(graph)["Person A"]["categories"] == rows(graph)["Person B"]["categories"] == ["Customers", FLAG]
    assert [office.record(key).contact.categories for key in keys] == [("Customers",)] * 2
    assert rows(graph)["Old Friend"] == friend


def test_a_flag_that_was_taken_off_comes_back_and_one_that_was_put_on_by_hand_is_the_owners(office, graph):
    key = office.add("Nick Brigandi")
    graph.create(givenName="Old", surname="Friend", displayName="Old Friend")
    office.sync()
    mark(graph, "Nick Brigandi")
    mark(graph, "Old Friend", FLAG)
    friend = rows(graph)["Old Friend"]
    quiet(office)
    assert rows(graph)["Nick Brigandi"]["categories"] == [FLAG]
    assert office.record(key).contact.categories == ()
    office.stop()
    assert rows(graph) == {"Old Friend": friend}


# Items with other ids


@pytest.mark.parametrize("has_lost_cursor", [False, True])
@pytest.mark.parametrize("has_stamps", [True, False])
def test_a_mailbox_from_a_backup_where_all_ids_are_new_is_the_mailbox_as_it_was(
    office, graph, has_lost_cursor, has_stamps
):
    keys = [office.add(f"Person {name}") for name in "ABC"]
    graph.create(givenName="Old", surname="Friend", displayName="Old Friend")
    office.sync()
    for item in in_folder(graph):
        copy = graph.anna.copy(item)
        graph.anna.purge(item)
        if not has_stamps:
            graph.anna.put(copy, {STAMP_ID: None})
    if has_lost_cursor:
        graph.graph.forget_cursors()
    friend = rows(graph)["Old Friend"]
    quiet(office)
    assert office.business() == ["Person A", "Person B", "Person C"] and office.trashed() == []
    assert office.names() == names(graph) == ["Old Friend", "Person A", "Person B", "Person C"]
    assert rows(graph)["Old Friend"] == friend
    office.edit(keys[0], company="Contoso")
    graph.anna.put(held(graph, "Person B"), {TEXTS["jobTitle"]: "Chief"})
    quiet(office)
    assert rows(graph)["Person A"]["companyName"] == "Contoso"
    assert office.record(keys[1]).contact.job_title == "Chief"
    office.stop()
    assert names(graph) == (["Old Friend"] if has_stamps else ["Old Friend", "Person A", "Person B", "Person C"])
    assert rows(graph)["Old Friend"] == friend


def test_a_contact_that_was_copied_edited_and_deleted_is_the_copy_from_then_on(office, graph):
    key = office.add("Nick Brigandi")
    office.sync()
    first = held(graph, "Nick Brigandi")
    graph.anna.put(graph.anna.copy(first), {TEXTS["jobTitle"]: "Chief"})
    graph.anna.delete(first)
    office.edit(key, company="Contoso")
    quiet(office)
    assert office.names() == office.business() == names(graph) == ["Nick Brigandi"] and office.trashed() == []
    record = office.record(key).contact
    assert (record.job_title, record.company, rows(graph)["Nick Brigandi"]["companyName"]) == (
        "Chief", "Contoso", "Contoso")  # fmt: skip


def test_a_copy_of_a_contact_that_was_deleted_here_goes_too(office, graph):
    key = office.add("Nick Brigandi")
    office.sync()
    first = held(graph, "Nick Brigandi")
    graph.anna.copy(first)
    graph.anna.delete(first)
    office.delete(key)
    quiet(office)
    assert office.names() == names(graph) == [] and office.trashed() == ["Nick Brigandi"]


def test_a_copy_is_its_owners_and_is_not_written_to(office, graph):
    key = office.add("Nick Brigandi")
    office.sync()
    first = held(graph, "Nick Brigandi")
    copy = graph.anna.copy(first)
    before = graph.anna.change_key(copy)
    office.edit(key, company="Contoso")
    quiet(office)
    assert graph.anna.change_key(copy) == before and office.business() == ["Nick Brigandi"]
    graph.anna.delete(first)
    quiet(office)
    assert office.trashed() == office.names() == names(graph) == ["Nick Brigandi"]
    assert graph.anna.change_key(copy) == before


def test_of_two_that_were_merged_in_outlook_one_is_richer_and_one_in_the_deleted_items(office, graph):
    key = office.add("Nick Brigandi")
    office.add("Nicholas Brigandi")
    office.sync()
    graph.anna.put(held(graph, "Nick Brigandi"), {TEXTS["companyName"]: "Contoso"})
    graph.anna.delete(held(graph, "Nicholas Brigandi"))
    quiet(office)
    assert office.names() == names(graph) == ["Nick Brigandi"] and office.trashed() == ["Nicholas Brigandi"]
    assert office.record(key).contact.company == "Contoso"


def test_three_of_one_name_stay_three(office, graph):
    for number in ("1", "2"):
        office.add(person("Nick Brigandi", emails=(), note=number))
    graph.create(givenName="Nick", surname="Brigandi", displayName="Nick Brigandi", personalNotes="3")
    quiet(office)
    assert office.names() == names(graph) == ["Nick Brigandi"] * 3 and len(office.business()) == 2


# The folder


def test_a_folder_that_was_renamed_is_the_same_folder(make_sqlite, graph):
    office = firm(make_sqlite(), graph, "Business")
    key = office.add("Nick Brigandi")
    office.sync()
    graph.anna.rename_folder(graph.anna.folder(office.mirror.folder), "Customers")
    office.edit(key, company="Contoso")
    quiet(office)
    assert rows(graph, office.mirror.folder)["Nick Brigandi"]["companyName"] == "Contoso"
    assert [each.name for each in graph.anna.children(graph.anna.default)] == ["Customers"]
    office.database.close()


@pytest.mark.parametrize("how", ["moved", "copied", "without stamps"])
def test_what_was_brought_into_a_new_folder_of_the_same_name_is_met_there_and_not_made_again(make_sqlite, graph, how):
    office = firm(make_sqlite(), graph, "Business")
    for name in ("Nick Brigandi", "Andrea Dunker"):
        office.add(name)
    office.sync()
    old = graph.anna.folder(office.mirror.folder)
    graph.anna.rename_folder(old, "Old")
    new = graph.anna.add_folder("Business")
    for item in graph.anna.contacts(old):
        if how == "moved":
            graph.anna.move(item, new.id)
        else:
            graph.anna.put(graph.anna.copy(item, new.id), {STAMP_ID: None} if how == "without stamps" else {})
    graph.anna.remove_folder(old)
    assert office.sync().outcome is Outcome.FAILED and office.mirror.reason.endswith(".")
    assert office.stop().outcome is Outcome.DONE
    quiet(office)
    assert office.names() == office.business() == names(graph, new.id) == ["Andrea Dunker", "Nick Brigandi"]
    assert office.trashed() == []
    office.database.close()


# Our database


@pytest.mark.parametrize("has_lost_cursor", [False, True])
def test_an_older_database_file_takes_nobody_for_somebody_else(make_sqlite, graph, has_lost_cursor):
    """Whoever came after the backup is a plain contact again, and its number is somebody else's by now."""
    url, saved = make_sqlite(), make_sqlite()
    office = firm(url, graph)
    nick, bert, carl = (office.add(name) for name in ("Nick Brigandi", "Bert Binder", "Carl Cook"))
    office.sync()
    office.database.close()
    copyfile(url.removeprefix("sqlite:///"), saved.removeprefix("sqlite:///"))
    office = firm(url, graph)
    alice = office.add(person("Alice Young", company="Young AG"))
    office.edit(nick, company="Contoso")
    office.delete(bert)
    office.sync()
    graph.anna.put(held(graph, "Nick Brigandi"), {TEXTS["jobTitle"]: "Chief"})
    office.sync()
    office.database.close()
    office = firm(saved, graph)
    assert office.add("Bob New") == alice
    office.edit(carl, company="Fabrikam")
    if has_lost_cursor:
        graph.graph.forget_cursors()
    quiet(office)
    assert office.names() == names(graph) == ["Alice Young", "Bob New", "Carl Cook", "Nick Brigandi"]
    assert office.business() == ["Bob New", "Carl Cook", "Nick Brigandi"] and office.trashed() == ["Bert Binder"]
    assert rows(graph)["Alice Young"]["companyName"] == "Young AG"
    assert rows(graph)["Bob New"]["companyName"] is None and rows(graph)["Carl Cook"]["companyName"] == "Fabrikam"
    record = office.record(nick).contact
    assert (record.company, record.job_title) == ("Contoso", "Chief")
    office.database.close()


@pytest.fixture
def other(make_sqlite: Callable[[], str], graph: Graph) -> Iterator[Office]:
    """Another installation, which mirrors into the same folder."""
    other = firm(make_sqlite(), graph)
    with other.database.writing() as connection:
        connection.execute(update(installation).values(key="another installation"))
    yield other
    other.database.close()


def test_two_installations_in_one_folder_leave_each_others_contacts_alone(office, other, graph):
    nick = office.add("Nick Brigandi")
    other.add("Nick Brigandi")
    other.add("Andrea Dunker")
    quiet(office, other)
    assert names(graph) == ["Andrea Dunker", "Nick Brigandi", "Nick Brigandi"]
    assert (office.business(), other.business()) == (["Nick Brigandi"], ["Andrea Dunker", "Nick Brigandi"])
    assert office.names() == other.names() == names(graph)
    office.edit(nick, company="Contoso")
    quiet(office, other)
    assert sorted(str(each.properties.get(TEXTS["companyName"])) for each in in_folder(graph)) == [
        "Contoso", "None", "None"]  # fmt: skip
    other.stop()
    quiet(office)
    assert office.names() == names(graph) == office.business() == ["Nick Brigandi"]


def test_who_was_promoted_in_one_installation_is_shared_with_the_other(office, other, graph):
    key = other.add("Andrea Dunker")
    quiet(office, other)
    (andrea,) = office.contacts.inbox(office.user_id)
    office.contacts.promote(andrea.id, office.by)
    quiet(office, other)
    other.edit(key, company="Contoso")
    quiet(office, other)
    office.edit(andrea.id, job_title="Chief")
    quiet(office, other)
    assert office.names() == other.names() == names(graph) == ["Andrea Dunker"]
    for record in (office.record(andrea.id).contact, other.record(key).contact):
        assert (record.company, record.job_title) == ("Contoso", "Chief")
