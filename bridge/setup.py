"""Make an installation, and bring its database up to date."""

from __future__ import annotations

from bridge.place import Place


def prepare(place: Place) -> bool:
    """Make what is missing of the data folder, and migrate the database; tell whether the folder is new."""
    new = place.make()
    file = place.sqlite_file()
    if file is not None and file.parent.is_dir():
        file.touch(mode=0o600)
    migrate(place)
    return new


def migrate(place: Place) -> None:
    """Bring the database up to the schema of this version, or make it."""
    from storage_plugin.database import migrate as migration

    with place.opened() as database:
        migration.migrate(database, place.folder if place.folder.is_dir() else None)
