"""When is a subscription to a mailbox renewed?"""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.targets.graph.subscribing import Subscription

GRANTED = datetime(2026, 11, 22, 9, tzinfo=UTC)
HELD = Subscription("1", GRANTED, GRANTED + timedelta(hours=72))


@pytest.mark.parametrize(
    ("hours", "due"),
    [(0, False), (47, False), (49, True), (100, True), (-1, True)],
    ids=["just granted", "before a third is left", "in the last third", "after its end", "granted by a wrong clock"],
)
def test_a_subscription_is_renewed_in_its_last_third_or_when_nobody_knows_its_age(hours, due):
    assert HELD.is_due(GRANTED + timedelta(hours=hours)) == due
