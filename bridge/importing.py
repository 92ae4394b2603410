"""Carry out an import: what a file holds → items of the database, in slices; and the report of it.

What becomes of each card is decided in the database (``storage_plugin.database.imports``), preview included. A card
or row without a UID gets one made from its content: so the same file twice adds nothing, and a record that was made
from such a row and changed since is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID, uuid5

from bridge.files.found import Found, FoundCard, FoundContact, Refusal
from storage_plugin.database.engine import Database
from storage_plugin.database.imports import Item, Taken, add_cards, item_of_card
from storage_plugin.model.book import Origin, TooLarge
from storage_plugin.vcard.intake import accept
from storage_plugin.vcard.mapping import new_vcard

SLICE = 500
NAMESPACE = UUID("2b2d1e3c-6f0e-5c0a-9c39-6a5d3f4f6c11")


@dataclass(slots=True)
class Report:
    """What an import did, or would do; ``counts`` by what became of a card ("added", "updated", "present" …)."""

    counts: Counter[str] = field(default_factory=Counter)
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

    def run(self, found: Iterable[Found], *, preview: bool = False) -> Report:
        """Import slice by slice, each one transaction; with ``preview`` nothing is written."""
        report = Report()
        for slice_ in _slices(found):
            self._slice(slice_, report, preview)
        report.refused.sort(key=lambda refusal: refusal.line)
        return report

    def _slice(self, slice_: Sequence[Found], report: Report, preview: bool) -> None:
        ready: list[tuple[int, Item, bool]] = []
        for each in slice_:
            if isinstance(each, Refusal):
                report.refused.append(each)
                continue
            try:
                ready.append((each.line, *_item(each)))
            except TooLarge as error:
                report.refused.append(Refusal(each.line, f"{error}."))
            report.remarks += [Refusal(each.line, text) for text in getattr(each, "remarks", ())]
        if any(is_made for _, _, is_made in ready):
            ready = self._without_known(ready, report)
        for (line, _, _), taken in zip(ready, self._add(ready, preview=preview), strict=True):
            _count(report, line, taken)

    def _without_known(self, ready: list[tuple[int, Item, bool]], report: Report) -> list[tuple[int, Item, bool]]:
        """Leave out what came from a file before: what it says there must not undo a change made since."""
        foreseen = self._add(ready, preview=True)
        known = [made and taken.what == "updated" for (_, _, made), taken in zip(ready, foreseen, strict=True)]
        report.counts["present"] += sum(known)
        return [each for each, is_known in zip(ready, known, strict=True) if not is_known]

    def _add(self, ready: list[tuple[int, Item, bool]], *, preview: bool) -> Sequence[Taken]:
        items = [item for _, item, _ in ready]
        options = {"owner_id": self.owner_id, "type": self.type, "preview": preview}
        return add_cards(self.database, self.book_id, items, self.by, **options)  # type: ignore[arg-type]


def _slices(found: Iterable[Found]) -> Iterator[list[Found]]:
    rest = iter(found)
    while slice_ := list(islice(rest, SLICE)):
        yield slice_


def _item(found: FoundCard | FoundContact) -> tuple[Item, bool]:
    """Give the item to import, and whether its card was made here: of a row, or of a card without UID."""
    made = made_uid(found)
    if isinstance(found, FoundContact):
        text = new_vcard(found.contact, found.uid or made)
        return item_of_card(text.encode(), found.customer_number), True
    accepted = accept(found.body, tolerant=True, new_uid=lambda: made)
    if accepted.uid == made:
        return item_of_card(accepted.text.encode()), True
    return item_of_card(found.body), False


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
        report.counts["present" if taken.what == "duplicate" else taken.what] += 1
