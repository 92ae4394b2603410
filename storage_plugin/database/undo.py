"""Undo what a device did since a time (a lost phone, a child, a client that went mad), as new changes.

What it created goes to the deleted items, what it deleted comes back, what it edited says again what it said before;
what others have done since stays: it is merged onto the former text, field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from storage_plugin.database import business
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold, hold_deleted
from storage_plugin.database.schema import card, change, group_card, trash, version
from storage_plugin.database.timeline import State, Timeline, timeline
from storage_plugin.model.book import ContactId, NotFound, Origin
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from storage_plugin.vcard.merge import merged

_BY_DEVICE = and_(
    change.c.book_id == bindparam("book"),
    change.c.device_id == bindparam("device"),
    change.c.at >= bindparam("since"),
)


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one record; ``reason`` says why it was left as it is."""

    id: ContactId
    name: str
    what: Literal["deleted", "restored", "reverted", "left"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was undone, record by record, and the lists of contacts (group cards) that could not be."""

    records: tuple[Undone, ...] = field(default=())
    groups_left: tuple[str, ...] = ()


def undo(database: Database, book_id: int, device_id: int, since: datetime, by: Origin) -> UndoReport:
    """Undo every change that the device made in the book since ``since`` (aware); one transaction per record."""
    drain(database)
    stamp = since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ids, groups = _concerned(database, book_id, device_id, stamp)
    done = [_undo(database, book_id, contact_id, device_id, stamp, by) for contact_id in ids]
    return UndoReport(tuple(each for each in done if each is not None), groups)


@retried
def _concerned(
    database: Database, book_id: int, device_id: int, since: str
) -> tuple[Sequence[ContactId], tuple[str, ...]]:
    """Name the records that the device has touched, and its group cards, of which no former text is kept."""
    wanted = {"book": book_id, "device": device_id, "since": since}
    numbers = select(change.c.number).where(_BY_DEVICE)
    touching = [
        select(card.c.contact_id).where(card.c.book_id == book_id, card.c.since_number.in_(numbers)),
        select(trash.c.contact_id).where(
            trash.c.book_id == book_id, or_(trash.c.number.in_(numbers), trash.c.since_number.in_(numbers))
        ),
        select(version.c.contact_id).where(
            version.c.book_id == book_id,
            or_(version.c.from_number.in_(numbers), version.c.until_number.in_(numbers)),
        ),
    ]
    with database.reading() as connection:
        ids = {key for statement in touching for key in connection.execute(statement, wanted).scalars()}
        said = exists().where(_BY_DEVICE, change.c.number == group_card.c.number)
        names = select(group_card.c.name).where(group_card.c.book_id == book_id, said).order_by(group_card.c.id)
        groups = tuple(connection.execute(names, wanted).scalars())
    return sorted(ids), groups


@retried
def _undo(
    database: Database, book_id: int, contact_id: ContactId, device_id: int, since: str, by: Origin
) -> Undone | None:
    with database.writing() as connection:
        old = held_anywhere(connection, book_id, contact_id)
        life = timeline(connection, book_id, contact_id)
        wanted = without(life, lambda number: _is_by(life, number, device_id, since))
        name = display_name(contact_from_vcard(old["text"]))
        if isinstance(wanted, str):
            return Undone(contact_id, name, "left", wanted)
        what = None if wanted is None else become(connection, old, life, wanted, by)
        return None if what is None else Undone(contact_id, name, what)


def become(
    connection: Connection, old: dict[str, Any], life: Timeline, wanted: Wanted, by: Origin
) -> Literal["deleted", "restored", "reverted"] | None:
    """Make a held record what it should be; tell what that meant, None where it is so already."""
    book_id, contact_id = old["book_id"], ContactId(old["contact_id"])
    if not wanted.is_alive:
        if not life.is_alive:
            return None
        business.discard(connection, book_id, contact_id, by)
        return "deleted"
    slim = business.with_uid(wanted.text, business.uid_of(old["text"]))
    if not life.is_alive:
        business.restore(connection, book_id, contact_id, by, (slim, wanted.vcard_version))
        return "restored"
    is_new = business.set_text(connection, old, slim, by, record=old["record"], version=wanted.vcard_version)
    return "reverted" if is_new else None


def held_anywhere(connection: Connection, book_id: int, contact_id: ContactId) -> dict[str, Any]:
    """Lock a record where it is now, in the book or in the deleted items."""
    try:
        return hold(connection, book_id, contact_id)
    except NotFound:
        return hold_deleted(connection, book_id, contact_id)


# --- the decision: pure -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record should be without what is undone."""

    is_alive: bool
    text: str
    vcard_version: str


def without(life: Timeline, is_undone: Callable[[int], bool]) -> Wanted | str | None:
    """Say what a record should be without the changes of some numbers; a text says why that is not known.

    None: none of its changes is one of these.
    """
    steps = _steps(life)
    theirs = [is_undone(step.number) for step in steps]
    if not any(theirs):
        return None
    first = theirs.index(True)
    if first == 0 and steps[0].before is None:
        if not all(theirs[at] or steps[at].kind == "deleted" for at in range(len(steps))):
            return "others have worked on it since"
        return Wanted(False, life.states[-1].text, life.states[-1].vcard_version)
    start = steps[first].before or life.states[0]
    is_alive, result = steps[first].kind != "restored", start
    for step, is_theirs in zip(steps[first:], theirs[first:], strict=True):
        if is_theirs:
            continue
        is_alive = step.kind != "deleted"
        if step.before is not None and step.after is not None:
            result = _carried(step.before, result, step.after)
    return Wanted(is_alive, result.text, result.vcard_version)


@dataclass(frozen=True, slots=True)
class _Step:
    kind: Literal["created", "changed", "deleted", "restored"]
    number: int
    before: State | None
    after: State | None


def _steps(life: Timeline) -> list[_Step]:
    steps: list[_Step] = []
    before: State | None = None
    for state in life.states:
        if before is None:
            steps.append(_Step("created", state.from_number, None, state))
        elif before.until_number == state.from_number:
            steps.append(_Step("changed", state.from_number, before, state))
        else:
            steps.append(_Step("deleted", before.until_number or 0, before, None))
            steps.append(_Step("restored", state.from_number, before, state))
        before = state
    if before is not None and before.until_number is not None:
        steps.append(_Step("deleted", before.until_number, before, None))
    return steps


def _is_by(life: Timeline, number: int, device_id: int, since: str) -> bool:
    author = life.author(number)
    return author.device_id == device_id and author.at >= since


def _carried(before: State, onto: State, after: State) -> State:
    """Make the edit that led from ``before`` to ``after`` to ``onto``; where both differ, it wins."""
    if before.vcard_version == onto.vcard_version == after.vcard_version:
        return replace(after, text=merged(before.text, onto.text, after.text).text)
    was, now = contact_from_vcard(before.text), contact_from_vcard(after.text)
    names = [each.name for each in fields(Contact) if getattr(now, each.name) != getattr(was, each.name)]
    edited = {name: getattr(now, name) for name in names}
    return replace(onto, text=vcard_with(onto.text, replace(contact_from_vcard(onto.text), **edited)))
