"""What the administrator must hear of: a mirror that fails for a day, a device gone silent, a disk that fills."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from bridge.settings import Settings
from storage_plugin.database.engine import Database
from storage_plugin.database.worries import failing_mirrors, silent_devices
from storage_plugin.model.marking import N_

MEGABYTE = 1024 * 1024
FAILS_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble; ``since`` is UTC in ISO 8601, ``free`` is what the disk has left, in megabytes."""

    kind: Literal["mirror", "device", "disk"]
    user: str = ""
    device: str = ""
    since: str = ""
    free: int = 0

    @property
    def key(self) -> str:
        """Name it, the same as long as it lasts."""
        return "/".join((self.kind, self.user, self.device))

    @property
    def sentence(self) -> str:
        """Say it in English and in one line, for the e-mail, which translates it."""
        return " ".join(self._said().split())

    def _said(self) -> str:
        match self.kind:
            case "mirror":
                return N_(f"The mirror of {self.user} has failed since {self.since}.")
            case "device":
                return N_(f"{self.device} of {self.user} has not asked for contacts since {self.since}.")
            case _:
                return N_(f"The disk with the data has {self.free} MB left.")


def troubles(database: Database, folder: Path, settings: Settings, now: datetime) -> Sequence[Trouble]:
    """Look for troubles: three quick look-ups."""
    found = [Trouble("mirror", each.user, since=each.since) for each in failing_mirrors(database, now - FAILS_FOR)]
    if settings.silent_days:
        silent = silent_devices(database, now - timedelta(days=settings.silent_days))
        found += [Trouble("device", each.user, each.device, each.used_at) for each in silent]
    free = shutil.disk_usage(folder).free // MEGABYTE
    return [*found, Trouble("disk", free=free)] if free < settings.free_megabytes else found
