"""A row of Outlook's CSV ⇄ a contact; the columns and their names are in ``bridge.files``.

A row keeps every cell that is not changed, in whichever language its column is named. The id of a row is its UID
cell, else made of its content until it is marked; a row that was copied gets the number of the copy behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from bridge.files.outlook_columns import ADDRESS_PARTS, EMAILS, OTHER, PHONES, PLACES, SINGLE, URLS
from bridge.files.outlook_csv import contact_from_outlook, is_understood
from bridge.files.outlook_rows import outlook_from_contact
from bridge.files.table import Row, key
from bridge.targets.base import Create, Update
from bridge.targets.edits import flagged, unflagged
from bridge.targets.file.table import Table
from bridge.targets.shape import Room, Shape
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp

STAMP = "Contact Bridge ID"

SHAPE = Shape(
    fields=frozenset(SINGLE) | {"birthday", "anniversary"},
    lists={
        "emails": Room({"*": None}, frozenset({"address"})),
        "phones": Room(
            {kind: sum(each == kind for each, _ in PHONES) for kind, _ in PHONES if kind} | {"other": None},
            frozenset({"number", "kind"}),
            {"": "other", "video": "other"},
        ),
        "addresses": Room(
            {kind: 1 for kind, _, _ in PLACES},
            frozenset({"po_box", "street", "city", "region", "postal_code", "country", "kind"}),
            {"": "other"},
        ),
        "urls": Room({"work": 1, "home": 1}, frozenset({"address", "kind"}), {"": "work", "other": "work"}),
        "messengers": Room({"*": 1}, frozenset({"handle"})),
        "categories": Room({"*": None}, without=";"),
    },
    photo=False,
)
"""What Outlook's columns hold; labels, further kinds and pictures stay in the database."""


def _columns() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give each column's English name with all its names, by ``key``."""
    for titles in (*SINGLE.values(), *OTHER.values(), *EMAILS, *(each for _, each in (*PHONES, *URLS))):
        yield titles[0], tuple(map(key, titles))
    for _, en, de in PLACES:
        for titles in ADDRESS_PARTS.values():
            named = [title.format(en=en, de=de) for title in titles]
            yield named[0], tuple(map(key, named))


_NAMES = dict(_columns())
_LISTS = {
    "emails": {each for titles in EMAILS for each in map(key, titles)},
    "phones": {each for _, titles in PHONES for each in map(key, titles)},
    "addresses": {
        each
        for _, en, de in PLACES
        for titles in ADDRESS_PARTS.values()
        for each in (key(title.format(en=en, de=de)) for title in titles)
    },
    "urls": {each for _, titles in URLS for each in map(key, titles)},
}
"""The columns of a list, which are written anew together."""
_MORE = {"emails": "email", "phones": "otherphone"}


def ids_of(table: Table) -> list[ItemId]:
    """Give the ids of all rows, in their order."""
    seen: dict[str, int] = {}
    ids = []
    for at in range(len(table.rows)):
        cells = table.cells(at)
        id = cells.get(key(OTHER["uid"][0])) or f"row-{version_of(table, at)[:24]}"
        seen[id] = seen.get(id, 0) + 1
        ids.append(ItemId(id if seen[id] == 1 else f"{id}#{seen[id]}"))
    return ids


def version_of(table: Table, at: int) -> str:
    """Give the version of a row: a hash of its cells, whatever their order."""
    return sha256(repr(sorted(table.cells(at).items())).encode("utf-8", "replace")).hexdigest()


def item_of(table: Table, at: int, id: ItemId, flag: Flag | None) -> Item:
    """Read a row as an item; cells of columns that Contact has no field for are not in the view."""
    cells = table.cells(at)
    stamp = cells.get(key(STAMP), "")
    known = {name: value for name, value in cells.items() if is_understood(name)}
    found = contact_from_outlook(Row(at, known, {key(title): title for title in table.titles}))
    contact = SHAPE.view(found.contact).view
    view = unflagged(contact, flag)
    return Item(
        id, version_of(table, at), view, Stamp.read(stamp), found.customer_number, flagged=view is not contact
    )


def add_row(table: Table, create: Create, uid: str, flag: Flag | None) -> int:
    """Write a row at the end; give its number."""
    table.rows.append([""] * len(table.titles))
    at = len(table.rows) - 1
    _write(table, at, Contact(), _with_flag(create.view, flag, is_flagged=create.flagged))
    _mark(table, at, uid, create.stamp, create.customer_number)
    return at


def change_row(table: Table, at: int, id: ItemId, update: Update, flag: Flag | None) -> None:
    """Write into a row what differs; one that had no UID is given its id for one, so that it keeps it."""
    held = item_of(table, at, id, flag)
    known = _with_flag(update.known, flag, is_flagged=held.flagged)
    _write(table, at, known, _with_flag(update.view, flag, is_flagged=update.flagged))
    uid = table.cells(at).get(key(OTHER["uid"][0])) or id
    _mark(table, at, uid, update.stamp, update.customer_number if update.stamp else "")


def _write(table: Table, at: int, known: Contact, view: Contact) -> None:
    old, new = outlook_from_contact(known), outlook_from_contact(view)
    changed = {title for title in old | new if old.get(title, "") != new.get(title, "")}
    for name, keys in _LISTS.items():
        if getattr(known, name) == getattr(view, name):
            continue
        more = _MORE.get(name)
        columns = [key(title) for title in table.titles]
        numbered = [each for each in columns if more and each.startswith(more) and is_understood(each)]
        table.clear(at, [*keys, *numbered])
        changed |= {title for title in new if key(title) in keys or (more and key(title).startswith(more))}
    for title in sorted(changed, key=_order):
        table.write(at, title, new.get(title, ""), _NAMES.get(title, (key(title),)))


def _mark(table: Table, at: int, uid: str, stamp: Stamp | None, number: str) -> None:
    for title, value in ((OTHER["uid"][0], uid), (OTHER["customer_number"][0], number), (STAMP, str(stamp or ""))):
        table.write(at, title, value, _NAMES.get(title, (key(title),)))


def _with_flag(contact: Contact, flag: Flag | None, *, is_flagged: bool) -> Contact:
    return flagged(contact, flag) if is_flagged else unflagged(contact, flag)


def _order(title: str) -> tuple[int, str]:
    titles: Sequence[str] = list(_NAMES)
    return (titles.index(title), "") if title in _NAMES else (len(titles), title)
