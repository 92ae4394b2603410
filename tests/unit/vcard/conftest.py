"""Hypothesis without a clock: the machine that runs these tests may be busy."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unhurried",
    max_examples=int(os.environ.get("EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")
