"""Bring what people wrote with plain SQL into the cards: patch their text, number the change, keep the old version.

Whoever reads a sync token drains first. A drain holds no lock that an open psql session could wait for in a circle:
it locks cards only, which plain SQL never writes but by deleting a contact, and gives up within 100 ms (less than
PostgreSQL's deadlock_timeout); what it could not take stays touched for the next one.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, text, update

from storage_plugin.database.engine import Database
from storage_plugin.database.incoming import Haystack, columns_of, uid_key
from storage_plugin.database.numbers import take_numbers
from storage_plugin.database.records import contact_of, item_of, read_contacts
from storage_plugin.database.schema import card, contact, custom_value, record_field, record_type, touched, trash
from storage_plugin.database.visibility import (
    audience_of,
    filters,
    hide_or_show,
    record_column,
    subject_of,
)
from storage_plugin.database.writing import add_card, change_card, keep_version, next_number, now
from storage_plugin.model.book import ChangeNumber, Origin, Unavailable
from storage_plugin.model.contact import LISTS, Contact
from storage_plugin.model.record_type import Base
from storage_plugin.vcard.mapping import contact_from_vcard, new_vcard, vcard_with

SLICE = 200
"""Contacts per transaction, so that a phone's PUT never waits long."""

PATIENCE = 2.0
"""Seconds that one reader spends on draining before it answers with what is done; the next reader goes on."""

_TOUCHED = select(touched.c.contact_id).distinct().order_by(touched.c.contact_id).limit(bindparam("most"))
_SQL = Origin("sql")
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_CARDS = select(card).where(card.c.contact_id.in_(_IDS)).order_by(card.c.contact_id)
_TRASH = select(trash).where(trash.c.contact_id.in_(_IDS), trash.c.number.is_(None))
_TYPES = (
    select(contact.c.id, record_type.c.name, record_type.c.base)
    .join(record_type, contact.c.record_type_id == record_type.c.id)
    .where(contact.c.id.in_(_IDS))
)
_CUSTOM = (
    select(custom_value.c.contact_id, record_field.c.name, custom_value.c.value)
    .join(record_field, custom_value.c.field_id == record_field.c.id)
    .where(custom_value.c.contact_id.in_(_IDS), custom_value.c.value.is_not(None))
)


def drain(database: Database) -> int:
    """Settle what was touched, in slices, for PATIENCE seconds at most; give the number of contacts settled."""
    until, settled, skipped = time.monotonic() + PATIENCE, 0, set[int]()
    while time.monotonic() < until:
        with database.reading() as connection:
            ids = connection.execute(_TOUCHED, {"most": SLICE + len(skipped)}).scalars().all()
        ids = [key for key in ids if key not in skipped]
        if not ids:
            break
        settled += _settle_slice(database, ids, skipped)
    return settled


def _settle_slice(database: Database, ids: Sequence[int], skipped: set[int]) -> int:
    """Settle a slice in one transaction; where a row of it is locked by somebody, settle the others one by one."""
    try:
        with database.writing() as connection:
            if not database.is_sqlite:
                connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            settle(connection, ids)
        return len(ids)
    except Unavailable:
        if len(ids) == 1:
            skipped.update(ids)
            return 0
        half = len(ids) // 2
        return _settle_slice(database, ids[:half], skipped) + _settle_slice(database, ids[half:], skipped)


@dataclass(frozen=True, slots=True)
class _Truth:
    """What the tables say of a contact."""

    row: Any
    contact: Contact
    audience: int
    record: str | None
    is_business: bool


def settle(connection: Connection, ids: Sequence[int]) -> None:
    """Settle the given contacts inside a writing."""
    wanted = {"ids": list(ids)}
    locked = _CARDS if connection.dialect.name == "sqlite" else _CARDS.with_for_update()
    cards = {row["contact_id"]: dict(row) for row in connection.execute(locked, wanted).mappings()}
    connection.execute(delete(touched).where(touched.c.contact_id.in_(_IDS)), wanted)
    truths = _truths(connection, wanted)
    dead = [dict(row) for row in connection.execute(_TRASH, wanted).mappings()]
    plan: dict[int, list[_Step]] = defaultdict(list)
    for key, truth in truths.items():
        if (step := _step(connection, truth, cards.get(key))) is not None:
            plan[truth.row.book_id].append(step)
    buried: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in dead:
        buried[row["book_id"]].append(row)
    for book_id in sorted(plan.keys() | buried.keys()):
        _carry_out(connection, book_id, plan[book_id], buried[book_id])


def _truths(connection: Connection, wanted: dict[str, Any]) -> dict[int, _Truth]:
    types = {key: (name, base) for key, name, base in connection.execute(_TYPES, wanted)}
    custom: dict[int, dict[str, str]] = defaultdict(dict)
    for key, name, value in connection.execute(_CUSTOM, wanted):
        custom[key][name] = value
    truths = {}
    for key, (row, who) in read_contacts(connection, wanted["ids"]).items():
        name, base = types.get(key, ("", Base.CONTACT.value))
        record = record_column(name, base, row.customer_number, custom[key])
        is_business = row.owner_id is None
        truths[key] = _Truth(row, who, audience_of(row.owner_id, base), record, is_business)
    return truths


@dataclass(frozen=True, slots=True)
class _Step:
    """What becomes of one card: ``old`` (None: it is new) shall say ``slim``."""

    truth: _Truth
    old: Mapping[str, Any] | None
    slim: str
    record: str | None


def _step(connection: Connection, truth: _Truth, old: Mapping[str, Any] | None) -> _Step | None:
    record = truth.record
    if truth.is_business and truth.row.customer_number is None:
        number = take_numbers(connection, truth.row.book_id, 1)[0]
        connection.execute(update(contact).where(contact.c.id == truth.row.id).values(customer_number=number))
        said = json.loads(record) if record else {}
        record = json.dumps(said | {"customer_number": number}, ensure_ascii=False, sort_keys=True)
    if old is None:
        return _Step(truth, None, new_vcard(truth.contact, str(uuid4())), record)
    before = contact_from_vcard(old["text"])
    slim = vcard_with(old["text"], replace(truth.contact, photo=before.photo))
    if (slim, record, truth.audience) == (old["text"], old["record"], old["audience"]):
        return None
    return _Step(truth, old, slim, record)


def _carry_out(connection: Connection, book_id: int, steps: list[_Step], dead: list[dict[str, Any]]) -> None:
    at = now()
    among = filters(connection, book_id)
    read = [columns_of(step.slim) for step in steps]
    for step, columns in zip(steps, read, strict=True):
        if step.truth.audience <= 0:
            subject = subject_of(columns.contact, step.record)
            hide_or_show(connection, step.truth.row.id, subject, among, is_new=step.old is None)
    if not steps and not dead:
        return
    number = next_number(connection, book_id, _SQL, at)
    for step, columns in zip(steps, read, strict=True):
        _write(connection, book_id, step, columns.haystack, number, at)
    for row in dead:
        values = {"number": number, "text": _last_words(row)}
        values |= {"href": row["href"] or f"{row['contact_id']}.vcf", "uid": row["uid"] or str(uuid4())}
        connection.execute(update(trash).where(trash.c.contact_id == row["contact_id"]).values(values))


def _write(
    connection: Connection, book_id: int, step: _Step, haystack: Haystack, number: ChangeNumber, at: str
) -> None:
    said = {"audience": step.truth.audience, "record": step.record, "text": step.slim, "modified_at": at}
    said |= {"number": number, "since_number": number}
    if step.old is not None:
        keep_version(connection, step.old, number)
        change_card(connection, step.old, said | {"revision": step.old["revision"] + 1}, haystack)
        return
    uid = uid_key(_uid_of(step.slim))
    names = {"contact_id": step.truth.row.id, "book_id": book_id, "href": f"{uid}.vcf", "uid": uid}
    add_card(connection, said | names | {"vcard_version": "3.0", "revision": 1}, haystack)


def _uid_of(text: str) -> str:
    return next(line[4:] for line in text.splitlines() if line.startswith("UID:"))


def _last_words(row: Mapping[str, Any]) -> str:
    """Make the text of a contact that was deleted with SQL, with what SQL had changed in it before."""
    kept = json.loads(row["columns"])
    lists = {
        name: [item for item in (item_of(name, value) for value in kept["lists"].get(name) or []) if item is not None]
        for name in LISTS
    }
    who = contact_of(kept["contact"], lists)
    if not row["text"]:
        return new_vcard(who, row["uid"] or str(uuid4()))
    return vcard_with(row["text"], replace(who, photo=contact_from_vcard(row["text"]).photo))
