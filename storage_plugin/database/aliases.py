"""Names that change: no two records ever go by one name in a user's book, whatever becomes visible later.

A record goes by ``card.href``, which is unique per book, or by its ``alias`` in the book of one user. A device that
takes the name of a row it cannot see gets it: in this user's book the other one goes by a new name from now on. MOVE
renames in the mover's book only. Every name that a record loses is kept as a ``tombstone``, so that devices which
knew it are told (see ``history``). New names are random: they say nothing about the record or how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    select,
    union_all,
    update,
)

from storage_plugin.database.raw_writes import tuples_of, value_of
from storage_plugin.database.schema import alias, card, group_card, tombstone, user
from storage_plugin.database.writing import next_number, now
from storage_plugin.model.book import ChangeNumber, Origin, Viewer

_BOOK: BindParameter[Any] = bindparam("book")
_HREF: BindParameter[Any] = bindparam("href")
_HOLDERS = union_all(
    select(literal("card").label("kind"), literal(0).label("user_id"), card.c.contact_id).where(
        card.c.book_id == _BOOK, card.c.href == _HREF
    ),
    select(literal("alias"), alias.c.user_id, alias.c.contact_id).where(
        alias.c.book_id == _BOOK, alias.c.href == _HREF
    ),
    select(literal("group"), group_card.c.owner_id, group_card.c.id).where(
        group_card.c.book_id == _BOOK, group_card.c.href == _HREF, ~group_card.c.deleted
    ),
)
_HREFS: BindParameter[Any] = bindparam("hrefs", expanding=True)
_TAKEN = union_all(
    *(select(table.c.href).where(table.c.book_id == _BOOK, table.c.href.in_(_HREFS)) for table in (card, alias)),
    select(group_card.c.href).where(
        group_card.c.book_id == _BOOK, group_card.c.href.in_(_HREFS), ~group_card.c.deleted
    ),
)
_LOST = (
    select(tombstone.c.number, tombstone.c.href)
    .where(tombstone.c.user_id == bindparam("of_user"), tombstone.c.contact_id == bindparam("of_contact"))
    .order_by(tombstone.c.number, tombstone.c.id)
)
_CHUNK = 500
_OF = (alias.c.user_id == bindparam("of_user"), alias.c.contact_id == bindparam("of_contact"))
_ALIAS = select(alias.c.href).where(*_OF)
_RENAME = update(alias).where(*_OF).values(href=bindparam("new_href"))
_COLUMNS = ["book_id", "user_id", "contact_id", "number", "href"]
_HOUSE = Origin("naming")
_UNALIASED = ~exists().where(alias.c.user_id == user.c.id, alias.c.contact_id == bindparam("contact"))


def new_name() -> str:
    """Make a name that nobody can have, and nobody can guess."""
    return f"{uuid4()}.vcf"


def taken_names(connection: Connection, book_id: int, hrefs: Sequence[str]) -> set[str]:
    """Say which of these names anybody has: a card born elsewhere than on a device must go by another."""
    taken = set[str]()
    for at in range(0, len(hrefs), _CHUNK):
        taken |= set(connection.execute(_TAKEN, {"book": book_id, "hrefs": hrefs[at : at + _CHUNK]}).scalars())
    return taken


def take(connection: Connection, viewer: Viewer, contact_id: int, href: str) -> str:
    """Let a new record go by ``href`` in the viewer's book; give its ``card.href``."""
    holders = _holders(connection, viewer.book_id, href, contact_id)
    _make_way(connection, viewer, href, holders)
    if any(kind == "card" for kind, _, _ in holders):
        _call(connection, viewer.book_id, viewer.user_id, contact_id, href)
        return new_name()
    for user_id in {user_id for _, user_id, _ in holders} - {viewer.user_id}:
        _call(connection, viewer.book_id, user_id, contact_id, new_name())
    return href


def make_way(connection: Connection, viewer: Viewer, href: str) -> None:
    """Free ``href`` in the viewer's book of records that the viewer cannot see."""
    _make_way(connection, viewer, href, _holders(connection, viewer.book_id, href))


def rename(connection: Connection, viewer: Viewer, contact_id: int, old: str, new: str, number: ChangeNumber) -> None:
    """Let a record go by another name in the viewer's book."""
    _make_way(connection, viewer, new, _holders(connection, viewer.book_id, new, contact_id))
    _lose(connection, viewer.book_id, viewer.user_id, contact_id, old, number)
    _call(connection, viewer.book_id, viewer.user_id, contact_id, new)


def come_back(connection: Connection, trashed: Any, number: ChangeNumber) -> str:
    """Find the ``card.href`` of a record that leaves the trash: its old one, if that is still free."""
    key, book_id = trashed["contact_id"], trashed["book_id"]
    old: str = trashed["href"]
    holders = _holders(connection, book_id, old, key)
    if any(kind == "card" for kind, _, _ in holders):
        _lose_shared_name(connection, trashed, number)
        return new_name()
    for user_id in {user_id for _, user_id, _ in holders}:
        if alias_of(connection, user_id, key) is None:
            _lose(connection, book_id, user_id, key, old, number)
            _call(connection, book_id, user_id, key, new_name())
    return old


def come_back_as(connection: Connection, viewer: Viewer, trashed: Any, href: str, number: ChangeNumber) -> str:
    """Do the same for a record that a device brings back as ``href``."""
    key = trashed["contact_id"]
    known = alias_of(connection, viewer.user_id, key) or trashed["href"]
    if known != href:
        rename(connection, viewer, key, known, href, number)
    else:
        _make_way(connection, viewer, href, _holders(connection, viewer.book_id, href, key))
    name = come_back(connection, trashed, number)
    if name != href and known == href:
        _call(connection, viewer.book_id, viewer.user_id, key, href)
    return name


def lose_names(connection: Connection, row: Any, number: ChangeNumber) -> None:
    """Let a record go by another ``card.href`` in everybody's book, for which it is new from now on."""
    _lose_shared_name(connection, row, number)
    key, book_id = row["contact_id"], row["book_id"]
    own = select(literal(book_id), alias.c.user_id, literal(key), literal(number), alias.c.href)
    connection.execute(insert(tombstone).from_select(_COLUMNS, own.where(alias.c.contact_id == key)))
    connection.execute(delete(alias).where(alias.c.contact_id == key))


def alias_of(connection: Connection, user_id: int, contact_id: int) -> str | None:
    """Give the name that a record has of its own in a user's book."""
    name: str | None = value_of(connection, _ALIAS, {"of_user": user_id, "of_contact": contact_id})
    return name


def _lose_shared_name(connection: Connection, row: Any, number: ChangeNumber) -> None:
    lost = (literal(row["book_id"]), user.c.id, literal(row["contact_id"]), literal(number), literal(row["href"]))
    everybody = select(*lost).where(_UNALIASED)
    connection.execute(insert(tombstone).from_select(_COLUMNS, everybody), {"contact": row["contact_id"]})


def names_of(connection: Connection, user_id: int, contact_id: int, href: str) -> list[tuple[str, int, int | None]]:
    """Name what a record has been called in a user's book: (name, from number, until number or None)."""
    lost = connection.execute(_LOST, {"of_user": user_id, "of_contact": contact_id}).all()
    begins = [0, *(row.number for row in lost)]
    now = (alias_of(connection, user_id, contact_id) or href, begins[-1], None)
    return [(row.href, begin, row.number) for row, begin in zip(lost, begins, strict=False)] + [now]


def _holders(connection: Connection, book_id: int, href: str, but: int | None = None) -> list[tuple[str, int, int]]:
    """Name who goes by ``href``, in anybody's book: ("card", 0, id), ("alias" or "group", user, id)."""
    rows = tuples_of(connection, _HOLDERS, {"book": book_id, "href": href})
    return [(kind, user_id, key) for kind, user_id, key in rows if kind == "group" or key != but]


def _make_way(connection: Connection, viewer: Viewer, href: str, holders: list[tuple[str, int, int]]) -> None:
    """Rename the holder of ``href`` by a change of its own: the device, whose change it would be, does not know."""
    for kind, user_id, key in holders:
        is_card = kind == "card" and alias_of(connection, viewer.user_id, key) is None
        if is_card or (kind == "alias" and user_id == viewer.user_id):
            number = next_number(connection, viewer.book_id, _HOUSE, now())
            _lose(connection, viewer.book_id, viewer.user_id, key, href, number)
            _call(connection, viewer.book_id, viewer.user_id, key, new_name())


def _call(connection: Connection, book_id: int, user_id: int, contact_id: int, href: str) -> None:
    who = {"of_user": user_id, "of_contact": contact_id}
    if connection.execute(_RENAME, who | {"new_href": href}).rowcount == 0:
        row = {"book_id": book_id, "user_id": user_id, "contact_id": contact_id, "href": href}
        connection.execute(insert(alias), row)


def _lose(
    connection: Connection, book_id: int, user_id: int, contact_id: int, href: str, number: ChangeNumber
) -> None:
    row = {"book_id": book_id, "user_id": user_id, "contact_id": contact_id, "number": number, "href": href}
    connection.execute(insert(tombstone), row)
