"""The values of fields as the history, a merge and the conflicts show them, in the visitor's language."""

from __future__ import annotations

import re
from dataclasses import replace

from bridge.web.field_names import kinds
from bridge.web.languages import Language
from bridge.web.sentences import sentences
from storage_plugin.database.differences import FieldChange
from storage_plugin.model.contact import LISTS

_IN_WORDS = ("is_company", "photo", "shared")
"""Fields whose values are words of ours."""

_REMARKS = re.compile(r"(?<= \()[^()]+(?=\)(?:; |$))")
_DAY = re.compile(r"(?<!\S)(?:\d{4}|-)-\d\d-\d\d(?![^\s,;])")


def value_said(spoken: Language, text: str, field: str) -> str:
    """Say a value that ``differences.said`` wrote: its days, its kinds, "preferred"; what people wrote stays."""
    if field in _IN_WORDS:
        return sentences(spoken)(text)
    if field in ("birthday", "anniversary"):
        return spoken.day(text)
    if field == "dates":
        text = _DAY.sub(lambda day: spoken.day(day[0]), text)
    if field not in LISTS:
        return text
    words = {word: name for word, name in kinds(spoken).items() if word} | {"preferred": spoken.said("preferred")}
    return _REMARKS.sub(lambda found: ", ".join(words.get(each, each) for each in found[0].split(", ")), text)


def worded(spoken: Language, change: FieldChange) -> FieldChange:
    """Say both values of a change in the visitor's language."""
    return replace(
        change, old=value_said(spoken, change.old, change.field), new=value_said(spoken, change.new, change.field)
    )
