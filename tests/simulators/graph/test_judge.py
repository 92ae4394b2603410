"""The judge finds fault: without that, its silence in all other tests would mean nothing."""

import json

import pytest

from bridge.simulators.graph.messages import Answer, Request
from tests.judges.graph_schema import Judge, notification_errors


def judged(line, sent, status, answered):
    judge = Judge()
    method, _, url = line.partition(" ")
    body = b"" if sent is None else json.dumps(sent).encode()
    request = Request.to(method, url, {"Content-Type": "application/json"}, body, "http://graph/v1.0")
    judge(request, Answer(status, answered))
    return judge.verdict()


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("POST /me/contacts", {"givenname": "Ada"}),
        ("PATCH /me/contacts/1", {"surname": 5}),
        ("POST /users/anna/contactFolders/1/contacts", {"businessPhones": [None]}),
        ("POST /me/contacts", {"birthday": "1815-12-10"}),
        ("POST /me/outlook/masterCategories", {"color": "preset25"}),
        ("POST /$batch", {"requests": [{"id": "1", "method": "GET", "url": "/me"}] * 21}),
        ("POST /subscriptions", {"resources": "/me/contacts"}),
        ("POST /me/nonsense", {}),
    ],
)
def test_a_wrong_request_is_found(line, sent):
    assert len(judged(line, sent, 204, None)) == 1


@pytest.mark.parametrize(
    ("line", "status", "answered"),
    [
        ("GET /me/contacts/1", 200, {"id": "1", "fax": ""}),
        ("GET /me/contacts", 200, {"value": [{"id": 1}]}),
        ("GET /me/contacts", 200, {"value": [], "nextLink": ""}),
        ("GET /me/contacts/delta", 200, {"value": [{"id": "1", "@removed": {"reason": "moved"}}]}),
        ("GET /me/contacts/1", 404, {"error": {"code": "ErrorItemNotFound"}}),
        ("GET /me/contactFolders/1", 200, {"name": "Contacts"}),
        ("POST /$batch", 200, {"responses": [{"id": "1"}]}),
        ("GET /me", 200, {"id": None}),
    ],
)
def test_a_wrong_answer_is_found(line, status, answered):
    assert len(judged(line, None, status, answered)) == 1


def test_a_wrong_notification_is_found():
    told = {"subscriptionId": "1", "changeType": "moved", "resource": "x"}
    assert len(notification_errors({"value": [told]})) == 2


def test_what_is_right_is_left_alone():
    assert judged("POST /me/contacts", {"givenName": "Ada"}, 201, {"id": "1", "givenName": "Ada"}) == []


def test_expected_bad_requests_must_come():
    with pytest.raises(AssertionError), Judge().expecting_bad_requests():
        pass
