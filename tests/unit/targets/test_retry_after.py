"""The time that a service asks for: as it is named, whatever is written there."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bridge.targets.base import LONGEST_WAIT, Throttled, Unreachable
from bridge.targets.pacing import seconds_named


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("17", 17.0),
        (" 0 ", 0.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("Fri, 31 Dec 1999 23:59:59", 0.0),
    ],
)
def test_seconds_are_read(text, seconds):
    assert seconds_named(text) == seconds


def test_a_date_is_as_many_seconds_as_are_left():
    named = seconds_named(format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True))
    assert named is not None and 7_000 < named <= 7_200


@pytest.mark.parametrize("kind", [Unreachable, Throttled])
def test_a_service_that_names_years_is_asked_again_after_a_day(kind):
    assert kind("It is away.", 1e12).retry_after == LONGEST_WAIT
