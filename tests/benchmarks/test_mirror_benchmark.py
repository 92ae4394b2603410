"""The benchmark of the mirror works: a small run does everything that it says; and its parts."""

import pytest

from tests.benchmarks.mailbox import Limits
from tests.benchmarks.mirror import run
from tests.benchmarks.mirror_table import rate, table


@pytest.mark.slow
def test_a_small_run_does_what_it_measures():
    result = run(40, Limits(200, 0.5, 0), 10, 4, 2, print)
    assert {phase.name: phase.runs[0].counts for phase in result.phases} == {
        "first mirror": {"create": 40},
        "its echo": {},
        "idle": {},
        "changes": {"update": 16},
    }
    assert {run.outcome for phase in result.phases for run in phase.runs} == {"done"}
    assert result.conflicts == 4
    assert len(result.phase("idle").requests) == len(result.phase("idle").runs)
    assert [phase.refused for phase in result.phases] == [0] * 4
    assert len(result.phone) == 2
    assert "| idle run, 40 linked | 1 | 0 |" in table([result])


def test_the_rate_is_that_of_whole_windows():
    limits = Limits(100, 10, 0)
    assert rate([0.1 * number for number in range(250)], limits) == 1.0
    assert rate([0.2 * number for number in range(125)], limits) == 0.5
    assert rate([0.05 * number for number in range(100)], limits) is None
