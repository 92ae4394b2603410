"""What is known of contacts lists through Microsoft Graph, each fact by name."""

import pytest

from bridge.simulators.sharepoint import SITES
from tests.simulators.sharepoint.office import CONTACTS, Office


@pytest.fixture
def office():
    office = Office()
    office.site.add_list(CONTACTS)
    yield office
    office.close()
    assert office.judge.verdict() == []


@pytest.fixture
def items(office):
    """The path of the list's rows."""
    site = office.ask("GET /sites/contoso.sharepoint.com:/sites/office").json
    return f"/sites/{site['id']}/lists/{CONTACTS}/items"


def add(office, items, **fields):
    reply = office.ask(f"POST {items}", {"fields": {"Title": "Dunker"} | fields})
    assert reply.status == 201, reply.content
    return reply.json


def test_title_is_the_last_name_and_required(office, items):
    assert office.ask(f"POST {items}", {"fields": {"FirstName": "Andrea"}}).status == 400


def test_a_fresh_list_has_no_site_columns(office, items):
    assert office.ask(f"POST {items}", {"fields": {"Title": "Dunker", "Email2": "a@b.example"}}).status == 400


def test_a_text_of_more_than_255_characters_is_refused(office, items):
    assert office.ask(f"POST {items}", {"fields": {"Title": "Dunker", "Company": "x" * 256}}).status == 400


def test_hyperlinks_are_read_and_not_written(office, items):
    link = {"Url": "https://a.example", "Description": "a"}
    assert office.ask(f"POST {items}", {"fields": {"Title": "Dunker", "WebPage": link}}).status == 400
    row = office.list.add({"Title": "Dunker", "WebPage": link})
    assert office.ask(f"GET {items}/{row.id}?$expand=fields").json["fields"]["WebPage"] == link


def test_several_choices_need_their_type_said(office, items):
    column = {
        "name": "BizCategories",
        "choice": {"allowTextEntry": True, "choices": ["A"], "displayAs": "checkBoxes"},
    }
    assert office.ask(f"POST {items.removesuffix('items')}columns", column).status == 201
    assert office.ask(f"POST {items}", {"fields": {"Title": "Dunker", "BizCategories": ["A"]}}).status == 400
    typed = {"BizCategories@odata.type": "Collection(Edm.String)", "BizCategories": ["A", "B"]}
    assert add(office, items, **typed)["fields"]["BizCategories"] == ["A", "B"]


def test_an_etag_is_guid_and_number_and_a_write_at_another_one_is_412(office, items):
    row = add(office, items)
    assert row["eTag"].endswith(',1"')
    now = {"If-Match": row["eTag"]}
    assert office.ask(f"PATCH {items}/1/fields", {"Company": "Contoso"}, now).status == 200
    assert office.ask(f"PATCH {items}/1/fields", {"Company": "Fabrikam"}, now).status == 412
    assert office.ask(f"DELETE {items}/1", headers=now).status == 412


def test_an_identity_is_unique(office, items):
    columns = f"{items.removesuffix('items')}columns"
    wanted = {"name": "BizId", "text": {}, "indexed": True, "enforceUniqueValues": True}
    assert office.ask(f"POST {columns}", wanted | {"indexed": False, "name": "Other"}).status == 400
    assert office.ask(f"POST {columns}", wanted).status == 201
    add(office, items, BizId="a:7:1")
    assert office.ask(f"POST {items}", {"fields": {"Title": "Twin", "BizId": "a:7:1"}}).status == 409


def test_a_column_without_an_index_is_asked_for_at_a_risk(office, items):
    add(office, items, Company="Contoso")
    asked = f"GET {items}?$filter=fields/Company eq 'Contoso'"
    refused = office.ask(asked)
    assert refused.status == 400 and "HonorNonIndexedQueries" in refused.json["error"]["message"]
    risky = {"Prefer": "HonorNonIndexedQueriesWarningMayFailRandomly"}
    assert len(office.ask(asked, headers=risky).value) == 1
    office.list.threshold = 0
    assert office.ask(asked, headers=risky).status == 400


def test_a_delta_tells_deletions_by_a_facet_and_begins_at_latest(office, items):
    latest = office.ask(f"GET {items}/delta?token=latest").json
    assert latest["value"] == []
    add(office, items)
    office.list.recycle(office.list.row(1))
    told = office.ask(f"GET {latest['@odata.deltaLink']}").json["value"]
    assert told[-1] == {"id": "1", "deleted": {"state": "deleted"}}
    assert "@removed" not in told[-1]


def test_a_token_that_is_not_known_answers_410_with_the_address_to_begin_anew(office, items):
    link = office.ask(f"GET {items}/delta").json["@odata.deltaLink"]
    office.online.rounds.forget()
    gone = office.ask(f"GET {link}")
    assert (gone.status, gone.error) == (410, "resyncChangesApplyDifferences")
    assert gone.headers["Location"].endswith("/items/delta")


def test_a_page_tells_the_next_one(office, items):
    for _ in range(5):
        add(office, items)
    first = office.ask(f"GET {items}?$top=3").json
    assert len(first["value"]) == 3
    assert [each["id"] for each in office.ask(f"GET {first['@odata.nextLink']}").value] == ["4", "5"]


@pytest.mark.parametrize(("permission", "status"), [("Sites.Read.All", 403), ("Sites.ReadWrite.All", 201)])
def test_each_thing_needs_its_permission(office, items, permission, status):
    token = office.graph.sign_in.token(None, {permission})
    assert office.ask(f"POST {items}", {"fields": {"Title": "x"}}, token=token).status == status
    column = {"name": "BizId", "text": {}}
    assert office.ask(f"POST {items.removesuffix('items')}columns", column, token=token).status == 403


def test_a_personal_account_has_no_sites(office, items):
    eve = office.graph.mailbox("eve@outlook.example", consumer=True)
    assert office.ask(f"GET {items}", token=office.graph.sign_in.token(eve, SITES)).status == 403


def test_units_are_counted_and_refusals_too(office, items):
    office.online.units.most = 7
    statuses = [office.ask(f"GET {items}").status for _ in range(5)]
    assert statuses[0] == 200 and statuses[-1] == 429
    assert office.online.units.refused > 0
    office.clock.advance(seconds=61)
    assert office.ask(f"GET {items}").status == 200


def test_a_list_has_columns_of_the_system_that_cannot_be_written(office, items):
    told = office.ask(f"GET {items.removesuffix('items')}columns").json["value"]
    read_only = {each["name"]: each["readOnly"] for each in told}
    assert read_only["_UIVersionString"] and read_only["Modified"] and not read_only["Company"]
