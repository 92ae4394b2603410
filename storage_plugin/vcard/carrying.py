"""How an edit made in one vCard version is put into the text stored in another (see ``versions.carried_over``)."""

from __future__ import annotations

from collections.abc import Sequence

from storage_plugin.vcard.conversion import Converter, Piece, pieces
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.lines import Line, fold, parse
from storage_plugin.vcard.params import Param, format_params
from storage_plugin.vcard.units import SINGLE, Graft, Unit, pair_units, units_of

_SAID_OTHERWISE = frozenset({"TYPE", "VALUE", "ENCODING", "MEDIATYPE", "CHARSET", "X-APPLE-OMIT-YEAR"})


class Carrying:
    """One edit on its way into the stored text."""

    def __init__(self, draft: Draft, edited: str, version: str) -> None:
        self.draft = draft
        self.graft = Graft(draft)
        self.edited = parse(edited).lines
        self.pieces = pieces(draft, version)
        self.converter = Converter([*draft.lines, *self.edited], version, draft.version, draft.end)
        self.of_line = {id(line): piece for piece in self.pieces for line in piece.outcome}

    def run(self) -> str:
        """Compare by unit and put what differs into the stored text."""
        shown = units_of([line for piece in self.pieces for line in piece.outcome])
        edited = units_of(self.edited)
        said: dict[int, Line] = {}
        for old, new in pair_units(shown, edited):
            piece = self.of_line[id(old.line)] if old else Piece((), ())
            if (old and old.name == "VERSION") or (new and new.name == "VERSION"):
                continue
            if new is None:
                self.graft.remove(piece.sources)
            elif old is None or old.meaning != new.meaning:
                said[id(new)] = self._say(piece, new)
            elif piece.sources:
                said[id(new)] = piece.sources[0]
        self._order([said[id(unit)] for unit in edited if id(unit) in said])
        return self.draft.text

    def _order(self, lines: Sequence[Line]) -> None:
        """Let the lines of each property stand in the order of the edit: the first e-mail is the first."""
        present = {id(line) for line in self.draft.lines}
        for name in {line.name for line in lines}:
            self.draft.reorder([line for line in lines if line.name == name and id(line) in present])

    def _say(self, piece: Piece, unit: Unit) -> Line:
        lines = self.converter.convert(unit) or unit.lines
        sources = piece.sources
        if not sources and lines[0].name in SINGLE:
            sources = self._unsaid(lines[0].name)
        if not sources:
            return self.graft.add(lines)[0]
        if piece.outcome:
            lines = (self._completed(sources[0], piece.outcome[0], lines[0]), *lines[1:])
        return self.graft.replace(sources, lines)[0]

    def _unsaid(self, name: str) -> tuple[Line, ...]:
        """Find what is stored of a property, but could not be shown to the device, and so gives way to its edit."""
        hidden = (piece.sources for piece in self.pieces if piece.sources and not piece.outcome)
        present = {id(line) for line in self.draft.lines}
        return next((each for each in hidden if each[0].name == name and id(each[0]) in present), ())

    def _completed(self, stored: Line, shown: Line, new: Line) -> Line:
        """Give ``new`` the parameters that ``stored`` has and could not show."""
        lost = [param for param in stored.params if _is_lost(param, shown.params, new.params)]
        if not lost or stored.name != new.name:
            return new
        head = new.head.partition(";")[0]
        return parse(fold(f"{head}{format_params([*new.params, *lost], self.draft.version)}:{new.value}")).lines[0]


def _is_lost(param: Param, shown: Sequence[Param], new: Sequence[Param]) -> bool:
    name = param[0]
    if name in _SAID_OTHERWISE or param == ("PREF", ("1",)):
        return False
    return name not in {each for each, _ in shown} and name not in {each for each, _ in new}
