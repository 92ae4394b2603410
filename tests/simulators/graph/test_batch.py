"""What the simulator claims of $batch."""

import json
from base64 import b64decode, b64encode

from bridge.simulators.graph.faults import TOO_MANY, Lost

JSON = {"Content-Type": "application/json"}


def batch(office, *parts):
    reply = office.ask("POST /$batch", {"requests": list(parts)})
    assert reply.status == 200, reply.content
    return {each["id"]: each for each in reply.json["responses"]}


def create(id, name, **more):
    return {"id": id, "method": "POST", "url": "/me/contacts", "headers": JSON, "body": {"givenName": name}} | more


def get(id, url="/me/contacts", **more):
    return {"id": id, "method": "GET", "url": url} | more


def test_twenty_parts_are_done_and_answered_in_another_order(office):
    answers = batch(office, *(create(f"{n}", f"N{n}") for n in range(20)))
    assert {each["status"] for each in answers.values()} == {201}
    assert list(answers) != [f"{n}" for n in range(20)]
    assert len(office.anna.items) == 20


def test_twenty_one_are_refused(office):
    with office.judge.expecting_bad_requests():
        assert office.ask("POST /$batch", {"requests": [get(f"{n}") for n in range(21)]}).status == 400


def test_ids_are_unique_and_urls_relative(office):
    for parts in ([get("1"), get("1")], [get("1", "https://graph.microsoft.com/v1.0/me")]):
        assert office.ask("POST /$batch", {"requests": parts}).status == 400


def test_a_part_with_a_body_needs_its_content_type(office):
    answers = batch(office, create("1", "Ada", headers={}), create("2", "Bob"))
    assert (answers["1"]["status"], answers["2"]["status"]) == (400, 201)


def test_parts_have_preferences_of_their_own(office):
    made = office.create(givenName="Ada")
    url = f"me/contacts/{made['id']}"
    answers = batch(office, get("1", url), get("2", url, headers={"Prefer": 'IdType="ImmutableId"'}))
    assert [len(answers[id]["body"]["id"]) for id in "12"] == [152, 72]


def test_what_depends_on_a_failed_part_is_424(office):
    answers = batch(
        office,
        get("1", "/me/contacts/none"),
        create("2", "Ada", dependsOn=["1"]),
        create("3", "Bob", dependsOn=["2"]),
    )
    assert [answers[id]["status"] for id in "123"] == [404, 424, 424]
    assert office.anna.items == {}


def test_what_depends_runs_after(office):
    answers = batch(office, create("1", "Ada"), get("2", dependsOn=["1"]))
    assert [each["givenName"] for each in answers["2"]["body"]["value"]] == ["Ada"]


def test_all_depend_or_none(office):
    parts = [create("1", "Ada"), get("2", dependsOn=["1"]), get("3")]
    assert office.ask("POST /$batch", {"requests": parts}).status == 400


def test_each_part_is_throttled_by_itself(office):
    office.graph.faults.add(TOO_MANY, "POST /me/contacts", skip=1, times=2)
    answers = batch(office, *(create(f"{n}", f"N{n}") for n in range(5)))
    refused = [each for each in answers.values() if each["status"] == 429]
    assert [each["headers"]["Retry-After"] for each in refused] == ["1", "1"]
    assert len(office.anna.items) == 3


def test_four_parts_run_at_a_time(office):
    office.graph.behaviour.latency = 0.01
    answers = batch(office, *(get(f"{n}") for n in range(20)))
    assert {each["status"] for each in answers.values()} == {200}
    office.graph.throttle.concurrent = 3
    assert 429 in {each["status"] for each in batch(office, *(get(f"{n}") for n in range(4))).values()}


def test_a_part_whose_answer_is_lost_was_done(office):
    office.graph.faults.add(Lost(), "POST /me/contacts")
    answers = batch(office, create("1", "Ada"), create("2", "Bob"))
    assert sorted(each["status"] for each in answers.values()) == [201, 504]
    assert len(office.anna.items) == 2


def test_pictures_travel_in_base64(office):
    url = f"/me/contacts/{office.create(givenName='Ada')['id']}/photo/$value"
    picture = b"\xff\xd8\xff picture"
    kind = {"Content-Type": "image/jpeg"}
    put = {"id": "1", "method": "PUT", "url": url, "headers": kind, "body": b64encode(picture).decode()}
    answers = batch(office, put, get("2", url, dependsOn=["1"]))
    assert answers["1"]["status"] == 200
    assert b64decode(answers["2"]["body"]) == picture
    assert json.dumps(answers)
