"""The ways to lists, rows, columns and files that other clients of REST take (Office365-REST-Python-Client).

https://learn.microsoft.com/sharepoint/dev/sp-add-ins/working-with-lists-and-list-items-with-rest.
"""

from urllib.parse import urlsplit

import pytest

from tests.simulators.sharepoint.client import TYPE


@pytest.fixture(autouse=True)
def judged(server):
    yield
    assert server.judge.verdict() == []


@pytest.fixture
def row(server):
    return server.list.add({"Title": "Dunker", "FirstName": "Andrea"})


def names(told, name="Title"):
    return [each[name] for each in told["results"]]


def write(client, path, body, verb, version="*"):
    return client.ask("POST", path, body, X_HTTP_Method=verb, If_Match=version).status


@pytest.mark.parametrize("path", ["lists(guid'{}')", "Lists/GetById('{}')", "Lists/getbyid(guid'{}')"])
def test_a_list_is_found_by_its_id(server, client, path):
    assert client.told("/_api/Web/" + path.format(server.list.id))["Title"] == "Contacts"
    other = "00000000-0000-0000-0000-000000000000"
    assert client.ask("GET", f"/_api/Web/{path.format(other)}").status == 404


def test_a_list_is_found_by_its_title_whose_quotes_are_doubled(server, client):
    server.site.add_list("O'Brien's")
    assert client.told("/_api/Web/lists/GetByTitle('O''Brien''s')")["Title"] == "O'Brien's"
    assert client.told("/_api/Web/lists/GetByTitle('O''Brien''s')/items") == {"results": []}
    assert client.ask("GET", "/_api/Web/lists/GetByTitle('Nobody')/items").status == 404


def test_the_lists_of_the_site_are_listed_and_filtered(server, client):
    server.site.add_list("Tasks", 100)
    assert names(client.told("/_api/web/lists")) == ["Contacts", "Tasks"]
    assert names(client.told("/_api/web/lists?$filter=Title eq 'Tasks'&$select=Title")) == ["Tasks"]
    assert names(client.told("/_api/web/lists?$filter=BaseTemplate eq 105")) == ["Contacts"]


def test_a_list_says_how_many_rows_it_has_and_only_what_is_asked_for(client, row):
    path = "/_api/web/lists/GetByTitle('Contacts')"
    assert client.told(path)["ItemCount"] == 1
    assert set(client.told(f"{path}?$select=ListItemEntityTypeFullName,Id")) == {
        "__metadata",
        "ListItemEntityTypeFullName",
        "Id",
    }
    assert client.ask("GET", f"{path}?$select=Nonsense").status == 400


@pytest.mark.parametrize("way", ["items({})", "items/GetById({})", "GetItemById({})"])
def test_a_row_is_found_by_its_id(client, row, way):
    path = f"/_api/web/lists/GetByTitle('Contacts')/{way}"
    assert client.told(path.format(row.id))["FirstName"] == "Andrea"
    assert client.ask("GET", path.format(99)).status == 404
    parent = client.told(path.format(row.id) + "/ParentList?$select=ListItemEntityTypeFullName")
    assert parent["ListItemEntityTypeFullName"] == TYPE["type"]
    assert client.ask("GET", path.format(99) + "/ParentList").status == 404


def test_a_row_is_made_changed_and_recycled_under_the_list_s_title(server, client):
    items = "/_api/web/lists/GetByTitle('Contacts')/items"
    made = client.ask("POST", items, {"__metadata": TYPE, "Title": "Dunker"})
    assert (made.status, made.body["d"]["Id"]) == (201, 1)
    assert write(client, f"{items}/GetById(1)", {"__metadata": TYPE, "Company": "Contoso"}, "MERGE", '"1"') == 204
    assert server.list.rows[1].values["Company"] == "Contoso"
    assert client.ask("POST", f"{items}/GetById(1)/Recycle").status == 200
    assert server.list.rows == {} and list(server.list.bin) == [1]


def test_a_row_that_is_deleted_is_in_no_recycle_bin(server, client, row):
    start = client.token()
    path = f"{client.list}/items(1)"
    assert write(client, path, None, "DELETE", '"9"') == 412
    assert client.ask("POST", path, None, X_HTTP_Method="DELETE").status == 400
    assert write(client, path, None, "DELETE", '"1"') == 200
    assert server.list.rows == {} and server.list.bin == {}
    assert [each["ChangeType"] for each in client.changes(start).body["d"]["results"]] == [3]


def test_a_whole_row_says_where_to_find_what_hangs_on_it(client, row):
    said = client.told(f"{client.list}/items(1)")
    assert said["AttachmentFiles"]["__deferred"]["uri"].endswith("/Items(1)/AttachmentFiles")
    assert (said["Attachments"], said["OData__UIVersionString"]) == (False, "1.0")
    assert "AttachmentFiles" not in client.told(f"{client.list}/items(1)?$select=Title")


def test_the_next_page_is_where_the_answer_says(server, client):
    for at in range(5):
        server.list.add({"Title": f"Person {at}"})
    path, seen = f"{client.list}/items?$select=Title&$top=2", []
    while path:
        told = client.told(path)
        seen += names(told)
        assert all(set(each) == {"__metadata", "Title"} for each in told["results"])
        path = told.get("__next", "").removeprefix(server.site.address)
        assert len(told["results"]) <= 2
    assert seen == [f"Person {at}" for at in range(5)]


def test_a_list_has_columns_of_the_system_whose_names_differ_in_rows(client, row):
    told = client.told(f"{client.list}/fields")["results"]
    columns = {each["InternalName"]: each for each in told}
    assert columns["_UIVersionString"]["EntityPropertyName"] == "OData__UIVersionString"
    assert columns["_UIVersionString"]["ReadOnlyField"] and not columns["Company"]["ReadOnlyField"]
    refused = client.ask("GET", f"{client.list}/items?$select=_UIVersionString")
    assert (refused.status, refused.error[1]) == (400, "The field or property '_UIVersionString' does not exist.")
    assert client.told(f"{client.list}/items?$select=OData__UIVersionString")["results"]


def test_a_column_is_found_by_name_or_title_added_and_deleted(server, client, row):
    fields = "/_api/web/lists/GetByTitle('Contacts')/Fields"
    assert client.told(f"{fields}/GetByInternalNameOrTitle('Last Name')")["InternalName"] == "Title"
    wanted = {"__metadata": {"type": "SP.FieldCreationInformation"}, "FieldTypeKind": 2, "Title": "Shoe Size"}
    made = client.ask("POST", f"{fields}/AddField", {"parameters": wanted}).body["d"]
    assert (made["InternalName"], made["TypeAsString"]) == ("Shoe_x0020_Size", "Text")
    server.list.put(row, {"Shoe_x0020_Size": "44"})
    assert write(client, f"{fields}/GetByTitle('Shoe Size')", None, "DELETE") == 200
    assert client.ask("GET", f"{fields}/GetByTitle('Shoe Size')").status == 404
    assert "Shoe_x0020_Size" not in client.told(f"{client.list}/items(1)")
    assert write(client, f"{fields}/GetByTitle('_UIVersionString')", None, "DELETE") == 400


def test_a_file_is_attached_read_and_taken_away(server, client, row):
    start = client.token()
    files = f"{client.list}/items(1)/AttachmentFiles"
    made = client.ask("POST", f"{files}/add(FileName='Ada''s card.json')", {"to": "Ada"})
    assert made.status == 200 and made.body["d"]["FileName"] == "Ada's card.json"
    assert client.ask("POST", f"{files}/add(FileName='ada''s card.json')", {"to": "Ada"}).status == 400
    assert names(client.told(files), "FileName") == ["Ada's card.json"]
    assert client.told(f"{client.list}/items(1)?$select=Attachments")["Attachments"] is True
    one = f"{files}/getByFileName('Ada''s card.json')"
    assert client.ask("GET", f"{one}/$value").body == {"to": "Ada"}
    assert row.version == 2 and [each["ChangeType"] for each in client.changes(start).body["d"]["results"]] == [2]
    assert write(client, one, None, "DELETE") == 200
    assert client.ask("GET", one).status == 404 and row.files == {}


@pytest.mark.parametrize("option", ["$expand=AttachmentFiles", "$orderby=Title"])
def test_what_is_not_simulated_is_refused_and_not_passed_over(client, option):
    assert client.ask("GET", f"{client.list}/items?{option}").status == 400


def test_the_site_says_where_it_is(server, client):
    said = client.told("/_api/Web")
    assert (said["Url"], said["ServerRelativeUrl"]) == (server.site.address, urlsplit(server.site.address).path)
