"""E-mails, phones, URLs, dates: lists whose entries may bear kinds, labels and preference.

A kind comes from TYPE or from one of Apple's built-in labels (VC-05), which wins since it is what the user sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from storage_plugin.model.contact import Email, ImportantDate, Phone, Url
from storage_plugin.vcard.dates import date_line, read_date
from storage_plugin.vcard.draft import LABEL, Draft, Remarks, without
from storage_plugin.vcard.kinds import NEUTRAL, PHONES, PLACES, Vocabulary, built_in_label
from storage_plugin.vcard.lines import Line, Param, escape, escape_uri, make_line
from storage_plugin.vcard.traits import is_anniversary

_TEL = re.compile(r"tel:([^;]*)((?:;[^;]*)*)", re.I | re.S)
_NO_KINDS = Vocabulary(lambda _types: "", lambda _kind: (), {"other": ""}, ("",))


@dataclass(frozen=True)
class Entries:
    """One list: its property, the class of its entries and the attribute that holds the value."""

    name: str
    entry: Callable[..., Any]
    key: str
    vocabulary: Vocabulary
    default_types: tuple[str, ...] = ()
    has_preference: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The properties that say entries of this list."""
        return (self.name,)

    @property
    def likenesses(self) -> Sequence[Callable[[Any], Hashable]]:
        """Ways in which an old and a new entry are probably the same one, the surest first."""
        return (lambda entry: getattr(entry, self.key), lambda entry: (getattr(entry, "kind", ""), entry.label))

    def read(self, line: Line, remarks: Remarks) -> Any:
        """Give the entry that ``line`` says, or None if it says nothing (VC-84)."""
        values = self._values(line)
        if values is None:
            return None
        kind, label = self._kind_and_label(line, remarks)
        values["label"] = label
        if self.vocabulary is not _NO_KINDS:
            values["kind"] = kind
        if self.has_preference:
            values["preferred"] = _is_preferred(line)
        return self.entry(**values)

    def create(self, draft: Draft, entry: Any, /, after: Line | None = None, before: Line | None = None) -> Line:
        """Add a line for ``entry``."""
        params, value = self._say(entry, None, draft.version)
        params = [*self._types(entry, self.default_types, draft.version), *params]
        line = draft.add(make_line("", self.name, params, value, draft.version), after, before)
        return self._remarked(draft, line, None, entry)

    def change(self, draft: Draft, line: Line, old: Any, new: Any) -> Line:
        """Let ``line``, which says ``old``, say ``new``; parameters that have no part in it stay."""
        params, value = list(line.params), line.value
        if self._core(old) != self._core(new):
            params, value = self._say(new, line, draft.version)
        old_kind, new_kind = getattr(old, "kind", ""), getattr(new, "kind", "")
        remark = Remarks(draft.lines).of(line, LABEL)
        speaks = (built_in_label(remark) or "").lower() in self.vocabulary.labels and bool(remark)
        tells_kind = speaks and (old_kind != new_kind or old.label != new.label)
        preference_changed = getattr(old, "preferred", False) != getattr(new, "preferred", False)
        if self.vocabulary is not _NO_KINDS and (old_kind != new_kind or tells_kind):
            kept = tuple(each for each in line.types if _may_stay(each, new_kind))
            params = [*self._types(new, kept, draft.version), *without(params, "TYPE", "PREF")]
        elif preference_changed:
            params = _with_preference(params, draft.version, preferred=new.preferred)
        line = draft.rewrite(line, value, params)
        if tells_kind and not new.label:
            line = draft.remark(line, LABEL, "")
        return self._remarked(draft, line, old, new)

    def _remarked(self, draft: Draft, line: Line, old: Any, new: Any) -> Line:
        if new.label != (old.label if old else ""):
            line = draft.remark(line, LABEL, new.label)
        return line

    def _types(self, entry: Any, kept: tuple[str, ...], version: str) -> list[Param]:
        if self.vocabulary is _NO_KINDS:
            return []
        written = self.vocabulary.write(entry.kind)
        if version == "4.0" and entry.kind in self.vocabulary.kinds:
            written = tuple(each.lower() for each in written)
        have = {each.lower() for each in kept}
        types = (*kept, *(each for each in written if each.lower() not in have))
        params: list[Param] = [("TYPE", types)] if types else []
        return _with_preference(params, version, preferred=getattr(entry, "preferred", False))

    def _kind_and_label(self, line: Line, remarks: Remarks) -> tuple[str, str]:
        label = remarks.of(line, LABEL)
        word = built_in_label(label) if label else None
        if word is not None:
            kind = self.vocabulary.labels.get(word.lower())
            if kind is not None and (kind or self.vocabulary is _NO_KINDS or not line.types):
                return kind, ""
            label = "" if kind == "" else word
        return self.vocabulary.read(line.types) if ";" in line.head else "", label

    def _core(self, entry: Any) -> Hashable:
        return getattr(entry, self.key)  # type: ignore[no-any-return]

    def _values(self, line: Line) -> dict[str, Any] | None:
        text = line.text.strip()
        return {self.key: text} if text else None

    def _say(self, entry: Any, line: Line | None, _version: str) -> tuple[list[Param], str]:
        return list(line.params) if line else [], escape(getattr(entry, self.key))


class _Phones(Entries):
    """TEL: as text or, in 4.0, as a ``tel:`` URI with an extension (VC-10); commas are dial pauses (VC-11)."""

    def _values(self, line: Line) -> dict[str, Any] | None:
        text = line.text.strip()
        if text[:4].lower() == "tel:":
            text = number_of_uri(text)
        return {"number": text} if text else None

    def _say(self, entry: Any, line: Line | None, _version: str) -> tuple[list[Param], str]:
        params = without(line.params, "VALUE") if line else []
        return params, escape(entry.number)


class _Urls(Entries):
    """URL: a URI, whose commas and semicolons are not escaped (VC-13)."""

    def _say(self, entry: Any, line: Line | None, _version: str) -> tuple[list[Param], str]:
        return list(line.params) if line else [], escape_uri(entry.address)


class _Dates(Entries):
    """X-ABDATE with a label, other than the anniversary."""

    def read(self, line: Line, remarks: Remarks) -> Any:
        """Give the date, unless it is the anniversary."""
        return None if is_anniversary(line, remarks) else super().read(line, remarks)

    def _values(self, line: Line) -> dict[str, Any] | None:
        iso = read_date(line)
        return {"value": iso} if iso else None

    def _say(self, entry: Any, line: Line | None, version: str) -> tuple[list[Param], str]:
        return date_line(entry.value, line.params if line else (), version)


def number_of_uri(uri: str) -> str:
    """Give the number in a ``tel:`` URI (RFC 3966) as people write it, ``ext`` included."""
    match = _TEL.fullmatch(uri)
    if not match:
        return uri
    extension = next((each[4:] for each in match[2].split(";") if each.lower().startswith("ext=")), "")
    return unquote(match[1]).strip() + (f" ext. {unquote(extension)}" if extension else "")


def _is_preferred(line: Line) -> bool:
    if ";" not in line.head:
        return False
    return line.param("PREF") == "1" or "pref" in [each.lower() for each in line.types]


def _with_preference(params: list[Param], version: str, *, preferred: bool) -> list[Param]:
    """Say or unsay that the entry is preferred: PREF=1 in 4.0, TYPE=pref before (VC-06)."""
    found: list[Param] = []
    for name, values in params:
        if name == "PREF":
            continue
        if name == "TYPE":
            values = tuple(each for each in values if each.lower() != "pref")
            if not values:
                continue
        found.append((name, values))
    if preferred and version == "4.0":
        found.append(("PREF", ("1",)))
    elif preferred:
        at = next((at for at, (name, _) in enumerate(found) if name == "TYPE"), None)
        if at is None:
            return [("TYPE", ("PREF",)), *found]
        found[at] = ("TYPE", (*found[at][1], "PREF"))
    return found


def _may_stay(word: str, kind: str) -> bool:
    plain = word.lower()
    return (
        plain in NEUTRAL and plain != "pref" and (plain not in ("text", "video") or kind not in ("", "text", "video"))
    )


EMAILS = Entries("EMAIL", Email, "address", PLACES, ("INTERNET",), has_preference=True)
PHONES_FIELD = _Phones("TEL", Phone, "number", PHONES, has_preference=True)
URLS = _Urls("URL", Url, "address", PLACES)
DATES = _Dates("X-ABDATE", ImportantDate, "value", _NO_KINDS)
