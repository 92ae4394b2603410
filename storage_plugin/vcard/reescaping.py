"""Escapes that a client changed though nobody edited anything: what was stored stands again.

Thunderbird 153 (ical.js) does not know ``\\;`` in a text and takes its backslash for one that the user typed: from
``NOTE:a\\; b`` it makes ``NOTE:a\\\\; b`` with any edit of that card, and doubles it again with the next one.
Backslashes before ``;``, ``,`` and ``:`` are therefore nothing by which a blind edit differs.
"""

from __future__ import annotations

import re

from storage_plugin.vcard.binaries import is_binary
from storage_plugin.vcard.lines import Line, fold, parse_once, split_list, split_structured
from storage_plugin.vcard.units import STRUCTURED

_LISTS = frozenset({"NICKNAME", "CATEGORIES"})
_BACKSLASHES = re.compile(r"\\+(?=[;,:])")


def without_reescaping(shown: str, edited: str) -> str:
    """Give ``edited`` with the values of ``shown`` where it differs from them by backslashes only.

    Both are of one vCard version; ``shown`` is what the device had seen. Without such a line, ``edited`` comes back
    to the byte.
    """
    if "\\" not in shown and "\\" not in edited:
        return edited
    before, after = parse_once(shown).lines, parse_once(edited).lines
    seen, sent = ({(line.name, line.value) for line in lines} for lines in (before, after))
    gone: dict[tuple[str, ...], list[Line]] = {}
    for line in before:
        if (line.name, line.value) not in sent and (key := _bare(line)):
            gone.setdefault(key, []).append(line)
    raws = []
    for line in after:
        same = gone.get(_bare(line)) if gone and (line.name, line.value) not in seen else None
        raws.append(_with_value_of(same.pop(0), line) if same else line.raw)
    return "".join(raws)


def _bare(line: Line) -> tuple[str, ...]:
    """Give name and value without those backslashes; components and entries count; ``()`` for what is no text."""
    if not line.name or is_binary(line) or line.is_quoted_printable:
        return ()
    parts = [line.value]
    if line.name in STRUCTURED:
        parts = split_structured(line.value)
    elif line.name in _LISTS:
        parts = split_list(line.value)
    return (line.name, *(_BACKSLASHES.sub("", part) for part in parts))


def _with_value_of(shown: Line, line: Line) -> str:
    if (shown.head, shown.end) == (line.head, line.end):
        return shown.raw
    return fold(f"{line.head}:{shown.value}").replace("\r\n", line.end or "\r\n")
