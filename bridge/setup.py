"""Make an installation, and bring its database up to date."""

from __future__ import annotations

from bridge.place import Place


def prepare(place: Place) -> bool:
    """Make what is missing of the data folder; tell whether the installation is new."""
    return place.make()
