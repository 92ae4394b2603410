"""Keeping below a limit of requests: never one too many, never slower than permitted."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bridge.targets.pacing import Pace


class Clock:
    """A clock that moves only while somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


def sent_at(counts, limit, window):
    clock = Clock()
    pace = Pace(clock, clock.sleep, limit=limit, window=window)

    async def send():
        times = []
        for count in counts:
            await pace.take(count)
            times += [clock.now] * count
            clock.now += 0.25
        return times

    return asyncio.run(send())


@given(st.lists(st.integers(1, 5), max_size=40), st.integers(5, 9))
def test_no_window_ever_holds_more_than_the_limit(counts, limit):
    times = sent_at(counts, limit, 8.0)
    for first in times:
        assert sum(first <= each < first + 8.0 for each in times) <= limit


def test_the_permitted_rate_is_reached():
    times = sent_at([1] * 100, 10, 8.0)
    assert times[-1] <= 9 * 8.0 + 10 * 0.25


def test_who_comes_late_does_not_wait():
    assert sent_at([3, 3], 6, 8.0) == [0.0, 0.0, 0.0, 0.25, 0.25, 0.25]
