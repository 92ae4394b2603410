"""The single values of a Contact: where a card says each of them, and how it is rewritten there.

Reading takes the first line that says something. Writing changes that line and leaves its parameters; ``""`` removes
every line that would be read instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from storage_plugin.vcard.cleaning import list_of
from storage_plugin.vcard.draft import Draft, Remarks
from storage_plugin.vcard.lines import Line, escape, make_line, split_list, split_structured


class Reading:
    """The lines of a card by name, and the remarks of its groups."""

    __slots__ = ("lines", "named", "remarks")

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.named: dict[str, list[Line]] = {}
        for line in lines:
            if line.name in self.named:
                self.named[line.name].append(line)
            else:
                self.named[line.name] = [line]
        self.remarks = Remarks(self.named.get("X-ABLABEL", []) + self.named.get("X-ABADR", []))

    def of(self, names: tuple[str, ...]) -> list[Line]:
        """Give the lines that bear one of ``names``, in the order of the card."""
        found = [name for name in names if name in self.named]
        if len(found) < 2:
            return self.named[found[0]] if found else []
        return [line for line in self.lines if line.name in found]


class Field(Protocol):
    """One attribute of Contact that is text; ``reads`` are the properties that it may stand in."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Properties, in upper case."""

    def read(self, reading: Reading) -> str:
        """Give what the card says."""

    def write(self, draft: Draft, value: str) -> None:
        """Make the card say ``value``."""


@dataclass(frozen=True, slots=True)
class Text:
    """A plain text property; the first of ``names`` is the one for new lines, after which ``after`` it comes."""

    names: tuple[str, ...]
    after: tuple[str, ...] = ()
    required: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """The properties of ``names``."""
        return self.names

    def read(self, reading: Reading) -> str:
        """Give the first value that is not blank."""
        return next((text for line in reading.of(self.names) if (text := line.text.strip())), "")

    def write(self, draft: Draft, value: str) -> None:
        """Change the line that is read, or add one."""
        lines = draft.named(*self.names)
        said = [line for line in lines if line.text.strip()]
        if not value:
            for line in said[1:] if self.required else said:
                draft.remove(line)
            if self.required and said:
                draft.rewrite(said[0], "")
        elif lines:
            draft.rewrite((said or lines)[0], escape(value))
        else:
            after = next((line for name in self.after for line in draft.named(name)), None)
            draft.add(make_line("", self.names[0], (), escape(value)), after=after)


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a structured property: of N (always five) or ORG (as many as there are)."""

    name: str
    index: int
    after: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The structured property."""
        return (self.name,)

    def read(self, reading: Reading) -> str:
        """Give the component of the first line that is not blank; of N, of the first line (VC-44)."""
        line = self._line(reading.named.get(self.name, []))
        if line is None:
            return ""
        parts = split_structured(line.value)
        if self.index >= len(parts) or not parts[self.index]:
            return ""
        part = parts[self.index]
        return _read_list(line, part) if self.name == "N" and "," in part else line.read(part).strip()

    def write(self, draft: Draft, value: str) -> None:
        """Change the component; the others keep their text (VC-39, VC-41)."""
        line = self._line(draft.named(self.name))
        if line is None:
            after = next((found for name in self.after for found in draft.named(name)), None)
            line = draft.add(make_line("", self.name, (), ";;;;" if self.name == "N" else ""), after=after)
        parts = split_structured(line.value)
        if line.is_quoted_printable:
            parts = [escape(line.read(part)) for part in parts]
        parts += [""] * (max(5 if self.name == "N" else 0, self.index + 1) - len(parts))
        parts[self.index] = escape(value)
        if self.name != "N" and not any(part.strip() for part in parts):
            for blank in draft.named(self.name):
                draft.remove(blank)
        else:
            draft.rewrite(line, ";".join(parts))

    def _line(self, lines: list[Line]) -> Line | None:
        if self.name == "N" or len(lines) < 2:
            return lines[0] if lines else None
        return next((line for line in lines if line.value.strip("; ")), lines[0])


@dataclass(frozen=True, slots=True)
class Nickname:
    """NICKNAME: a list in the card (VC-46), one text with ", " in the Contact."""

    reads = ("NICKNAME",)

    def read(self, reading: Reading) -> str:
        """Give all nicknames."""
        lines = reading.named.get("NICKNAME", [])
        texts = [line.read(part).strip() for line in lines for part in split_list(line.value)]
        return ", ".join(text for text in texts if text)

    def write(self, draft: Draft, value: str) -> None:
        """Put them all into the first line."""
        lines = draft.named("NICKNAME")
        written = ",".join(map(escape, list_of(value)))
        for line in lines[1:] if value else lines:
            draft.remove(line)
        if value and lines:
            draft.rewrite(lines[0], written)
        elif value:
            draft.add(make_line("", "NICKNAME", (), written))


@dataclass(frozen=True, slots=True)
class Note:
    """NOTE: several lines are one text with blank lines between (VC-17)."""

    GAP = "\n\n"
    reads = ("NOTE",)

    def read(self, reading: Reading) -> str:
        """Join all notes."""
        return self.GAP.join(text for line in reading.named.get("NOTE", []) if (text := line.text).strip())

    def write(self, draft: Draft, value: str) -> None:
        """Change the first note that differs, and keep those before it."""
        lines = [line for line in draft.named("NOTE") if line.text.strip()]
        while len(lines) > 1 and value.startswith(lines[0].text + self.GAP):
            rest = value.removeprefix(lines[0].text + self.GAP)
            if not rest.strip():
                break
            lines, value = lines[1:], rest
        for line in lines[1:] if value else lines:
            draft.remove(line)
        if value and (lines or (blank := draft.named("NOTE"))):
            draft.rewrite((lines or blank)[0], escape(value))
        elif value:
            draft.add(make_line("", "NOTE", (), escape(value)))


def _read_list(line: Line, part: str) -> str:
    """Join a list in N with blanks ("Philip Paul"), but keep a comma that people wrote with a blank behind it."""
    first, *others = split_list(part)
    joined = first + "".join(f",{each}" if each.startswith(" ") else f" {each}" for each in others)
    return line.read(joined).strip()
