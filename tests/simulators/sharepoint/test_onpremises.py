"""What is known of contacts lists through REST on-premises, each fact by name."""

from datetime import timedelta

import pytest

from tests.simulators.sharepoint.client import TYPE


def test_the_list_names_the_type_of_its_rows_and_its_template(client):
    said = client.ask("GET", "/_api/web/lists/getbytitle('Contacts')").body["d"]
    assert (said["BaseTemplate"], said["ListItemEntityTypeFullName"]) == (105, TYPE["type"])


def test_a_body_without_its_type_is_refused(client):
    assert client.ask("POST", f"{client.list}/items", {"Title": "Dunker"}).status == 400
    assert client.ask("POST", f"{client.list}/items", {"__metadata": TYPE, "Title": "Dunker"}).status == 201


def test_a_write_without_a_digest_is_refused_and_one_with_an_old_one(server, client):
    body = {"__metadata": TYPE, "Title": "Dunker"}
    client.ask("POST", f"{client.list}/items", body)
    server.server.forget_digests()
    server.server.behaviour.digest_seconds = 0
    refused = client.ask("POST", f"{client.list}/items", body)
    assert (refused.status, refused.error[0]) == (403, "-2130575251")
    assert len(server.list.rows) == 1


def test_an_etag_is_a_number_and_a_merge_at_another_one_is_412(client):
    row = client.ask("POST", f"{client.list}/items", {"__metadata": TYPE, "Title": "Dunker"}).body["d"]
    assert row["__metadata"]["etag"] == '"1"'
    said = {"__metadata": TYPE, "Company": "Contoso"}
    path = f"{client.list}/items(1)"
    assert client.ask("POST", path, said, X_HTTP_Method="MERGE", If_Match='"1"').status == 204
    assert client.ask("POST", path, said, X_HTTP_Method="MERGE", If_Match='"1"').status == 412
    assert client.ask("POST", path, said, X_HTTP_Method="MERGE", If_Match="*").status == 204


def test_a_hundred_rows_are_given_if_nothing_is_said_and_skip_does_not_work(server, client):
    for at in range(101):
        server.list.add({"Title": f"Person {at}"})
    said = client.ask("GET", f"{client.list}/items").body["d"]
    assert len(said["results"]) == 100 and "__next" in said
    assert client.ask("GET", f"{client.list}/items?$skip=100").status == 400


def test_a_query_beyond_the_threshold_needs_an_index(server, client):
    server.list.threshold = 3
    for at in range(4):
        server.list.add({"Title": f"Person {at}"})
    refused = client.ask("GET", f"{client.list}/items?$filter=Title eq 'Person 1'")
    assert (refused.status, refused.error[0]) == (500, "-2147024860")
    server.list.columns["Title"].indexed = True
    assert len(client.ask("GET", f"{client.list}/items?$filter=Title eq 'Person 1'").body["d"]["results"]) == 1


def test_change_types_are_add_update_delete_restore(server, client):
    start = client.token()
    row = server.list.add({"Title": "Dunker"})
    server.list.put(row, {"Company": "Contoso"})
    server.list.recycle(row)
    server.list.restore(row.id)
    told = client.changes(start).body["d"]["results"]
    assert [(each["ChangeType"], each["ItemId"]) for each in told] == [(1, 1), (2, 1), (3, 1), (7, 1)]
    assert [each["ChangeType"] for each in client.changes(start, DeleteObject=False).body["d"]["results"]] == [
        1,
        2,
        7,
    ]
    assert client.changes(told[-1]["ChangeToken"]["StringValue"]).body["d"]["results"] == []


def test_a_change_token_names_list_ticks_and_number(server, client):
    kind, scope, one, ticks, number = client.token().split(";")
    assert (kind, scope, one, number) == ("1", "3", server.list.id, "0")
    assert int(ticks) == int(server.clock().timestamp()) * 10**7 + 621_355_968_000_000_000


@pytest.mark.parametrize(("expired", "status"), [("silent", 200), ("error", 500)])
def test_an_expired_token_gives_nothing_and_no_error_or_an_error(server, client, expired, status):
    server.server.behaviour.expired = expired
    start = client.token()
    server.clock.advance(days=61)
    server.list.add({"Title": "Dunker"})
    told = client.changes(start)
    assert told.status == status
    if status == 200:
        assert told.body["d"]["results"] == []


def test_the_documented_wrapper_d_is_wrong(client):
    query = {"__metadata": {"type": "SP.ChangeQuery"}, "Item": True, "Add": True}
    assert client.ask("POST", f"{client.list}/getchanges", {"d": {"query": query}}).status == 400
    assert client.ask("POST", f"{client.list}/getchanges", {"query": query}).status == 200


def test_a_birthday_is_kept_as_the_midnight_of_the_site(server, client):
    server.list.add_site_columns()
    server.site.zone = timedelta(hours=1)
    said = {"__metadata": TYPE, "Title": "Dunker", "Birthday": "1980-02-29T11:59:00Z"}
    assert client.ask("POST", f"{client.list}/items", said).body["d"]["Birthday"] == "1980-02-28T23:00:00Z"
