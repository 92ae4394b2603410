"""What the simulator claims of delta queries."""

import pytest

from bridge.simulators.graph.faults import Before
from tests.simulators.graph.office import IMMUTABLE, STAMP

DELTA = "/me/contactFolders/contacts/contacts/delta"


@pytest.fixture
def three(office):
    return [office.create(givenName=name) for name in ("Ada", "Bob", "Cleo")]


def test_the_first_round_is_the_whole_content(office, three):
    assert office.round().names == {"Ada", "Bob", "Cleo"}
    assert office.round("/me/contacts/delta").names == {"Ada", "Bob", "Cleo"}
    assert office.round("/me/contacts/delta()").names == {"Ada", "Bob", "Cleo"}


def test_the_next_round_has_what_changed_and_own_writes_docs_5630(office, three):
    first = office.round()
    office.ask(f"PATCH /me/contacts/{three[1]['id']}", {"nickName": "B"})
    office.create(givenName="Dora")
    second = office.round(first.link)
    assert second.names == {"Bob", "Dora"}
    assert office.round(second.link).rows == []


def test_a_page_may_be_empty_though_more_follow(office, three):
    pages = office.round().pages
    assert (pages[0], sum(pages) > 0) == (0, True)


def test_an_item_may_come_twice(office, three):
    assert len(office.round().rows) == 4
    office.graph.behaviour.duplicates = False
    assert len(office.round().rows) == 3


def test_pages_have_the_size_that_is_preferred(office, three):
    round = office.round(headers={"Prefer": "odata.maxpagesize=2"})
    assert round.pages == [0, 2, 2]
    first = office.ask(f"GET {DELTA}", headers={"Prefer": "odata.maxpagesize=2"}).json
    assert len(office.ask(f"GET {first['@odata.nextLink']}").value) == 4  # the header is of one request
    reply = office.ask(f"GET {DELTA}", headers={"Prefer": "odata.maxpagesize=2"})
    assert reply.headers["Preference-Applied"] == "odata.maxpagesize=2"


def test_a_page_can_be_asked_for_again(office, three):
    link = office.ask(f"GET {DELTA}").json["@odata.nextLink"]
    first, again = (office.ask(f"GET {link}").value for _ in range(2))
    assert [row["id"] for row in first] == [row["id"] for row in again] != []


def test_a_delta_link_can_be_asked_again_after_a_lost_answer(office, three):
    link = office.round().link
    office.ask(f"PATCH /me/contacts/{three[0]['id']}", {"nickName": "A"})
    assert [office.round(link).names for _ in range(2)] == [{"Ada"}, {"Ada"}]


def test_what_is_written_amid_a_round_comes_in_it_or_in_the_next(office, three):
    first = office.ask(f"GET {DELTA}").json
    office.ask(f"PATCH /me/contacts/{three[0]['id']}", {"nickName": "A"})
    rest = office.round(first["@odata.nextLink"])
    assert "Ada" in office.round(rest.link).names


def test_a_contact_deleted_amid_a_round_shows_as_removed(office, three):
    first = office.ask(f"GET {DELTA}").json
    office.ask(f"DELETE /me/contacts/{three[0]['id']}")
    assert three[0]["id"] in office.round(first["@odata.nextLink"]).removed


def test_a_deleted_contact_is_removed(office, three):
    first = office.round()
    office.ask(f"DELETE /me/contacts/{three[0]['id']}")
    assert office.round(first.link).removed == {three[0]["id"]: "deleted"}


def test_a_moved_contact_is_removed_from_the_old_folder_and_new_in_the_other(office, three):
    first = office.round(headers=IMMUTABLE)
    folder = office.anna.add_folder("Elsewhere").id
    there = office.round(f"/me/contactFolders/{folder}/contacts/delta", IMMUTABLE)
    lasting = office.get(three[0]["id"], IMMUTABLE)["id"]
    office.anna.move(office.anna.item(lasting), folder)
    assert office.round(first.link, IMMUTABLE).removed == {lasting: "changed"}
    assert [row["id"] for row in office.round(there.link, IMMUTABLE).rows] == [lasting]


def test_a_contact_taken_out_of_the_deleted_items_comes_back(office, three):
    lasting = office.get(three[0]["id"], IMMUTABLE)["id"]
    office.ask(f"DELETE /me/contacts/{lasting}")
    link = office.round(headers=IMMUTABLE).link
    office.anna.move(office.anna.item(lasting), "contacts")
    assert [row["id"] for row in office.round(link, IMMUTABLE).rows] == [lasting]


def test_removed_items_may_come_in_the_first_round(office, three):
    office.ask(f"DELETE /me/contacts/{three[0]['id']}")
    assert office.round().removed == {three[0]["id"]: "deleted"}
    office.graph.behaviour.removed_at_first = False
    assert office.round().removed == {}


def test_links_fit_both_forms_of_ids(office, three):
    first = office.round()
    office.ask(f"PATCH /me/contacts/{three[0]['id']}", {"nickName": "A"})
    (row,) = office.round(first.link, IMMUTABLE).rows
    assert len(row["id"]) == 72


def test_select_is_kept_in_the_token_and_id_is_always_there(office, three):
    first = office.round(f"{DELTA}?$select=displayName")
    office.ask(f"PATCH /me/contacts/{three[0]['id']}", {"nickName": "A"})
    second = office.round(first.link)
    assert {tuple(sorted(row)) for row in first.rows + second.rows} == {("@odata.etag", "displayName", "id")}


def test_options_belong_to_the_first_request(office, three):
    link = office.round().link
    assert office.ask(f"GET {link}&$select=displayName").status == 400


@pytest.mark.parametrize("option", ["$filter=surname eq 'a'", "$orderby=surname", "$top=5", "$search=a"])
def test_other_options_are_refused(office, option):
    reply = office.ask(f"GET {DELTA}?{option}")
    assert (reply.status, reply.error) == (400, "ErrorInvalidUrlQuery")


def test_expanding_extended_properties_fails_docs_2270(office, three):
    reply = office.ask(f"GET {DELTA}?$expand=singleValueExtendedProperties($filter=id eq '{STAMP}')")
    assert (reply.status, reply.json["error"]["message"]) == (500, "Value cannot be null.\r\nParameter name: type")


def test_a_lost_sync_state_is_410_docs_2350(office, three):
    link = office.round().link
    office.graph.forget_cursors()
    reply = office.ask(f"GET {link}")
    assert (reply.status, reply.error) == (410, "SyncStateNotFound")
    assert reply.json["error"]["message"].startswith("The sync state generation is not found; generation=")
    assert office.round().names == {"Ada", "Bob", "Cleo"}


def test_the_sync_state_can_vanish_amid_the_next_links_docs_2162(office, three):
    office.graph.faults.add(Before(office.graph.forget_cursors), "skiptoken", skip=1)
    first = office.ask(f"GET {DELTA}", headers={"Prefer": "odata.maxpagesize=1"})
    second = office.ask(f"GET {first.json['@odata.nextLink']}", headers={"Prefer": "odata.maxpagesize=1"})
    third = office.ask(f"GET {second.json['@odata.nextLink']}")
    assert [second.status, third.status, third.error] == [200, 410, "SyncStateNotFound"]


def test_the_code_of_a_lost_state_differs(office):
    office.graph.behaviour.cursor_error = "resyncRequired"
    assert office.ask(f"GET {DELTA}?$deltatoken=nonsense").error == "resyncRequired"


def test_a_token_is_good_for_its_folder_alone(office, three):
    folder = office.anna.add_folder("Elsewhere").id
    token = office.round().link.partition("?")[2]
    assert office.ask(f"GET /me/contactFolders/{folder}/contacts/delta?{token}").status == 410


def test_a_changed_contact_may_come_with_its_changed_properties_alone(office):
    office.graph.behaviour.sparse_delta = True
    made = office.create(givenName="Ada", businessPhones=["1", "2"], categories=["Blue category"])
    link = office.round().link
    change = {"businessPhones": ["1"], "categories": [], "nickName": "A"}
    office.ask(f"PATCH /me/contacts/{made['id']}", change)
    (row,) = office.round(link).rows
    assert {"givenName", "displayName", "surname", "homePhones", "emailAddresses"}.isdisjoint(row)
    assert {name: row[name] for name in change} == change


def test_a_picture_changes_nothing_in_a_delta(office, three):
    link = office.round().link
    office.ask(f"PUT /me/contacts/{three[0]['id']}/photo/$value", b"\xff\xd8\xffx", {"Content-Type": "image/jpeg"})
    assert office.round(link).rows == []
