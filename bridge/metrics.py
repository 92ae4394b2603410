"""How the installation stands, as Prometheus reads it (text format 0.0.4): no contact's data, no secret.

A mirror is named by its user. Times are Unix times in seconds; 0 is never.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from bridge.dav_counts import BOUNDS, Counts
from storage_plugin.database.gauges import Gauges, MirrorGauge
from storage_plugin.database.mirrors import State

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def metrics(gauges: Gauges | None, counts: Mapping[str, Counts], folder: Path, now: datetime) -> bytes:
    """Write all figures; without ``gauges`` those that need no database, which is told to be away."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(gauges, counts, folder, now))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, *found: Any) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        gauges, counts, folder, now = self._found
        yield _one("database_up", "Whether the database answers.", 0 if gauges is None else 1)
        yield _one("data_free_bytes", "Room where the data folder is.", shutil.disk_usage(folder).free)
        yield from _dav(counts)
        if gauges is not None:
            yield _one("touched_rows", "Rows changed with plain SQL that are not yet settled.", gauges.touched)
            yield _one("mirror_writes_under_way", "Writes into folders without an answer.", gauges.under_way)
            yield _one("open_conflicts", "Conflicts that nobody has resolved.", gauges.open_conflicts)
            yield from _mirrors(gauges, now)


def _one(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"contact_bridge_{name}", help_, value=value)


def _dav(counts: Mapping[str, Counts]) -> Iterator[Metric]:
    seconds = HistogramMetricFamily(
        "contact_bridge_dav_seconds", "How long devices waited for an answer.", labels=["method"]
    )
    answers = CounterMetricFamily(
        "contact_bridge_dav_answers", "What devices were answered; 5xx are errors.", labels=["method", "status"]
    )
    bounds = [*map(str, BOUNDS), "+Inf"]
    for method, found in counts.items():
        upto, buckets = 0, []
        for bound, number in zip(bounds, found.classes, strict=True):
            upto += number
            buckets.append((bound, upto))
        seconds.add_metric([method], buckets, found.seconds)
        for status, number in found.statuses.items():
            answers.add_metric([method, status], number)
    yield seconds
    yield answers


def _mirrors(gauges: Gauges, now: datetime) -> Iterator[Metric]:
    def lag(each: MirrorGauge) -> float:
        return max((now - datetime.fromisoformat(each.waiting_since)).total_seconds(), 0) if each.waiting_since else 0

    told: Mapping[str, tuple[str, Callable[[MirrorGauge], float]]] = {
        "last_success_timestamp_seconds": (
            "When a run last ended well.",
            lambda each: datetime.fromisoformat(each.succeeded_at).timestamp() if each.succeeded_at else 0,
        ),
        "lag_seconds": ("Age of the oldest change in the book that no run has dealt with.", lag),
        "waiting_changes": ("Changes in the book since the last whole run.", lambda each: each.waiting_changes),
        "failed_contacts": ("Contacts that could not be mirrored, to be tried again.", lambda each: each.failures),
    }
    for name, (help_, value) in told.items():
        family = GaugeMetricFamily(f"contact_bridge_mirror_{name}", help_, labels=["user", "target"])
        for each in gauges.mirrors:
            family.add_metric([each.user, each.target], value(each))
        yield family
    state = GaugeMetricFamily(
        "contact_bridge_mirror_state", "1 for the state that a mirror is in.", labels=["user", "target", "state"]
    )
    for each in gauges.mirrors:
        for known in State:
            state.add_metric([each.user, each.target, str(known)], each.state is known)
    yield state
