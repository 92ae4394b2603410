"""Spouse, children, manager and assistant: a dozen properties for four fields (VC-71)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage_plugin.vcard.cleaning import list_of
from storage_plugin.vcard.draft import LABEL, Draft, Remarks, without
from storage_plugin.vcard.fields import Reading
from storage_plugin.vcard.kinds import built_in_label
from storage_plugin.vcard.lines import Line, escape, make_line
from storage_plugin.vcard.pairing import patch

_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.I)


@dataclass(frozen=True, slots=True)
class Person:
    """A person named by role; the first one that the card names."""

    role: str
    names: tuple[str, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The properties of the role, and those that say it of anybody."""
        return (*self.names, "RELATED", "X-ABRELATEDNAMES")

    def read(self, reading: Reading) -> str:
        """Give the first name."""
        return next((name for line in self._lines(reading) if (name := line.text.strip())), "")

    def write(self, draft: Draft, value: str) -> None:
        """Change the name wherever it stands; lines that name another person stay."""
        lines = [line for line in self._lines(Reading(draft.lines)) if line.text.strip()]
        if not lines and value:
            self.add(draft, value)
        old = lines[0].text.strip() if lines else ""
        for line in lines:
            if not value:
                draft.remove(line)
            elif line.text.strip() == old:
                self.rename(draft, line, value)

    def rename(self, draft: Draft, line: Line, value: str) -> Line:
        """Let ``line`` name ``value``."""
        params = line.params
        if line.name == "RELATED":
            params = (*without(params, "VALUE"), ("VALUE", ("text",)))
        return draft.rewrite(line, escape(value), params)

    def add(self, draft: Draft, value: str, after: Line | None = None, before: Line | None = None) -> Line:
        """Add a line as 4.0 says it, or as Apple does."""
        if draft.version == "4.0":
            params = [("TYPE", (self.role,)), ("VALUE", ("text",))]
            return draft.add(make_line("", "RELATED", params, escape(value), "4.0"), after, before)
        raw = make_line(draft.fresh_group(), "X-ABRELATEDNAMES", (), escape(value))
        return draft.remark(draft.add(raw, after, before), LABEL, f"_$!<{self.role.capitalize()}>!$_")

    def _lines(self, reading: Reading) -> list[Line]:
        lines = reading.of(self.reads)
        return [line for line in lines if self._is_role(line, reading.remarks)]

    def _is_role(self, line: Line, remarks: Remarks) -> bool:
        if line.name == "RELATED":
            is_name = line.param("VALUE").upper() == "TEXT" or not _URI.fullmatch(line.text.strip())
            return is_name and self.role in [value.lower() for value in line.types]
        if line.name == "X-ABRELATEDNAMES":
            label = remarks.of(line, LABEL)
            return (built_in_label(label) or label).lower() == self.role
        return True


@dataclass(frozen=True, slots=True)
class People(Person):
    """All persons of one role, as one text with ", "."""

    def read(self, reading: Reading) -> str:
        """Give all names."""
        return ", ".join(name for line in self._lines(reading) if (name := line.text.strip()))

    def write(self, draft: Draft, value: str) -> None:
        """Change those that differ."""
        current = [(name, line) for line in self._lines(Reading(draft.lines)) if (name := line.text.strip())]
        patch(draft, current, list_of(value) if value else [], (), self._change, self.add)

    def _change(self, draft: Draft, line: Line, _old: str, new: str) -> Line:
        return self.rename(draft, line, new)
