"""A card under the pen: lines are replaced, added and removed, all others keep their bytes.

What a group says about its property (``item1.X-ABLabel``, ``item1.X-ABADR``) is called its remarks here.
"""

from __future__ import annotations

from collections.abc import Iterable

from storage_plugin.vcard.lines import Card, Line, escape, fold, parse
from storage_plugin.vcard.params import Param, format_params

LABEL, COUNTRY = "X-ABLABEL", "X-ABADR"
_SPELLING = {LABEL: "X-ABLabel", COUNTRY: "X-ABADR"}
REMARKS = frozenset(_SPELLING)


class Remarks:
    """The remarks of all groups of a card; group names are compared without regard to case (VC-03)."""

    __slots__ = ("_of",)

    def __init__(self, lines: Iterable[Line]) -> None:
        self._of: dict[tuple[str, str], str] = {}
        for line in lines:
            if line.group and line.name in REMARKS:
                self._of.setdefault((line.group.lower(), line.name), line.text.strip())

    def of(self, line: Line, name: str) -> str:
        """Give the remark ``name`` on ``line``, or ``""``; labels without a group count for nothing (VC-04)."""
        return self._of.get((line.group.lower(), name), "") if line.group and self._of else ""


class Draft:
    """The lines of one card while it is patched."""

    def __init__(self, text: str | Card) -> None:
        """Begin with a text, or with one that is parsed already; the Card keeps its lines."""
        card = parse(text) if isinstance(text, str) else text
        self.lines = list(card.lines)
        self.version = card.version or "3.0"
        self.end = next((line.end for line in self.lines if line.end), "\r\n")

    @property
    def text(self) -> str:
        """The text as it stands."""
        return "".join(line.raw for line in self.lines)

    def named(self, *names: str) -> list[Line]:
        """Give the lines that bear one of ``names`` (upper case)."""
        return [line for line in self.lines if line.name in names]

    def index(self, line: Line) -> int:
        """Find ``line`` itself; equal texts may occur twice."""
        return next(at for at, each in enumerate(self.lines) if each is line)

    @property
    def foot(self) -> int:
        """The place before END, where new lines go."""
        ends = [at for at, line in enumerate(self.lines) if line.name == "END"]
        return ends[-1] if ends else len(self.lines)

    def behind(self, line: Line) -> int:
        """Give the place after ``line`` and the remarks that follow it."""
        at = self.index(line) + 1
        group = line.group.lower()
        while group and at < len(self.lines) and self.lines[at].name in REMARKS:
            if self.lines[at].group.lower() != group:
                break
            at += 1
        return at

    def parsed(self, raw: str) -> Line:
        """Read one folded line, with the line ends of this card."""
        if self.end != "\r\n":
            raw = raw.replace("\r\n", self.end)
        return parse(raw).lines[0]

    def add(self, raw: str, after: Line | None = None, before: Line | None = None) -> Line:
        """Insert a folded line after ``after`` and its remarks, or before ``before``, or at the end of the card."""
        if after is not None:
            at = self.behind(after)
        elif before is not None:
            at = self.index(before)
        else:
            at = self.foot
        line = self.parsed(raw)
        self.lines.insert(at, line)
        return line

    def replace(self, line: Line, raw: str) -> Line:
        """Put a folded line in the place of ``line``."""
        new = self.parsed(raw)
        self.lines[self.index(line)] = new
        return new

    def rewrite(
        self, line: Line, value: str, params: Iterable[Param] | None = None, group: str | None = None
    ) -> Line:
        """Give ``line`` another (escaped) value, other parameters or another group; the rest of its head stays.

        A new value of a quoted-printable line is written plainly.
        """
        wanted = tuple(line.params if params is None else params)
        if value != line.value and line.is_quoted_printable:
            wanted = tuple(param for param in wanted if param[0] not in ("ENCODING", "CHARSET"))
        name = line.head.partition(";")[0]
        head = line.head if wanted == line.params else name + format_params(wanted, self.version)
        if group is not None:
            head = (f"{group}." if group else "") + head.partition(".")[2] if line.group else f"{group}.{head}"
        return self.replace(line, fold(f"{head}:{value}"))

    def remove(self, line: Line) -> None:
        """Remove ``line``, and the remarks on it unless they speak of another line too."""
        if line.group and not self._shares_group(line):
            self.lines = [
                each for each in self.lines if each.name not in REMARKS or each.group.lower() != line.group.lower()
            ]
        self.lines.remove(line)

    def remark(self, line: Line, name: str, text: str) -> Line:
        """Set or (``""``) remove the remark ``name`` on ``line``; give the line, whose group may be a new one."""
        old = self._remarks(line, name)
        if not text and not old:
            return line
        if not line.group or self._shares_group(line):
            line = self._moved(line)
            old = self._remarks(line, name)
        if not text:
            self.lines = [each for each in self.lines if each not in old]
        elif old:
            self.rewrite(old[0], escape(text))
        else:
            self.add(fold(f"{line.group}.{_SPELLING[name]}:{escape(text)}"), after=line)
        return line

    def fresh_group(self) -> str:
        """Give the first ``itemN`` that no line bears."""
        used = {line.group.lower() for line in self.lines}
        number = 1
        while f"item{number}" in used:
            number += 1
        return f"item{number}"

    def reorder(self, lines: list[Line]) -> None:
        """Let ``lines`` stand in the given order, in the places that they hold together."""
        places = [self.index(line) for line in lines]
        for place, line in zip(sorted(places), lines, strict=True):
            self.lines[place] = line

    def _remarks(self, line: Line, name: str) -> list[Line]:
        group = line.group.lower()
        return [each for each in self.lines if group and each.name == name and each.group.lower() == group]

    def _shares_group(self, line: Line) -> bool:
        group = line.group.lower()
        return any(
            each is not line and each.group.lower() == group and each.name not in REMARKS for each in self.lines
        )

    def _moved(self, line: Line) -> Line:
        """Give ``line`` a group of its own, with a copy of the remarks on it."""
        remarks = [(each.name, each.value) for name in REMARKS for each in self._remarks(line, name)[:1]]
        line = self.rewrite(line, line.value, group=self.fresh_group())
        for name, value in remarks:
            self.add(fold(f"{line.group}.{_SPELLING[name]}:{value}"), after=line)
        return line


def without(params: Iterable[Param], *names: str) -> list[Param]:
    """Give ``params`` without those named (upper case)."""
    return [param for param in params if param[0] not in names]
