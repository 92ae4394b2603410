"""The links of a mirror: which record is which item, and both views as they were when last synchronised.

A view is one line of JSON; ``theirs`` is kept only where it differs from ``ours``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select

from storage_plugin.database.contact_json import contact_from_json, contact_to_json
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.mirror_schema import failure, link
from storage_plugin.model.book import ContactId, Precondition
from storage_plugin.model.mirror import NOTHING, ItemId, Link, Origin, Photos, Rest

_CHUNK = 500
_MIRROR: Any = bindparam("mirror")
_KEYS: Any = bindparam("keys", expanding=True)
_ALL = (
    select(*(column for column in link.c if column.name != "mirror_id"))
    .where(link.c.mirror_id == _MIRROR)
    .order_by(link.c.contact_id)
)
_OF_CONTACTS = _ALL.where(link.c.contact_id.in_(_KEYS))
_OF_ITEMS = _ALL.where(link.c.item_id.in_(_KEYS))
_VERSIONS = select(link.c.item_id, link.c.version).where(link.c.mirror_id == _MIRROR)
_COUNT = select(func.count()).select_from(link).where(link.c.mirror_id == _MIRROR)
_FORGET = delete(link).where(link.c.mirror_id == _MIRROR, link.c.contact_id == bindparam("contact"))
_SUCCEEDED = delete(failure).where(
    failure.c.mirror_id == _MIRROR,
    or_(failure.c.contact_id == bindparam("contact"), failure.c.item_id == bindparam("item")),
)
_INSERT = insert(link)


class Links:
    """The links of one mirror; reading only: they are written with what they tell of (``our_writes``)."""

    def __init__(self, database: Database, mirror_id: int) -> None:
        self._database = database
        self._mirror_id = mirror_id

    @retried
    def all(self) -> list[Link]:
        """Read every link, in the order of the contacts' ids."""
        with self._database.reading() as connection:
            return [link_from(row) for row in connection.execute(_ALL, {"mirror": self._mirror_id})]

    @retried
    def versions(self) -> dict[ItemId, str]:
        """Read which items are linked, with their versions; ten thousand in some hundredths of a second."""
        with self._database.reading() as connection:
            rows = connection.execute(_VERSIONS, {"mirror": self._mirror_id})
            return {item: version for item, version in rows}

    @retried
    def count(self, *, foreign: bool = True) -> int:
        """Count the contacts that are linked, or only those that are not the folder's owner's own."""
        counted = _COUNT if foreign else _COUNT.where(link.c.origin != Origin.FOREIGN.value)
        with self._database.reading() as connection:
            return int(connection.execute(counted, {"mirror": self._mirror_id}).scalar_one())

    def of_contacts(self, ids: Iterable[ContactId]) -> list[Link]:
        """Read the links of these records."""
        return self._of(_OF_CONTACTS, ids)

    def of_items(self, ids: Iterable[ItemId]) -> list[Link]:
        """Read the links of these items."""
        return self._of(_OF_ITEMS, ids)

    @retried
    def _of(self, statement: Any, ids: Iterable[Any]) -> list[Link]:
        wanted, found = sorted(set(ids)), []
        with self._database.reading() as connection:
            for at in range(0, len(wanted), _CHUNK):
                slice_ = {"mirror": self._mirror_id, "keys": wanted[at : at + _CHUNK]}
                found += [link_from(row) for row in connection.execute(statement, slice_)]
        return found


def write_links(connection: Connection, mirror_id: int, links: Sequence[Link]) -> None:
    """Write links, in place of those that the same records had; a record or item that is linked has not failed.

    Raises Precondition when an item is linked to another record: that link must be removed first.
    """
    if not links:
        return
    owners: dict[ItemId, ContactId] = {}
    for each in links:
        if owners.setdefault(each.item, each.contact) != each.contact:
            raise Precondition(f"an item cannot be both record {owners[each.item]} and record {each.contact}")
    for row in connection.execute(_OF_ITEMS, {"mirror": mirror_id, "keys": list(owners)}):
        if row.contact_id != owners[row.item_id] and row.contact_id not in owners.values():
            raise Precondition(f"the item of record {owners[row.item_id]} is that of record {row.contact_id} already")
    keys = [{"mirror": mirror_id, "contact": each.contact, "item": each.item} for each in links]
    connection.execute(_FORGET, [{"mirror": key["mirror"], "contact": key["contact"]} for key in keys])
    connection.execute(_INSERT, [{"mirror_id": mirror_id} | link_columns(each) for each in links])
    connection.execute(_SUCCEEDED, keys)


def remove_links(connection: Connection, mirror_id: int, contacts: Sequence[ContactId]) -> None:
    """Remove the links of these records, if there are any; one that has left has not failed."""
    if contacts:
        keys = [{"mirror": mirror_id, "contact": key} for key in contacts]
        connection.execute(_FORGET, keys)
        connection.execute(_SUCCEEDED, [key | {"item": None} for key in keys])


def link_columns(each: Link) -> dict[str, Any]:
    """Give a link as its row keeps it, in the order of the columns."""
    return {
        "contact_id": each.contact,
        "item_id": each.item,
        "version": each.version,
        "origin": each.origin.value,
        "ours": contact_to_json(each.ours),
        "theirs": None if each.theirs == each.ours else contact_to_json(each.theirs),
        "photo_ours": each.photos.ours or None,
        "photo_theirs": each.photos.theirs or None,
        "kept": None if each.kept == NOTHING else contact_to_json(each.kept),
        "before": None if each.before is None else contact_to_json(each.before),
        "flagged": each.flagged,
        "rest": None if each.rest is None else _RESTS[each.rest],
    }


def link_from(row: Any) -> Link:
    """Read a link from the values of its columns, in their order."""
    contact, item, version, origin, ours, theirs, photo_ours, photo_theirs, kept, before, flagged, rest = row
    view = contact_from_json(ours)
    return Link(
        contact,
        item,
        version,
        _ORIGINS[origin],
        view,
        view if theirs is None else contact_from_json(theirs),
        Photos(photo_ours or "", photo_theirs or "") if photo_ours or photo_theirs else _NO_PHOTOS,
        contact_from_json(kept),
        None if before is None else contact_from_json(before),
        bool(flagged),
        None if rest is None else _BY_WORDS[rest],
    )


_ORIGINS = {origin.value: origin for origin in Origin}
_RESTS = {
    Rest(wanted, present): f"{'wanted' if wanted else 'not wanted'}, {'present' if present else 'not present'}"
    for wanted in (True, False)
    for present in (True, False)
}
_BY_WORDS = {words: rest for rest, words in _RESTS.items()}
_NO_PHOTOS = Photos()
