"""What the simulator claims of contacts; the marks are those of the facts (issue numbers, documentation)."""

import pytest

from tests.simulators.graph.office import IMMUTABLE, STAMP

NAMED = {"givenName": "Ada", "surname": "Lovelace", "displayName": "Countess", "fileAs": "Countess, The"}


def test_a_contact_comes_back_as_it_was_written(office):
    body = {
        "givenName": "Ada",
        "surname": "Lovelace",
        "businessPhones": ["+44 1", "+44 2"],
        "homePhones": ["+44 3"],
        "mobilePhone": "+44 4",
        "emailAddresses": [{"name": "A", "address": "ada@engine.example"}],
        "businessAddress": {"street": "St James's Square 12", "city": "London", "countryOrRegion": "England"},
        "imAddresses": ["sip:ada"],
        "children": ["Byron", "Annabella"],
        "categories": ["Blue category"],
        "birthday": "1815-12-10T11:59:00Z",
        "personalNotes": "Notes\nof two lines",
        "spouseName": "William",
    }
    made = office.create(body)
    read = office.get(made["id"])
    assert {name: read[name] for name in body} == body
    assert read["primaryEmailAddress"] == body["emailAddresses"][0]
    assert read["displayName"] == "Ada Lovelace"


def test_every_item_has_a_change_key_that_is_its_etag(office):
    made = office.create(givenName="Ada")
    changed = office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "A"}).json
    assert made["@odata.etag"] == f'W/"{made["changeKey"]}"'
    assert changed["@odata.etag"] == f'W/"{changed["changeKey"]}"'
    assert changed["changeKey"] != made["changeKey"]


def test_a_list_is_of_the_default_folder_only(office):
    office.create(givenName="Ada")
    folder = office.ask("POST /me/contactFolders", {"displayName": "Business"}).json
    office.ask(f"POST /me/contactFolders/{folder['id']}/contacts", {"givenName": "Grace"})
    assert [each["givenName"] for each in office.ask("GET /me/contacts").value] == ["Ada"]
    assert [each["givenName"] for each in office.ask("GET /me/contactFolders/contacts/contacts").value] == ["Ada"]
    in_folder = office.ask(f"GET /me/contactFolders/{folder['id']}/contacts").value
    assert [each["givenName"] for each in in_folder] == ["Grace"]


def test_pages_follow_top_and_the_next_link(office):
    for number in range(5):
        office.create(givenName=f"N{number}")
    first = office.ask("GET /me/contacts?$top=3&$select=givenName").json
    second = office.ask(f"GET {first['@odata.nextLink']}").json
    assert [each["givenName"] for each in first["value"] + second["value"]] == ["N0", "N1", "N2", "N3", "N4"]
    assert set(second["value"][0]) == {"id", "@odata.etag", "givenName"}
    assert "@odata.nextLink" not in second


@pytest.mark.parametrize(("top", "status"), [("1", 200), ("1000", 200), ("0", 400), ("1001", 400), ("ten", 400)])
def test_a_page_has_up_to_a_thousand_docs_4798(office, top, status):
    assert office.ask(f"GET /me/contacts?$top={top}").status == status


def test_a_page_has_ten_unless_told_otherwise_docs_4798(office):
    for _ in range(11):
        office.anna.add({})
    assert len(office.ask("GET /me/contacts").value) == 10


def test_a_contact_list_is_counted_but_not_returned_docs_contrib_4041(office):
    office.create(givenName="Ada")
    board = office.anna.add({"String 0x3001": "Board"}, is_list=True)
    reply = office.ask("GET /me/contacts?$count=true").json
    assert (reply["@odata.count"], len(reply["value"])) == (2, 1)
    assert office.ask(f"GET /me/contacts/{office.anna.classic_id(board)}").status == 404
    assert office.round().names == {"Ada"}


@pytest.mark.parametrize(
    ("field", "entries", "most"),
    [
        ("businessPhones", ["1", "2", "3"], 2),
        ("homePhones", ["1", "2", "3"], 2),
        ("emailAddresses", [{"address": f"{n}@x.example"} for n in range(4)], 3),
    ],
)
def test_slots_are_limited_docs_15276(office, field, entries, most):
    reply = office.ask("POST /me/contacts", {field: entries})
    text = f"The multi value property {field[0].upper()}{field[1:]} has {most + 1} entries, that exceeds the max"
    assert (reply.status, reply.json["error"]["message"]) == (400, f"{text} allowed value of {most}")
    assert office.ask("POST /me/contacts", {field: entries[:most]}).status == 201


def test_display_name_is_made_anew_when_the_name_changes_without_it(office):
    made = office.create(NAMED)
    kept = office.ask(f"PATCH /me/contacts/{made['id']}", {"jobTitle": "Analyst", "surname": "Lovelace"}).json
    sent = office.ask(
        f"PATCH /me/contacts/{made['id']}", {"surname": "King", "displayName": "Ada K.", "fileAs": "K"}
    ).json
    lost = office.ask(f"PATCH /me/contacts/{made['id']}", {"surname": "Byron"}).json
    assert (kept["displayName"], kept["fileAs"]) == ("Countess", "Countess, The")
    assert (sent["displayName"], sent["fileAs"]) == ("Ada K.", "K")
    assert (lost["displayName"], lost["fileAs"]) == ("Ada Byron", "Byron, Ada")


def test_notes_that_begin_with_a_line_break_are_stripped_and_cut_in_lists_docs_17598(office):
    notes = "\nfirst\r\nsecond" + "x" * 300
    made = office.create(givenName="Ada", personalNotes=notes)
    (listed,) = office.ask("GET /me/contacts").value
    assert office.get(made["id"])["personalNotes"] == notes
    assert listed["personalNotes"] == ("firstsecond" + "x" * 300)[:256]
    assert office.round().rows[0]["personalNotes"] == listed["personalNotes"]


def test_notes_that_begin_otherwise_come_whole_in_lists_docs_17598(office):
    notes = "first\nsecond" + "x" * 300
    office.create(personalNotes=notes)
    assert office.ask("GET /me/contacts").value[0]["personalNotes"] == notes


def test_the_name_of_a_colleagues_address_is_the_directorys_docs_19265(office):
    office.anna.directory["bob@contoso.example"] = "Robert Builder"
    emails = [{"name": "Bobby", "address": "Bob@contoso.example"}, {"name": "Eve", "address": "eve@other.example"}]
    made = office.create(emailAddresses=emails)
    assert [each["name"] for each in made["emailAddresses"]] == ["Robert Builder", "Eve"]


def test_an_address_with_a_trailing_comma_is_lost_docs_2186(office):
    made = office.create(emailAddresses=[{"name": "B@x.example,", "address": "a@x.example,"}])
    assert made["emailAddresses"] == [{"name": "B@x.example,"}]


def test_a_birthday_is_a_moment_not_a_date(office):
    with office.judge.expecting_bad_requests():
        assert office.ask("POST /me/contacts", {"birthday": "1815-12-10"}).status == 400
    made = office.create(birthday="1815-12-10T00:00:00+01:00")
    assert made["birthday"] == "1815-12-09T23:00:00Z"


@pytest.mark.parametrize(
    "body", [{"faxNumber": "1"}, {"surname": 5}, {"businessPhones": "1"}, {"homeAddress": {"zip": ""}}]
)
def test_a_property_that_graph_does_not_have_is_refused(office, body):
    with office.judge.expecting_bad_requests():
        assert office.ask("POST /me/contacts", body).status == 400
    assert office.anna.items == {}


def test_properties_that_a_patch_does_not_name_stay(office):
    made = office.create(NAMED | {"businessPhones": ["1", "2"]})
    office.ask(f"PATCH /me/contacts/{made['id']}", {"businessPhones": ["1"], "surname": None, "displayName": "D"})
    read = office.get(made["id"])
    assert (read["businessPhones"], read["surname"], read["givenName"]) == (["1"], None, "Ada")


def test_if_match_is_honoured_with_412(office):
    made = office.create(givenName="Ada")
    office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "A"})
    late = {"If-Match": made["@odata.etag"]}
    refused = office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "B"}, late)
    assert (refused.status, refused.error) == (412, "ErrorIrresolvableConflict")
    assert office.ask(f"DELETE /me/contacts/{made['id']}", headers=late).status == 412
    read = office.get(made["id"])
    assert read["nickName"] == "A"
    right = {"If-Match": read["@odata.etag"]}
    assert office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "B"}, right).status == 200


@pytest.mark.parametrize(("switch", "status"), [("409", 409), ("ignored", 200)])
def test_if_match_can_be_switched_to_another_answer(office, switch, status):
    office.graph.behaviour.if_match = switch
    made = office.create(givenName="Ada")
    assert office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "B"}, {"If-Match": 'W/"old"'}).status == status


def test_a_deleted_contact_goes_to_the_deleted_items_and_keeps_its_immutable_id(office):
    made = office.create(givenName="Ada", headers=IMMUTABLE)
    assert office.ask(f"DELETE /me/contacts/{made['id']}").status == 204
    assert office.ask("GET /me/contacts").value == []
    assert office.get(made["id"])["parentFolderId"] == office.anna.bin
    assert [item.properties["String 0x3a06"] for item in office.anna.binned()] == ["Ada"]
    office.graph.behaviour.bin_readable = False
    assert office.ask(f"GET /me/contacts/{made['id']}").status == 404


def test_a_permanently_deleted_contact_is_gone(office):
    made = office.create(givenName="Ada", headers=IMMUTABLE)
    assert office.ask(f"POST /me/contacts/{made['id']}/permanentDelete").status == 204
    gone = office.ask(f"GET /me/contacts/{made['id']}")
    assert (gone.status, gone.error, office.anna.binned()) == (404, "ErrorItemNotFound", [])


def test_immutable_ids_survive_a_move_and_classic_ids_do_not(office):
    office.anna.add_folder("Business")
    made = office.create(givenName="Ada")
    lasting = office.get(made["id"], IMMUTABLE)["id"]
    office.anna.move(office.anna.item(lasting), office.anna.add_folder("Elsewhere").id)
    assert (len(lasting), len(made["id"])) == (72, 152)
    assert office.ask(f"GET /me/contacts/{made['id']}").status == 404
    assert office.get(lasting, IMMUTABLE)["givenName"] == "Ada"


def test_ids_differ_by_case_alone(office):
    ids = [office.create(headers=IMMUTABLE, givenName=f"{n}")["id"] for n in range(4)]
    assert len(set(ids)) == 4
    assert len({id.lower() for id in ids}) < 4
    assert office.ask(f"GET /me/contacts/{ids[0].lower()}").status == 404


def test_ids_are_translated_up_to_a_thousand(office):
    made = office.create(givenName="Ada")
    body = {"inputIds": [made["id"], "none"], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}
    found, unknown = office.ask("POST /me/translateExchangeIds", body).value
    assert found["targetId"] == office.get(made["id"], IMMUTABLE)["id"]
    assert unknown["errorDetails"]["code"] == "ErrorItemNotFound"
    assert office.ask("POST /me/translateExchangeIds", body | {"inputIds": ["x"] * 1001}).status == 400


def test_a_copy_made_in_outlook_carries_the_stamp(office):
    made = office.create(singleValueExtendedProperties=[{"id": STAMP, "value": "a:b:1"}])
    office.anna.copy(office.anna.item(made["id"]))
    question = f"singleValueExtendedProperties/Any(ep: ep/id eq '{STAMP}' and ep/value eq 'a:b:1')"
    assert len(office.ask(f"GET /me/contacts?$filter={question}").value) == 2


def test_without_a_json_content_type_a_body_is_refused(office):
    reply = office.ask("POST /me/contacts", b"{}", {"Content-Type": "text/plain"})
    assert reply.status == 400


def test_a_path_that_graph_does_not_have_is_refused(office):
    assert office.ask("GET /me/contactz").status == 400
    assert office.ask("PUT /me/contacts", {}).status == 405
