"""What an export writes: whole cards, Outlook's table, or JSON of all there is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

from bridge.files.outlook_rows import header, outlook_from_contact
from bridge.records import as_row
from storage_plugin.model.book import Card, Record

FORMATS = ("vcf", "csv", "json")


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
    table.writerows(rows)
    return text.getvalue()


def as_json(records: Iterable[Record], cards: Iterable[Card], owners: Mapping[int, str]) -> str:
    """Give the records with the text of their cards."""
    texts = {card.uid: card.stored for card in cards}
    rows = [as_row(record, owners) | {"vcard": texts.get(record.uid, "")} for record in records]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
