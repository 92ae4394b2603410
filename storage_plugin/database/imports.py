"""Many cards from a file in one transaction: new records, and changes of known ones (AMI-9).

What becomes of each is decided in ``import_plan``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from storage_plugin.database import business
from storage_plugin.database.additions import add_records, as_account
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold
from storage_plugin.database.import_plan import Decision, Item, Plan, Taken, filled_by
from storage_plugin.database.incoming import Sent, columns_of, read
from storage_plugin.database.recognition import Asked, Known
from storage_plugin.database.record_types import find_type
from storage_plugin.database.writing import keep_binaries
from storage_plugin.model.book import Origin
from storage_plugin.model.record_type import BUSINESS_CONTACT, Base
from storage_plugin.vcard.mapping import vcard_with


def item_of_card(body: bytes, customer_number: str = "", charset: str | None = None) -> Item:
    """Read a vCard of any version and charset for import, to be stored to the byte; raise NotAVCard, TooLarge."""
    return Item(read(body, charset, tolerant=True), customer_number)


def add_cards(
    database: Database,
    book_id: int,
    items: Iterable[Item],
    by: Origin,
    *,
    owner_id: int | None = None,
    type: str = BUSINESS_CONTACT.name,
    preview: bool = False,
    changes: bool = True,
) -> Sequence[Taken]:
    """Import a slice (some 500) in one transaction; tell of each item, in order, what became of it.

    Raises Refused when there is no such ``type``. With ``preview`` nothing is stored, and ids of what would be
    new are 0. Without ``changes`` known records are left alone.
    """
    drain(database)
    return _import(database, book_id, list(items), by, owner_id, type, preview, changes)


@retried
def _import(
    database: Database,
    book_id: int,
    items: Sequence[Item],
    by: Origin,
    owner_id: int | None,
    type: str,
    preview: bool,
    changes: bool,
) -> Sequence[Taken]:
    with database.reading() if preview else database.writing() as connection:
        kind = find_type(connection, book_id, type) if owner_id is None else None
        if kind and kind.type.base is Base.ACCOUNT:
            items = [replace(item, sent=_for_account(item.sent)) for item in items]
        asked = [Asked(item.sent.uid, item.customer_number, item.sent.columns.contact) for item in items]
        plan = Plan(Known(connection, book_id, owner_id, asked), kind, owner_id, changes)
        decisions = plan.all(items)
        ids: dict[int, int] = {}
        if not preview:
            for decision, item in zip(decisions, items, strict=True):
                if decision.id is not None:
                    _change(connection, book_id, decision, item, by)
            if plan.news:
                made = add_records(connection, book_id, list(plan.news.values()), by)
                ids = dict(zip(plan.news, made, strict=True))
    return [decision.taken(ids) for decision in decisions]


def _change(connection: Connection, book_id: int, decision: Decision, item: Item, by: Origin) -> None:
    """Carry out a change or a restoration."""
    assert decision.id is not None
    if decision.what == "changed":
        old = hold(connection, book_id, decision.id)
        if business.base_of(old["record"]) is Base.ACCOUNT:
            item = replace(item, sent=_for_account(item.sent))
        slim, binaries = filled_by(old["text"], old["vcard_version"], item)
        keep_binaries(connection, binaries)
        business.set_text(connection, old, slim, by, record=old["record"])
    elif decision.what == "restored":
        sent = item.sent
        keep_binaries(connection, sent.binaries)
        business.restore(connection, book_id, decision.id, by, (sent.slim, sent.version))


def _for_account(sent: Sent) -> Sent:
    """Let a card stand for a company."""
    slim = vcard_with(sent.slim, as_account(sent.columns.contact))
    return replace(sent, slim=slim, columns=columns_of(slim))
