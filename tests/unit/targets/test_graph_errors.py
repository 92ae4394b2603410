"""What Graph's refusals mean to the mirror: each answer that is no success has one error, and its time to wait."""

import pytest

from bridge.targets.base import (
    Changed,
    CursorExpired,
    Forbidden,
    Full,
    Gone,
    Rejected,
    SignInNeeded,
    Throttled,
    Unreachable,
)
from bridge.targets.graph_answers import Response, error_of


def answer(status, code="", **headers):
    said = {"error": {"code": code, "message": "In Graph's words."}}
    return Response(status, said, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer(401), SignInNeeded),
        (answer(403, "ErrorAccessDenied"), Forbidden),
        (answer(403, "ErrorQuotaExceeded"), Full),
        (answer(404, "ErrorItemNotFound"), Gone),
        (answer(409, "nameAlreadyExists"), Changed),
        (answer(412, "ErrorIrresolvableConflict"), Changed),
        (answer(410, "gone"), CursorExpired),
        (answer(429), Throttled),
        (answer(503, Retry_After="7"), Throttled),
        (answer(507, "insufficientStorage"), Full),
        (answer(400, "SyncStateNotFound"), CursorExpired),
        (answer(400, "resyncRequired"), CursorExpired),
        (answer(400, "ErrorQuotaExceeded"), Full),
        (answer(400, "ErrorInvalidIdMalformed"), Gone),
        (answer(500, "ErrorItemNotFound"), Gone),
        (answer(400, "ErrorPropertyValidationFailure"), Rejected),
        (answer(500), Unreachable),
        (Response(502, b"<html>", {}), Unreachable),
        (Response(400, None, {}), Rejected),
    ],
    ids=lambda value: f"{value.status} {value.code}" if isinstance(value, Response) else "",
)
def test_an_answer_that_is_no_success_says_what_can_be_done(response, kind):
    assert type(error_of(response)) is kind


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (answer(429, Retry_After="42"), 42),
        (answer(429, retry_after=" 42 "), 42),
        (answer(429), 10),
        (answer(429, Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"), 10),
        (answer(503, Retry_After="7"), 7),
        (answer(503), 10),
        (answer(500, Retry_After="9"), 9),
    ],
)
def test_the_time_that_is_named_is_waited(response, seconds):
    assert error_of(response).retry_after == seconds


def test_the_words_are_graphs_own_or_the_status():
    assert str(error_of(answer(400))) == "In Graph's words."
    assert str(error_of(Response(423, None, {}))) == "It answers HTTP 423 Locked."
    assert str(error_of(Response(400, "nonsense", {}))).startswith("Something else answers")
