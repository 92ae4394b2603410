"""Units of comparison: a property line with what its group says about it, and what it means.

Two units mean the same if they differ in bytes only: folding, case of names and types, order of parameters,
escaping that was not needed. Which group they stand in does not matter.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from storage_plugin.vcard.binaries import is_binary
from storage_plugin.vcard.draft import REMARKS, Draft
from storage_plugin.vcard.lines import Line, fold
from storage_plugin.vcard.pairing import pair

STRUCTURED = frozenset({"N", "ORG", "ADR", "GENDER", "CLIENTPIDMAP", "GEO"})
SINGLE = frozenset(
    {"VERSION", "UID", "REV", "PRODID", "FN", "N", "ORG", "NICKNAME", "BDAY", "ANNIVERSARY", "GENDER", "KIND", "NOTE",
     "TITLE", "ROLE", "PHOTO", "SORT-STRING", "TZ", "GEO", "CLASS", "MAILER", "X-MAIDENNAME", "X-ABSHOWAS",
     "X-PHONETIC-FIRST-NAME", "X-PHONETIC-LAST-NAME", "X-PHONETIC-ORG", "X-EVOLUTION-FILE-AS", "X-OFFICE-LOCATION",
     "X-EVOLUTION-SPOUSE", "X-EVOLUTION-MANAGER", "X-EVOLUTION-ASSISTANT", "X-ANNIVERSARY", "X-MS-ANNIVERSARY",
     "X-EVOLUTION-ANNIVERSARY", "X-ADDRESSBOOKSERVER-KIND"}
)  # fmt: skip
"""Properties of which two writers mean the same one, though each may have added it."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A property: ``line``, the remarks of its group, and the meaning of value, parameters and remarks."""

    line: Line
    remarks: tuple[Line, ...]
    value: Hashable
    params: Hashable
    said: Hashable

    @property
    def name(self) -> str:
        """The property's name."""
        return self.line.name

    @property
    def lines(self) -> tuple[Line, ...]:
        """The property line, then its remarks."""
        return (self.line, *self.remarks)

    @property
    def meaning(self) -> Hashable:
        """What two units must have in common to be the same."""
        return (self.line.name, self.value, self.params, self.said)


def units_of(lines: Iterable[Line]) -> list[Unit]:
    """Give the units of a card, without BEGIN and END; remarks that speak of several properties stand alone."""
    lines = [line for line in lines if line.name not in ("BEGIN", "END")]
    members: dict[str, list[Line]] = {}
    for line in lines:
        if line.group and line.name not in REMARKS:
            members.setdefault(line.group.lower(), []).append(line)
    remarks: dict[int, list[Line]] = {}
    for line in lines:
        if line.name in REMARKS and len(spoken_of := members.get(line.group.lower(), [])) == 1:
            remarks.setdefault(id(spoken_of[0]), []).append(line)
    attached = {id(line) for each in remarks.values() for line in each}
    return [_unit(line, tuple(remarks.get(id(line), ()))) for line in lines if id(line) not in attached]


def pair_units(old: Sequence[Unit], new: Sequence[Unit]) -> list[tuple[Unit | None, Unit | None]]:
    """Say which unit of ``old`` became which of ``new``; first the pairs of ``old``, then what is new."""
    found: dict[int, Unit] = {}
    added: set[int] = set()
    before_by, after_by = _by_name(old), _by_name(new)
    for name, after in after_by.items():
        before = before_by.get(name, [])
        partners = pair(before, after, (_meaning, _value, _manner))
        for unit, partner in zip(after, partners, strict=True):
            if partner is None:
                added.add(id(unit))
            else:
                found[id(before[partner])] = unit
    return [*((unit, found.get(id(unit))) for unit in old), *((None, unit) for unit in new if id(unit) in added)]


def _by_name(units: Sequence[Unit]) -> dict[str, list[Unit]]:
    named: dict[str, list[Unit]] = {}
    for unit in units:
        named.setdefault(unit.name, []).append(unit)
    return named


class Graft:
    """Puts lines of another card into a draft, with groups that clash renamed."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._groups: dict[str, str] = {}

    def replace(self, old: Sequence[Line], new: Sequence[Line]) -> list[Line]:
        """Put ``new`` in the place of ``old`` (property line first), which keep their group."""
        at = self.draft.index(old[0])
        group = old[0].group
        gone = {id(line) for line in old}
        self.draft.lines = [line for line in self.draft.lines if id(line) not in gone]
        at = min(at, len(self.draft.lines))
        if new[0].group and group and not self._is_used(group):
            self._groups.setdefault(new[0].group.lower(), group)
        return self._insert(at, new)

    def add(self, new: Sequence[Line]) -> list[Line]:
        """Insert ``new`` after the last line of that property, else at the end."""
        same = self.draft.named(new[0].name)
        at = self.draft.behind(same[-1]) if same else self.draft.foot
        return self._insert(at, new)

    def remove(self, old: Sequence[Line]) -> None:
        """Remove the lines ``old``."""
        gone = {id(line) for line in old}
        self.draft.lines = [line for line in self.draft.lines if id(line) not in gone]

    def _insert(self, at: int, new: Sequence[Line]) -> list[Line]:
        lines = [self.draft.parsed(self._raw(line)) for line in new]
        self.draft.lines[at:at] = lines
        return lines

    def _raw(self, line: Line) -> str:
        """Give the raw text of ``line``, in another group if its own is taken by another property."""
        raw = line.raw if line.end else line.raw + "\r\n"
        if not line.group:
            return raw
        key = line.group.lower()
        if key not in self._groups:
            self._groups[key] = self.draft.fresh_group() if self._is_used(key) else line.group
        group = self._groups[key]
        return raw if group == line.group else fold(f"{group}.{line.head.partition('.')[2]}:{line.value}")

    def _is_used(self, group: str) -> bool:
        return any(line.group.lower() == group.lower() for line in self.draft.lines)


def value_of(line: Line) -> Hashable:
    """Give the meaning of a line's value."""
    if is_binary(line):
        return "".join(line.value.split())
    return tuple(line.parts) if line.name in STRUCTURED else line.text


def _unit(line: Line, remarks: tuple[Line, ...]) -> Unit:
    if not line.name:
        return Unit(line, remarks, line.raw.strip(), (), ())
    said = frozenset((each.name, each.text.strip()) for each in remarks)
    alone = line.group.lower() if line.name in REMARKS else ""
    return Unit(line, remarks, value_of(line), params_of(line), (said, alone))


def params_of(line: Line) -> Hashable:
    """Give the meaning of a line's parameters; those that tell how the value is coded have none."""
    if ";" not in line.head:
        return frozenset()
    types = {value.lower() for value in line.types}
    others = {(name, values) for name, values in line.params if name not in ("TYPE", "CHARSET", "ENCODING")}
    return frozenset({("TYPE", tuple(sorted(types)))} | others) if types else frozenset(others)


def _meaning(unit: Unit) -> Hashable:
    return unit.meaning


def _value(unit: Unit) -> Hashable:
    return unit.value


def _manner(unit: Unit) -> Hashable:
    return (unit.params, unit.said)
