"""Which database, and Radicale's configuration with what this server needs to be so."""

from __future__ import annotations

import os
from functools import lru_cache

from radicale import config
from radicale.config import Configuration

from storage_plugin.database.engine import Database
from storage_plugin.dav.http import MAX_RESOURCE_SIZE

DATABASE_VARIABLE = "CONTACT_BRIDGE_DATABASE"

_OURS = {
    "auth": {"delay": "0"},
    "rights": {"type": "storage_plugin", "permit_delete_collection": "False", "permit_overwrite_collection": "False"},
    "storage": {"type": "storage_plugin"},
    "server": {
        "delay_on_error": "0",
        "validate_path_value": "none",
        "validate_user_value": "none",
        "max_resource_size": str(MAX_RESOURCE_SIZE),
    },
    "web": {"type": "none"},
    "hook": {"type": "none"},
}
"""A refusal must not hold a worker, hrefs are no file names, and the book cannot be deleted or replaced."""


def database_of(configuration: Configuration) -> Database:
    """Open the database of ``[storage] database``, or of the environment; once per process and URL."""
    try:
        url = str(configuration.get("storage", "database") or "")
    except KeyError:
        url = ""
    url = url or os.environ.get(DATABASE_VARIABLE, "")
    if not url:
        raise RuntimeError(f"say which database: set {DATABASE_VARIABLE}, or [storage] database in Radicale's file")
    return _database(url)


def configuration(paths: str | None = None, database: str = "") -> Configuration:
    """Read Radicale's own files (``paths`` as in RADICALE_CONFIG) and put over them what must be so.

    ``[auth] type`` may be any of Radicale's; without one, users log in with the app passwords of their devices.
    """
    found = config.load(config.parse_compound_paths(paths) if paths else None)
    ours = dict(_OURS)
    if found.get("auth", "type") == "denyall":
        ours["auth"] = ours["auth"] | {"type": "storage_plugin"}
    if database:
        ours["storage"] = ours["storage"] | {"database": database}
    found.update(ours, "contact bridge")
    return found


@lru_cache(maxsize=8)
def _database(url: str) -> Database:
    return Database.open(url)
