"""The address book: business contacts in an SQL database, shown to phones as one CardDAV address book.

Radicale loads this package by name (``[storage] type = storage_plugin``, likewise ``auth`` and ``rights``)
and asks it for the classes ``Storage``, ``Auth`` and ``Rights``. They are found lazily, so that importing the
model or the vCard layer never loads Radicale.
"""

from typing import Any

_RADICALE_CLASSES = {
    "Storage": "storage_plugin.dav.storage",
    "Auth": "storage_plugin.dav.auth",
    "Rights": "storage_plugin.dav.rights",
}


def __getattr__(name: str) -> Any:
    """Import the Radicale class ``name`` on first use; raise AttributeError for any other name."""
    from importlib import import_module

    if name not in _RADICALE_CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_RADICALE_CLASSES[name]), name)
