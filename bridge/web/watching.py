"""The banner on every page of an administrator: what somebody should look after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic

from bridge.troubles import Trouble, troubles
from bridge.web.house import House
from storage_plugin.model.book import BookError, Viewer

FRESH = 30.0
"""Seconds for which a look is good enough."""

MOST = 5
"""Troubles of a banner; the page of the status shows all."""


class Watch:
    """Looks for troubles, now and then."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seen: Sequence[Trouble] = ()
        self._at: float | None = None

    def troubles(self, viewer: Viewer | None) -> Sequence[Trouble]:
        """Give what a viewer is told: administrators alone are."""
        if viewer is None or not viewer.is_administrator:
            return ()
        if self._at is None or monotonic() - self._at >= FRESH:
            house = self._house
            try:
                self._seen = troubles(house.database, house.place.folder, house.settings, datetime.now(UTC))
            except BookError:  # the page itself was read: the next one looks again
                return ()
            self._at = monotonic()
        return self._seen[:MOST]
