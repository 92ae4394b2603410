"""What a user's devices set of the home and the book: name, description, "me" card. It is that user's alone.

No change number is taken: no member changes, and a device reads these with PROPFIND when it likes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, delete, func, insert, select

from storage_plugin.database.engine import Database
from storage_plugin.database.schema import property_
from storage_plugin.model.book import MAX_PROPERTIES, Refused, Viewer

_MINE = (
    property_.c.user_id == bindparam("user"),
    property_.c.book_id == bindparam("book"),
    property_.c.resource == bindparam("resource"),
)
_ALL = select(property_.c.name, property_.c.value).where(*_MINE)
_COUNT = select(func.count()).select_from(property_).where(*_MINE)
_DROP = delete(property_).where(*_MINE, property_.c.name == bindparam("said"))


def properties(database: Database, viewer: Viewer, resource: str) -> Mapping[str, str]:
    """Read what was set, by name."""
    with database.reading() as connection:
        rows = connection.execute(_ALL, _scope(viewer, resource)).all()
        return {name: value for name, value in rows}


def set_properties(
    database: Database, viewer: Viewer, resource: str, changes: Sequence[tuple[str, str | None]]
) -> None:
    """Set (None: remove) in the given order, all or nothing; raise Refused when it would be too many."""
    scope = _scope(viewer, resource)
    with database.writing() as connection:
        for name, value in changes:
            connection.execute(_DROP, scope | {"said": name})
            if value is not None:
                row = {"user_id": viewer.user_id, "book_id": viewer.book_id, "resource": resource}
                connection.execute(insert(property_), row | {"name": name, "value": value})
        if connection.execute(_COUNT, scope).scalar_one() > MAX_PROPERTIES:
            raise Refused("there are too many properties here")


def _scope(viewer: Viewer, resource: str) -> dict[str, str | int]:
    return {"user": viewer.user_id, "book": viewer.book_id, "resource": resource}
