"""What every page may use: the installation, its database, and where phones find it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.import_jobs import Jobs
from bridge.mirroring.setting_up import Office
from bridge.mirroring.work import Background
from bridge.place import Place
from bridge.settings import Settings
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.vault import Vault


@dataclass(frozen=True, slots=True)
class House:
    """One installation, open."""

    place: Place
    settings: Settings
    database: Database
    vault: Vault
    background: Background = field(default_factory=Background)
    imports: Jobs = field(default_factory=Jobs)

    @property
    def office(self) -> Office:
        """Open the mirrors, for one piece of work."""
        return Office(self.database, self.vault)

    def contacts(self, book_id: int) -> SqlContacts:
        """Open a book."""
        return SqlContacts(self.database, book_id)
