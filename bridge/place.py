"""Where one installation keeps its things: the data folder with settings and SQLite file, and the database."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.settings import Settings


class NotThere(Exception):
    """There is no installation in the data folder."""


def default_folder() -> Path:
    """Give the data folder of a user who names none (XDG base directories)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "contact-bridge"


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder, and the URL of a database if that is named apart from it."""

    folder: Path
    database: str | None = None

    @property
    def settings_file(self) -> Path:
        """Give the path of the settings, there or not."""
        return self.folder / "contact-bridge.yaml"

    def settings(self) -> Settings:
        """Read the settings, or give the defaults."""
        from bridge import settings

        return settings.read(self.settings_file)

    def database_url(self) -> str:
        """Give the URL of the database: as named, else as set, else of the SQLite file in the folder."""
        return self.database or self.settings().database or f"sqlite:///{self.folder.resolve() / 'contacts.sqlite'}"

    def make(self) -> bool:
        """Make folder and settings, readable by their owner alone; tell whether they were not there before."""
        if self.settings_file.exists():
            return False
        from bridge import settings

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(PermissionError):
            self.folder.chmod(0o700)
        self.settings_file.touch(mode=0o600)
        self.settings_file.write_text(settings.commented(), "utf-8")
        return True
