"""Carry out an import: what a file holds → items of the database, in slices; and the report of it.

What becomes of each card is decided in the database (``storage_plugin.database.imports``), preview included. A card
or row without a UID gets one made from its content: so the same file twice changes nothing, also where the record
that was made from such a row has been changed since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from uuid import UUID, uuid5

from bridge.files.found import Found, FoundCard, FoundContact, Refusal
from storage_plugin.database.engine import Database
from storage_plugin.database.import_plan import Item, Taken
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.model.book import Origin, TooLarge
from storage_plugin.vcard.intake import accept
from storage_plugin.vcard.mapping import new_vcard

SLICE = 500
NAMESPACE = UUID("2b2d1e3c-6f0e-5c0a-9c39-6a5d3f4f6c11")


@dataclass(frozen=True, slots=True)
class Change:
    """A card that made or changed a record (``id``; 0 in a preview of a new one), or would."""

    line: int
    id: int
    name: str


@dataclass(slots=True)
class Report:
    """What an import did, or would do; ``counts`` by what became of a card ("new", "changed", "unchanged" …)."""

    counts: Counter[str] = field(default_factory=Counter)
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    remarks: list[Refusal] = field(default_factory=list)

    @property
    def is_fruitless(self) -> bool:
        """Tell whether there was something, and nothing of it could be taken."""
        return bool(self.refused) and not self.counts.total()


@dataclass(frozen=True, slots=True)
class Importer:
    """Where an import goes: shared records of a type, or plain contacts of a user."""

    database: Database
    book_id: int
    by: Origin
    type: str
    owner_id: int | None = None
    changes: bool = True
    """Whether known records take what the file says."""

    def run(self, found: Iterable[Found], *, preview: bool = False) -> Report:
        """Import slice by slice, each one transaction; with ``preview`` nothing is written."""
        report = Report()
        for slice_ in _slices(found):
            self._slice(slice_, report, preview)
        report.refused.sort(key=lambda refusal: refusal.line)
        return report

    def _slice(self, slice_: Sequence[Found], report: Report, preview: bool) -> None:
        ready: list[tuple[int, Item]] = []
        for each in slice_:
            if isinstance(each, Refusal):
                report.refused.append(each)
                continue
            try:
                ready.append((each.line, _item(each)))
            except TooLarge as error:
                report.refused.append(Refusal(each.line, f"{error}."))
            report.remarks += [Refusal(each.line, text) for text in getattr(each, "remarks", ())]
        options = {"owner_id": self.owner_id, "type": self.type, "changes": self.changes, "preview": preview}
        items = [item for _, item in ready]
        told = add_cards(self.database, self.book_id, items, self.by, **options)  # type: ignore[arg-type]
        for (line, _), taken in zip(ready, told, strict=True):
            _count(report, line, taken)


def _slices(found: Iterable[Found]) -> Iterator[list[Found]]:
    rest = iter(found)
    while slice_ := list(islice(rest, SLICE)):
        yield slice_


def _item(found: FoundCard | FoundContact) -> Item:
    """Give the item to import: of a row, or of a card, which may have no UID."""
    made = made_uid(found)
    if isinstance(found, FoundContact):
        item = item_of_card(new_vcard(found.contact, found.uid or made).encode(), found.customer_number)
        return replace(item, is_row=True, is_made=not found.uid)
    accepted = accept(found.body, tolerant=True, new_uid=lambda: made)
    if accepted.uid == made:
        return replace(item_of_card(accepted.text.encode()), is_made=True)
    return item_of_card(found.body)


def made_uid(found: FoundCard | FoundContact) -> str:
    """Make the UID of a card or row that has none: the same for the same content."""
    content = (
        found.body.decode("latin-1") if isinstance(found, FoundCard) else repr((found.contact, found.customer_number))
    )
    return str(uuid5(NAMESPACE, content))


def _count(report: Report, line: int, taken: Taken) -> None:
    if taken.what == "refused":
        report.refused.append(Refusal(line, f"{taken.name}: {taken.reason}."))
    else:
        report.counts[taken.what] += 1
        if taken.what in ("new", "changed"):
            of_kind = report.new if taken.what == "new" else report.changed
            of_kind.append(Change(line, taken.id, taken.name))
