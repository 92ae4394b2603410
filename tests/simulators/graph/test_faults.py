"""The faults on order: each comes to pass, and leaves behind what it says."""

import pytest
from aiohttp import ClientError

from bridge.simulators.graph import faults
from bridge.simulators.graph.faults import After, Before, Lost, Refuse, Slow, Stale, Unheard

CREATE = "POST /me/contacts$"


def names(office):
    return [item.properties.get("String 0x3a06") for item in office.anna.items.values()]


@pytest.mark.parametrize(("fault", "left"), [(Lost(), ["Ada"]), (Unheard(), [])])
def test_an_answer_is_lost_after_the_commit_or_a_request_before_it(office, fault, left):
    office.graph.faults.add(fault, CREATE)
    with pytest.raises((ClientError, ConnectionError)):
        office.ask("POST /me/contacts", {"givenName": "Ada"})
    assert names(office) == left
    assert office.ask("POST /me/contacts", {"givenName": "Bob"}).status == 201
    assert office.graph.faults.struck == 1


def test_the_answer_of_a_whole_batch_is_lost(office):
    office.graph.faults.add(Lost(), "batch")
    part = {"id": "1", "method": "POST", "url": "/me/contacts", "headers": {"Content-Type": "application/json"}}
    with pytest.raises((ClientError, ConnectionError)):
        office.ask("POST /$batch", {"requests": [part | {"body": {"givenName": "Ada"}}]})
    assert names(office) == ["Ada"]


@pytest.mark.parametrize(
    ("fault", "status", "code", "pause"),
    [
        (faults.TOO_MANY, 429, "ApplicationThrottled", "1"),
        (faults.UNAVAILABLE, 503, "serviceNotAvailable", None),
        (faults.QUOTA, 507, "ErrorQuotaExceeded", None),
        (faults.CONFLICT, 412, "ErrorIrresolvableConflict", None),
        (faults.DENIED, 403, "ErrorAccessDenied", None),
        (Refuse(400, "ErrorInvalidProperty"), 400, "ErrorInvalidProperty", None),
    ],
)
def test_a_request_is_refused_on_order(office, fault, status, code, pause):
    office.graph.faults.add(fault, CREATE)
    reply = office.ask("POST /me/contacts", {"givenName": "Ada"})
    assert (reply.status, reply.error, reply.headers.get("Retry-After")) == (status, code, pause)
    assert names(office) == []


def test_a_fault_strikes_as_often_and_as_late_as_ordered(office):
    office.graph.faults.add(faults.UNAVAILABLE, "GET /me/contacts", skip=1, times=2)
    assert [office.ask("GET /me/contacts").status for _ in range(4)] == [200, 503, 503, 200]
    office.graph.faults.add(faults.UNAVAILABLE, times=None)
    assert [office.ask("GET /me").status for _ in range(2)] == [503, 503]
    office.graph.faults.clear()
    assert office.ask("GET /me").status == 200


def test_an_answer_is_slow(office):
    office.graph.faults.add(Slow(0.05), "GET /me$")
    assert office.ask("GET /me").status == 200
    assert office.graph.faults.struck == 1


def test_a_read_can_be_of_the_version_before(office):
    made = office.create(givenName="Ada")
    changed = office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "A"}).json
    office.graph.faults.add(Stale(), "GET /me/contacts/")
    stale, fresh = office.get(made["id"]), office.get(made["id"])
    assert (stale["changeKey"], stale["nickName"]) == (made["changeKey"], None)
    assert (fresh["changeKey"], fresh["nickName"]) == (changed["changeKey"], "A")


def test_somebody_writes_between_the_read_and_the_write(office):
    made = office.create(givenName="Ada")
    item = office.anna.item(made["id"])
    office.graph.faults.add(Before(lambda: office.anna.put(item, {"String 0x3a4f": "Other"})), "PATCH")
    late = {"If-Match": made["@odata.etag"]}
    assert office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "Mine"}, late).status == 412
    assert office.get(made["id"])["nickName"] == "Other"


def test_something_happens_before_the_answer_is_read(office):
    office.graph.faults.add(After(office.graph.forget_cursors), "GET /me/contacts/delta")
    link = office.ask("GET /me/contacts/delta").json["@odata.deltaLink"]
    assert office.ask(f"GET {link}").status == 410


def test_one_contact_is_refused(office):
    office.anna.refuses = lambda contact: "Not this one." if contact["givenName"] == "Eve" else ""
    made = office.create(givenName="Ada")
    refused = office.ask("POST /me/contacts", {"givenName": "Eve"})
    changed = office.ask(f"PATCH /me/contacts/{made['id']}", {"givenName": "Eve"})
    assert [(each.status, each.json["error"]["message"]) for each in (refused, changed)] == [
        (400, "Not this one.")
    ] * 2
    assert names(office) == ["Ada"]


def test_a_full_mailbox_takes_nothing_more(office):
    made = office.create(givenName="Ada")
    office.anna.full = True
    for line, body in (
        ("POST /me/contacts", {"givenName": "Bob"}),
        (f"PATCH /me/contacts/{made['id']}", {"givenName": "Bob"}),
        ("POST /me/contactFolders", {"displayName": "Business"}),
    ):
        reply = office.ask(line, body)
        assert (reply.status, reply.error) == (507, "ErrorQuotaExceeded")
    assert office.ask(f"DELETE /me/contacts/{made['id']}").status == 204


def test_a_permission_is_taken_back(office):
    office.graph.sign_in.revoke("Contacts.ReadWrite")
    reply = office.ask("GET /me/contacts")
    assert (reply.status, reply.error) == (403, "ErrorAccessDenied")
    assert office.ask("GET /me").status == 200


def test_a_folder_goes_amid_a_run(office):
    folder = office.anna.add_folder("Business")
    place = f"/me/contactFolders/{folder.id}/contacts"
    office.graph.faults.add(Before(lambda: office.anna.remove_folder(folder)), "POST", skip=1)
    assert [office.ask(f"POST {place}", {"givenName": "Ada"}).status for _ in range(2)] == [201, 404]


def test_a_storm_is_the_same_for_the_same_seed(office):
    def statuses():
        office.graph.faults.storm(7, 0.4, (faults.TOO_MANY, faults.UNAVAILABLE))
        return [office.ask("GET /me").status for _ in range(30)]

    first = statuses()
    assert first == statuses()
    assert set(first) == {200, 429, 503}
    office.graph.faults.clear()
    assert office.ask("GET /me").status == 200
