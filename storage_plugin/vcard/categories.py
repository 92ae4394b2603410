"""CATEGORIES: one list over all lines of that name (VC-47, VC-48)."""

from __future__ import annotations

from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.lines import Line, escape, make_line, split_list


def read_categories(lines: list[Line]) -> tuple[str, ...]:
    """Give each category once, in the order of the card."""
    return tuple(
        dict.fromkeys(text for line in lines for part in split_list(line.value) if (text := _text(line, part)))
    )


def write_categories(draft: Draft, wanted: tuple[str, ...]) -> None:
    """Take out those that vanished, append new ones to the last line; another order rewrites the first line."""
    lines = draft.named("CATEGORIES")
    old = read_categories(lines)
    before, after = set(old), set(wanted)
    kept = [name for name in old if name in after]
    added = [name for name in wanted if name not in before]
    if (*kept, *added) != wanted:
        for line in lines[1:]:
            draft.remove(line)
        draft.rewrite(lines[0], ",".join(map(escape, wanted)))
        return
    for line in lines:
        _thin_out(draft, line, after)
    lines = draft.named("CATEGORIES")
    written = ",".join(map(escape, added))
    if added and lines:
        last = lines[-1]
        value = last.value if not last.is_quoted_printable else escape(last.text)
        draft.rewrite(last, f"{value},{written}" if value.strip() else written)
    elif added:
        draft.add(make_line("", "CATEGORIES", (), written))


def _thin_out(draft: Draft, line: Line, wanted: set[str]) -> None:
    parts = split_list(line.value)
    kept = [part for part in parts if (text := _text(line, part)) in wanted or not text]
    if len(kept) == len(parts):
        return
    if not any(part.strip() for part in kept):
        draft.remove(line)
    elif line.is_quoted_printable:
        draft.rewrite(line, ",".join(escape(_text(line, part)) for part in kept))
    else:
        draft.rewrite(line, ",".join(kept))


def _text(line: Line, part: str) -> str:
    return line.read(part).strip()
