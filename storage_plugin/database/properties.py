"""What a user's devices set of the home and the book: name, description, "me" card. It is that user's alone.

No change number is taken: no member changes, and a device reads these with PROPFIND when it likes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError, fromstring

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from storage_plugin.database.engine import Database
from storage_plugin.database.schema import property_, user
from storage_plugin.model.book import MAX_PROPERTIES, Property, Refused, Viewer
from storage_plugin.model.view import folded

_MINE = (
    property_.c.user_id == bindparam("user"),
    property_.c.book_id == bindparam("book"),
    property_.c.resource == bindparam("resource"),
)
_ALL = select(property_.c.name, property_.c.value, property_.c.language).where(*_MINE)
_COUNT = select(func.count()).select_from(property_).where(*_MINE)
_DROP = delete(property_).where(*_MINE, property_.c.name == bindparam("said"))
_IN_BOOK = (
    select(property_, user.c.name.label("user"))
    .join_from(property_, user)
    .where(property_.c.book_id == bindparam("book"))
    .order_by(user.c.name, property_.c.resource, property_.c.name)
)


def properties(database: Database, viewer: Viewer, resource: str) -> Mapping[str, Property]:
    """Read what was set, by name."""
    with database.reading() as connection:
        rows = connection.execute(_ALL, _scope(viewer, resource)).all()
        return {name: Property(value, language) for name, value, language in rows}


def set_properties(
    database: Database, viewer: Viewer, resource: str, changes: Sequence[tuple[str, Property | None]]
) -> None:
    """Set (None: remove) in the given order, all or nothing; raise Refused when it would be too many."""
    scope = _scope(viewer, resource)
    with database.writing() as connection:
        for name, said in changes:
            connection.execute(_DROP, scope | {"said": name})
            if said is not None:
                row = {"user_id": viewer.user_id, "book_id": viewer.book_id, "resource": resource}
                connection.execute(insert(property_), row | {"name": name} | said._asdict())
        if connection.execute(_COUNT, scope).scalar_one() > MAX_PROPERTIES:
            raise Refused("there are too many properties here")


def forget_card(connection: Connection, book_id: int, hrefs: Mapping[int, set[str]], names: set[str]) -> list[str]:
    """Remove what points to an erased card: user → names that it had there and no card has now.

    Give those properties in whose text one of ``names`` (folded) stands: "colour of alice's book".
    """
    mentions = []
    for row in connection.execute(_IN_BOOK, {"book": book_id}):
        value = _read(row.value)
        scope = {"user": row.user_id, "book": book_id, "resource": row.resource}
        if any(_last(text) in hrefs.get(row.user_id, ()) for text in value.itertext()):
            connection.execute(_DROP, scope | {"said": row.name})
        elif any(name in folded(" ".join(_texts(value))) for name in names):
            mentions.append(f"{row.name.rpartition('}')[2]} of {row.user}'s {row.resource}")
    return mentions


def _read(value: str) -> Element:
    """Read the inside of a property."""
    try:
        return fromstring(f"<v>{value}</v>")
    except ParseError:  # written with SQL
        plain = Element("v")
        plain.text = value
        return plain


def _texts(value: Element) -> list[str]:
    return [*value.itertext(), *(text for each in value.iter() for text in each.attrib.values())]


def _last(url: str) -> str:
    """Give the last segment of a URL, decoded."""
    try:
        return unquote(urlsplit(url.strip()).path.rpartition("/")[2])
    except ValueError:  # no URL
        return ""


def _scope(viewer: Viewer, resource: str) -> dict[str, str | int]:
    return {"user": viewer.user_id, "book": viewer.book_id, "resource": resource}
