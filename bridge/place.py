"""Where one installation keeps its things: the data folder with settings and SQLite file, and the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.settings import Settings
    from storage_plugin.database.engine import Database


PASSWORD_CREDENTIAL = "contact-bridge.database-password"


class NotThere(Exception):
    """There is no installation to be found; the text says what to do."""


def default_folder() -> Path:
    """Give the data folder of a user who names none (XDG base directories)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "contact-bridge"


def _with_password(url: str, file: Path) -> str:
    """Put the password of a file into a URL that has none."""
    from sqlalchemy import make_url

    from bridge.settings import WrongSettings

    parsed = make_url(url)
    if parsed.password is not None:
        return url
    try:
        password = file.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise WrongSettings(f"The password of the database cannot be read from {file}: {reason}.") from error
    return parsed.set(password=password).render_as_string(hide_password=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder, the URL of a database if that is named apart from it, and the name of a book if one is named."""

    folder: Path
    database: str | None = None
    book: str | None = None

    @property
    def settings_file(self) -> Path:
        """Give the path of the settings, there or not."""
        return self.folder / "contact-bridge.yaml"

    def settings(self) -> Settings:
        """Read the settings, or give the defaults."""
        from bridge import settings

        return settings.read(self.settings_file)

    def database_url(self) -> str:
        """Give the URL of the database: as named, else as set, else of the SQLite file in the folder.

        A password that is kept in a file of its own is put in. Raises WrongSettings.
        """
        url = self.database or self.settings().database or f"sqlite:///{self.folder.resolve() / 'contacts.sqlite'}"
        if url.startswith("postgresql") and (file := self._password_file()) is not None:
            return _with_password(url, file)
        return url

    def _password_file(self) -> Path | None:
        if named := self.settings().database_password_file:
            return self.folder.absolute() / named
        credential = Path(os.environ.get("CREDENTIALS_DIRECTORY", "")) / PASSWORD_CREDENTIAL
        return credential if "CREDENTIALS_DIRECTORY" in os.environ and credential.exists() else None

    def sqlite_file(self) -> Path | None:
        """Give the file of the database, if it is one."""
        kind, _, path = self.database_url().partition(":///")
        return Path(path) if kind == "sqlite" and path else None

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Open the database of an installation that is there; raise NotThere otherwise."""
        if not self.database and not self.settings_file.exists():
            raise NotThere(f"There is no address book in {self.folder}: make one with `contact-bridge init`.")
        from storage_plugin.database.engine import Database

        url = self.database_url()
        try:
            database = Database.open(url)
        except ModuleNotFoundError as error:
            raise NotThere(f"{error.name} is missing: pip install 'contact-bridge[postgresql]'.") from error
        except Exception as error:
            raise NotThere(f"{url.split('://')[0]}://… names no database that can be used: {error}.") from error
        try:
            yield database
        finally:
            database.close()

    def make(self) -> bool:
        """Make folder and settings, readable by their owner alone; tell whether they were not there before."""
        if self.settings_file.exists():
            return False
        from bridge import settings

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(PermissionError):  # a folder that somebody else made for us
            self.folder.chmod(0o700)
        self.settings_file.touch(mode=0o600)
        self.settings_file.write_text(settings.commented(), "utf-8")
        return True
