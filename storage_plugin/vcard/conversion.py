"""The pieces of a card in another version: which lines become which.

Only what the other version says differently is rewritten; lines that both understand keep their bytes, and what only
one of them can say stays where it does no harm (RFC 6350 appendix A, sabre/vobject's conversions, and what iOS
reads).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from storage_plugin.vcard.binaries import MARK
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.intake import made_name
from storage_plugin.vcard.lines import Card, Line, escape, fold, parse
from storage_plugin.vcard.to_3 import from_2, from_4
from storage_plugin.vcard.to_4 import from_3
from storage_plugin.vcard.units import Unit, units_of

_ABSORBED = frozenset({"X-ABDATE", "X-ABRELATEDNAMES"})
"""Properties whose label becomes a property or a TYPE in 4.0; all others keep their remarks."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one text and what they become in the other: nothing, the same, or lines rewritten.

    ``sources`` is empty for what the other version wants besides.
    """

    sources: tuple[Line, ...]
    outcome: tuple[Line, ...]


def pieces(draft: Draft, wanted: str) -> list[Piece]:
    """Convert the lines of ``draft``, in order; ``sources`` are its very lines."""
    if wanted not in ("3.0", "4.0"):
        raise ValueError(f"vCard {wanted} is not written.")
    if any(MARK in line.value for line in draft.lines):
        raise ValueError("Photos are kept apart from this text; put them back first.")
    units = {id(unit.line): unit for unit in units_of(draft.lines)}
    converter = Converter(draft.lines, draft.version, wanted, draft.end)
    found: list[Piece] = []
    for line in draft.lines:
        if line.name in ("BEGIN", "END"):
            if line.name == "END":
                found += converter.missing()
            found.append(Piece((line,), (line,)))
        elif id(line) in units:
            unit = units[id(line)]
            found.append(Piece(unit.lines, converter.convert(unit)))
    return found


class Converter:
    """Converts the units of one card; it knows which groups are taken and what has been said already."""

    def __init__(self, lines: Iterable[Line], version: str, wanted: str, end: str = "\r\n") -> None:
        self._lines = list(lines)
        self._wanted = wanted
        self._end = end
        self._rule: Callable[[Unit, Callable[[], str]], list[str] | None]
        self._rule = from_3 if wanted == "4.0" else from_4 if version == "4.0" else from_2
        self._groups = {line.group.lower() for line in self._lines}
        self._said: set[str] = set()

    def convert(self, unit: Unit) -> tuple[Line, ...]:
        """Give the lines that say ``unit`` in the wanted version; none if it cannot, or need not, say it."""
        if unit.name == "VERSION":
            return tuple(self._parsed([f"VERSION:{self._wanted}"]))
        raws = self._rule(unit, self._fresh_group)
        if raws is None:
            outcome = unit.lines
        else:
            outcome = (*self._parsed(raws), *(() if unit.name in _ABSORBED else unit.remarks))
        name = outcome[0].name if outcome else ""
        if name in ("KIND", "ANNIVERSARY") and self._wanted == "4.0":
            if name in self._said:
                return ()
            self._said.add(name)
        return outcome

    def missing(self) -> Iterator[Piece]:
        """Give what the wanted version demands and the card lacks: N and FN in 3.0 (VC-43)."""
        card = Card(self._lines)
        full_name = card.first("FN")
        name = full_name.text.strip() if full_name else made_name(card)
        if not full_name:
            yield Piece((), tuple(self._parsed([f"FN:{escape(name)}"])))
        if self._wanted == "3.0" and not card.first("N"):
            is_firm = any(line.value.strip().lower() == "org" for line in card.named("KIND"))
            yield Piece((), tuple(self._parsed(["N:;;;;" if is_firm else f"N:{escape(name)};;;;"])))

    def _parsed(self, raws: list[str]) -> Iterator[Line]:
        for raw in raws:
            yield parse(fold(raw).replace("\r\n", self._end)).lines[0]

    def _fresh_group(self) -> str:
        number = 1
        while f"item{number}" in self._groups:
            number += 1
        self._groups.add(f"item{number}")
        return f"item{number}"
