"""The history of a record as people read it, and going back to what it once said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import select

from storage_plugin.database.business import set_own_values, set_text, uid_of, with_uid
from storage_plugin.database.contacts import read_record
from storage_plugin.database.differences import FieldChange, differences
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold
from storage_plugin.database.schema import book
from storage_plugin.database.timeline import Author, State, Timeline, timeline
from storage_plugin.model.book import ContactId, NotFound, Origin, Record, Refused
from storage_plugin.model.contact import FIELDS, LISTS
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a record; ``revision`` is the version that it made, by which it can be restored (0: none).

    "earlier" is the first state that is known where what came before is kept no longer.
    """

    what: Literal["created", "changed", "deleted", "restored", "earlier"]
    number: int
    revision: int
    author: Author
    changes: tuple[FieldChange, ...] = ()


@retried
def history(database: Database, book_id: int, contact_id: ContactId) -> Sequence[Event]:
    """Tell what happened to a record, oldest first, deletion included; raise NotFound when nothing is known."""
    drain(database)
    with database.reading() as connection:
        life = timeline(connection, book_id, contact_id)
        oldest = connection.execute(select(book.c.oldest_number).where(book.c.id == book_id)).scalar_one()
    if not life.states:
        raise NotFound(f"nothing is known of a record {contact_id}")
    return list(events_of(life, oldest))


@retried
def restore_version(
    database: Database, book_id: int, contact_id: ContactId, revision: int, by: Origin, *, field: str | None = None
) -> Record:
    """Make a record, or one ``field`` of it, say again what it said at ``revision``: a new change.

    Owner, type and customer number stay as they are. Raises NotFound for a record that is not there (restore it
    from the deleted items first) or a version that is not kept, and Refused for a field that there is not.
    """
    drain(database)
    with database.writing() as connection:
        old = hold(connection, book_id, contact_id)
        states = timeline(connection, book_id, contact_id).states
        state = next((state for state in reversed(states) if state.revision == revision), None)
        if state is None:
            raise NotFound(f"version {revision} of record {contact_id} is not kept")
        slim, version = _text_of(state, old["text"], old["vcard_version"], field)
        custom = _custom_of(state, old["record"], field)
        record = set_own_values(connection, book_id, old, custom) if custom is not None else old["record"]
        set_text(connection, old, slim, by, record=record, version=version)
        return read_record(connection, book_id, contact_id)


def events_of(life: Timeline, oldest: int) -> Iterator[Event]:
    """Tell what happened to a record, oldest first; history reaches back to the number ``oldest``."""
    before: State | None = None
    for state in life.states:
        at, who = state.from_number, life.author(state.from_number)
        if before is None:
            first: Literal["created", "earlier"] = "earlier"
            if state.revision == 1 or at > oldest:
                first = "created"
            yield Event(first, at, state.revision, who, differences(None, state))
        else:
            was_gone = before.until_number != at
            if was_gone:
                yield _deletion(life, before)
            what: Literal["restored", "changed"] = "restored" if was_gone else "changed"
            yield Event(what, at, state.revision, who, differences(before, state))
        before = state
    if before is not None and before.until_number is not None:
        yield _deletion(life, before)


def events_seen(life: Timeline, oldest: int, is_seen: Callable[[State], bool]) -> Iterator[Event]:
    """Tell what happened to a record in the states that somebody may know, and nothing of those between them."""
    for part in _stretches(life, is_seen):
        first = part.states[0]
        yield from events_of(part, oldest if first is life.states[0] else max(oldest, first.from_number))


def _stretches(life: Timeline, is_seen: Callable[[State], bool]) -> Iterator[Timeline]:
    """Part a life where it went out of sight; what became of it then is not told, unless it was deleted."""
    stretch: list[State] = []
    for state in life.states:
        if is_seen(state):
            stretch.append(state)
        elif stretch:
            if stretch[-1].until_number == state.from_number:
                stretch[-1] = replace(stretch[-1], until_number=None)
            yield replace(life, states=tuple(stretch))
            stretch = []
    if stretch:
        yield replace(life, states=tuple(stretch))


def _deletion(life: Timeline, state: State) -> Event:
    at = state.until_number or 0
    return Event("deleted", at, 0, life.author(at))


def _text_of(state: State, text: str, version: str, field: str | None) -> tuple[str, str]:
    """Give the text and vCard version that a card has when it goes back to ``state``."""
    if field is None:
        return with_uid(state.text, uid_of(text)), state.vcard_version
    if field.startswith("custom."):
        return text, version
    if field not in (*FIELDS, *LISTS):
        raise Refused(f"there is no field {field!r}: fields are {', '.join((*FIELDS, *LISTS))} and custom.NAME")
    value = getattr(contact_from_vcard(state.text), field)
    if field == "photo" and state.vcard_version != version:
        raise Refused("the photo was written in another vCard version: restore the whole of it")
    if field == "photo":
        return _with_photo_of(state.text, text), version
    return vcard_with(text, replace(contact_from_vcard(text), **{field: value})), version


def _with_photo_of(source: str, text: str) -> str:
    """Put the photo lines of one slim text into another."""
    photos = "".join(line.raw for line in parse(source).lines if line.name == "PHOTO")
    kept = [line for line in parse(text).lines if line.name != "PHOTO"]
    return "".join(photos + line.raw if line.name == "END" else line.raw for line in kept)


def _custom_of(state: State, record: str | None, field: str | None) -> dict[str, str] | None:
    """Give the values of own fields to go back to; None leaves them all as they are."""
    if field is not None and not field.startswith("custom."):
        return None
    custom, present = _own(state.record), _own(record)
    if field is None:
        return None if custom == present else dict.fromkeys(present, "") | custom
    name = field.removeprefix("custom.")
    return {name: custom.get(name, "")}


def _own(record: str | None) -> dict[str, str]:
    return dict(json.loads(record).get("custom", {})) if record else {}
