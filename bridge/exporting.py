"""What an export writes: whole cards, Outlook's table, or JSON of all there is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bridge.files.outlook_rows import header, outlook_from_contact
from bridge.files.table import guarded
from bridge.records import as_row
from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.contacts import records_seen
from storage_plugin.database.engine import Database
from storage_plugin.model.book import Card, ChangeNumber, Record, Viewer
from storage_plugin.model.view import View
from storage_plugin.model.watching import Watch, unwatched

FORMATS = ("vcf", "csv", "json")


def everything_shared(book_id: int) -> Viewer:
    """Make the viewer who sees all shared records of a book, accounts too, and nobody's plain contacts."""
    return Viewer(0, "", book_id, "", View(show_accounts=True), ChangeNumber(0), writes_v4=True)


def export(
    database: Database, viewer: Viewer, format_: str, owners: Mapping[int, str], watch: Watch = unwatched
) -> tuple[bytes, int]:
    """Write what a viewer sees in one of FORMATS, and count the cards; ``owners``: names of users by their ids."""
    cards = list(watch(SqlAddressBook(database, viewer).all_cards(), "Reading cards"))
    match format_:
        case "vcf":
            text = as_vcf(cards)
        case "csv":
            text = as_csv(records_seen(database, viewer))
        case _:
            text = as_json(records_seen(database, viewer), cards, owners)
    return text.encode("utf-8-sig" if format_ == "csv" else "utf-8"), len(cards)


def as_vcf(cards: Iterable[Card]) -> str:
    """Give the cards as they are stored, one after the other."""
    return "".join(card.stored if card.stored.endswith("\n") else f"{card.stored}\r\n" for card in cards)


def as_csv(records: Iterable[Record]) -> str:
    """Give a table under Outlook's English column names, which `import` reads back."""
    rows = [
        outlook_from_contact(record.contact, customer_number=record.customer_number, uid=record.uid)
        for record in records
    ]
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, header(rows))
    table.writeheader()
    table.writerows({title: guarded(cell) for title, cell in row.items()} for row in rows)
    return text.getvalue()


def as_json(records: Iterable[Record], cards: Iterable[Card], owners: Mapping[int, str]) -> str:
    """Give the records with the text of their cards; an account that is not among them is not named."""
    texts, found = {card.uid: card.stored for card in cards}, list(records)
    known = {record.id for record in found}
    rows = []
    for record in found:
        account = record.account_id if record.account_id in known else None
        rows.append(as_row(replace(record, account_id=account), owners) | {"vcard": texts.get(record.uid, "")})
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
