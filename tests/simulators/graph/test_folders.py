"""What the simulator claims of contacts folders."""

import pytest

from tests.simulators.graph.office import IMMUTABLE


def make(office, name, place="/me/contactFolders"):
    reply = office.ask(f"POST {place}", {"displayName": name})
    assert reply.status == 201, reply.content
    return reply.json


def test_the_default_folder_is_in_no_list_but_the_parent_of_others(office):
    made = make(office, "Business")
    listed = office.ask("GET /me/contactFolders").value
    assert [folder["displayName"] for folder in listed] == ["Business"]
    assert made["parentFolderId"] == office.anna.default
    assert office.ask(f"GET /me/contactFolders/{made['parentFolderId']}").json["displayName"] == "Contacts"


def test_the_default_folder_has_a_well_known_name(office):
    assert office.ask("GET /me/contactFolders/contacts").json["id"] == office.anna.default


def test_folders_have_child_folders(office):
    made = make(office, "Business")
    place = f"/me/contactFolders/{made['id']}/childFolders"
    child = make(office, "Customers", place)
    assert [each["id"] for each in office.ask(f"GET {place}").value] == [child["id"]]
    assert child["parentFolderId"] == made["id"]
    renamed = office.ask(f"PATCH {place}/{child['id']}", {"displayName": "Clients"}).json
    assert renamed["displayName"] == "Clients"
    assert office.ask(f"DELETE {place}/{child['id']}").status == 204
    assert office.ask(f"GET {place}").value == []


def test_a_folder_goes_with_its_child_folders(office):
    made = make(office, "Business")
    child = make(office, "Customers", f"/me/contactFolders/{made['id']}/childFolders")
    office.ask(f"DELETE /me/contactFolders/{made['id']}")
    assert office.ask(f"GET /me/contactFolders/{child['id']}").status == 404


def test_some_folders_are_not_listed_docs_contrib_6327(office):
    office.anna.add_folder("Hidden").listed = False
    make(office, "Shown")
    assert [each["displayName"] for each in office.ask("GET /me/contactFolders").value] == ["Shown"]


def test_a_folder_is_found_by_name(office):
    make(office, "Business")
    make(office, "Anna's")
    listed = office.ask("GET /me/contactFolders?$filter=displayName eq 'Anna''s'").value
    assert [each["displayName"] for each in listed] == ["Anna's"]


def test_a_name_is_there_once(office):
    make(office, "Business")
    reply = office.ask("POST /me/contactFolders", {"displayName": "business"})
    assert (reply.status, reply.error) == (409, "ErrorFolderExists")


def test_folder_ids_are_the_same_in_both_forms(office):
    made = make(office, "Business")
    listed = office.ask("GET /me/contactFolders", headers=IMMUTABLE).value
    assert [each["id"] for each in listed] == [made["id"]]


def test_a_deleted_folder_is_gone_with_its_contacts(office):
    made = make(office, "Business")
    contact = office.ask(f"POST /me/contactFolders/{made['id']}/contacts", {"givenName": "Ada"}).json
    assert office.ask(f"DELETE /me/contactFolders/{made['id']}").status == 204
    for place in ("", "/contacts", "/contacts/delta", f"/contacts/{contact['id']}"):
        gone = office.ask(f"GET /me/contactFolders/{made['id']}{place}")
        assert (gone.status, gone.error) == (404, "ErrorItemNotFound")
    assert [item.properties["String 0x3a06"] for item in office.anna.binned()] == ["Ada"]


def test_a_second_deleted_folder_of_a_name_is_refused_until_renamed_powershell_2743(office):
    first = make(office, "Business")
    office.ask(f"DELETE /me/contactFolders/{first['id']}")
    second = make(office, "Business")
    assert office.ask(f"DELETE /me/contactFolders/{second['id']}").status == 409
    office.ask(f"PATCH /me/contactFolders/{second['id']}", {"displayName": "Business 7f3a"})
    assert office.ask(f"DELETE /me/contactFolders/{second['id']}").status == 204


def test_the_default_folder_cannot_be_deleted(office):
    reply = office.ask("DELETE /me/contactFolders/contacts")
    assert (reply.status, reply.error) == (400, "ErrorDeleteDistinguishedFolder")


@pytest.mark.parametrize("kind", ["contact in another folder", "unknown folder"])
def test_a_contact_is_found_only_in_its_folder(office, kind):
    made = office.create(givenName="Ada")
    folder = make(office, "Business")["id"] if kind == "contact in another folder" else "AAMkAGnone"
    assert office.ask(f"GET /me/contactFolders/{folder}/contacts/{made['id']}").status == 404


def test_folders_have_a_delta(office):
    made = make(office, "Business")
    first = office.round("/me/contactFolders/delta")
    office.ask(f"DELETE /me/contactFolders/{made['id']}")
    second = office.round(first.link)
    assert (first.names, second.removed) == ({"Business"}, {made["id"]: "deleted"})
