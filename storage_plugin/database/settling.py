"""What becomes of the cards of contacts that were written with plain SQL, and the writing of it, many at a time.

A contact with a card has its text patched; one without gets a card, or its old one back when it was deleted and
inserted again under its id. A deleted one (see ``burial``) stays in the trash with its last words. One contact whose
card cannot be made does not hold up the others: it is left as it was, and told by its id.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select

from storage_plugin.database.aliases import come_back
from storage_plugin.database.broken_text import readable
from storage_plugin.database.burial import bury_all
from storage_plugin.database.incoming import Haystack, haystack_of, uid_key
from storage_plugin.database.numbers import note_numbers, take_numbers, try_numbers
from storage_plugin.database.records import read_contacts
from storage_plugin.database.schema import (
    EVERYONE,
    card,
    contact,
    custom_value,
    record_field,
    record_type,
    touched,
    trash,
)
from storage_plugin.database.visibility import (
    audience_of,
    filters,
    hide_or_show_all,
    record_column,
    subject_of,
    unhide,
)
from storage_plugin.database.writing import add_cards, change_cards, keep_versions, next_number, now
from storage_plugin.model.book import ChangeNumber, Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import Base
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import card_with, contact_from_vcard, new_vcard

SQL = Origin("sql")

_log = logging.getLogger(__name__)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_CARDS = select(card).where(card.c.contact_id.in_(_IDS)).order_by(card.c.contact_id)
_TRASH = select(trash).where(trash.c.contact_id.in_(_IDS))
_FORGET_TRASH = delete(trash).where(trash.c.contact_id.in_(_IDS))
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
_FREE = select(contact.c.id).where(contact.c.id.in_(_IDS)).with_for_update(skip_locked=True)


@dataclass(frozen=True, slots=True)
class Truth:
    """What the tables say of a contact."""

    row: Any
    contact: Contact
    base: str
    type: str
    custom: dict[str, str]

    @property
    def audience(self) -> int:
        """Say who may see it."""
        return audience_of(self.row.owner_id, self.base)

    def record(self, number: str | None) -> str | None:
        """Give the column ``card.record``."""
        return record_column(self.type, self.base, number, self.custom)

    @property
    def needs_number(self) -> bool:
        """Tell a business record that has no customer number yet."""
        return self.row.owner_id is None and self.row.customer_number is None


@dataclass(frozen=True, slots=True)
class Step:
    """A card to write: ``old`` is the row it had (of ``card``, or of ``trash`` if ``is_revived``)."""

    truth: Truth
    old: Mapping[str, Any] | None
    is_revived: bool
    slim: str
    haystack: Haystack

    @property
    def key(self) -> int:
        """Give the contact's id."""
        return int(self.truth.row.id)


def settle_held(connection: Connection, ids: Sequence[int]) -> None:
    """Bring cards and trash of contacts that the caller holds in line with what the tables say of them."""
    wanted = {"ids": list(ids)}
    truths, deleted = readable(connection, ids, lambda: (_truths(connection, wanted), _deleted(connection, wanted)))
    cards = {row["contact_id"]: dict(row) for row in connection.execute(_CARDS, wanted).mappings()}
    steps: dict[int, list[Step]] = defaultdict(list)
    for key, truth in truths.items():
        if (step := _step(truth, cards.get(key), deleted.get(key))) is not None:
            steps[truth.row.book_id].append(step)
    dead: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for key, row in deleted.items():
        if key not in truths and row["number"] is None:
            dead[row["book_id"]].append(row)
    for book_id in sorted(steps.keys() | dead.keys()):
        _carry_out(connection, book_id, steps[book_id], dead[book_id])
    if alive := [key for key in deleted if key in truths]:
        connection.execute(_FORGET_TRASH, {"ids": alive})


def _truths(connection: Connection, wanted: dict[str, Any]) -> dict[int, Truth]:
    types = {key: (name, base) for key, name, base in connection.execute(_TYPES, wanted)}
    custom: dict[int, dict[str, str]] = defaultdict(dict)
    for key, name, value in connection.execute(_CUSTOM, wanted):
        custom[key][name] = value
    truths = {}
    for key, (row, who) in read_contacts(connection, wanted["ids"]).items():
        name, base = types.get(key, ("", Base.CONTACT.value))
        truths[key] = Truth(row, who, base, name, custom[key])
    return truths


def _deleted(connection: Connection, wanted: dict[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {row["contact_id"]: dict(row) for row in connection.execute(_TRASH, wanted).mappings()}


def _step(truth: Truth, old: Mapping[str, Any] | None, deleted: Mapping[str, Any] | None) -> Step | None:
    try:
        return _decide(truth, old, deleted)
    except Exception as error:
        _log.error("what SQL wrote into contact %d cannot be brought to its card: %r", truth.row.id, type(error))
        return None


def _decide(truth: Truth, old: Mapping[str, Any] | None, deleted: Mapping[str, Any] | None) -> Step | None:
    """Decide what a contact's card says from now on; None: what it says already."""
    is_revived = old is None and deleted is not None and bool(deleted["text"])
    known = deleted if is_revived else old
    if known is None:
        slim = new_vcard(truth.contact, str(uuid4()))
        return Step(truth, None, False, slim, haystack_of(slim, truth.contact))
    read = parse(known["text"])
    before, who = contact_from_vcard(known["text"], read), truth.contact
    said = card_with(read, who if who.photo == before.photo else replace(who, photo=before.photo), before)
    slim = known["text"] if said is read else said.text
    same = (slim, truth.record(truth.row.customer_number), truth.audience)
    if not is_revived and not truth.needs_number and same == (known["text"], known["record"], known["audience"]):
        return None
    return Step(truth, known, is_revived, slim, haystack_of(slim, who, said))


def _carry_out(
    connection: Connection, book_id: int, steps: Sequence[Step], dead: Sequence[Mapping[str, Any]]
) -> None:
    """Write; everything that may have to wait comes before the book's counter."""
    at = now()
    among = filters(connection, book_id)
    note_numbers(connection, book_id, (step.truth.row.customer_number for step in steps))
    numbers = _give_numbers(connection, book_id, [step for step in steps if step.truth.needs_number])
    records = {step.key: step.truth.record(numbers.get(step.key, step.truth.row.customer_number)) for step in steps}
    if among:
        shared = [step for step in steps if step.truth.audience <= EVERYONE]
        said = [(s.key, subject_of(contact_from_vcard(s.slim), records[s.key]), s.old is None) for s in shared]
        hide_or_show_all(connection, said, among)
    unhide(connection, [step.key for step in steps if step.old is not None and step.truth.audience > EVERYONE])
    if not steps and not dead:
        return
    number = next_number(connection, book_id, SQL, at)
    _write(connection, book_id, steps, records, number, at)
    bury_all(connection, book_id, dead, number)


def _write(
    connection: Connection,
    book_id: int,
    steps: Sequence[Step],
    records: Mapping[int, str | None],
    number: ChangeNumber,
    at: str,
) -> None:
    changed, added = [], []
    for step in steps:
        said: dict[str, Any] = {"audience": step.truth.audience, "record": records[step.key], "text": step.slim}
        said |= {"modified_at": at, "number": number, "since_number": number}
        if step.old is not None and not step.is_revived:
            changed.append((step.old, said | {"revision": step.old["revision"] + 1}, step.haystack))
        else:
            names = _names(connection, book_id, step, number)
            added.append((said | names | {"contact_id": step.key, "book_id": book_id}, step.haystack))
    keep_versions(connection, [old for old, _, _ in changed], number)
    change_cards(connection, changed)
    add_cards(connection, added)


def _names(connection: Connection, book_id: int, step: Step, number: ChangeNumber) -> dict[str, Any]:
    """Name a card that is new or back, and keep what it said before."""
    if step.old is None:
        uid = uid_key(next(line[4:] for line in step.slim.splitlines() if line.startswith("UID:")))
        return {"href": f"{uid}.vcf", "uid": uid, "vcard_version": "3.0", "revision": 1}
    old = step.old
    until = number if old["number"] is None else old["number"]
    keep_versions(connection, [old], until)
    same = {name: old[name] for name in ("uid", "vcard_version")}
    return same | {"href": come_back(connection, old, number), "revision": old["revision"] + 1}


def _give_numbers(connection: Connection, book_id: int, steps: Sequence[Step]) -> dict[int, str]:
    """Give customer numbers to new business contacts; one that somebody holds at psql gets its number later."""
    if not steps:
        return {}
    keys = [step.key for step in steps]
    if connection.dialect.name != "sqlite":
        free = set(connection.execute(_FREE, {"ids": keys}).scalars())
        _touch_again(connection, [key for key in keys if key not in free])
        keys = [key for key in keys if key in free]
    if try_numbers(connection, given := dict(zip(keys, take_numbers(connection, book_id, len(keys)), strict=True))):
        return given
    given = {}
    for key in keys:
        one = {key: take_numbers(connection, book_id, 1)[0]}
        if try_numbers(connection, one):
            given |= one
        else:
            _touch_again(connection, [key])
    return given


def _touch_again(connection: Connection, keys: Sequence[int]) -> None:
    if keys:
        connection.execute(insert(touched), [{"contact_id": key} for key in keys])
