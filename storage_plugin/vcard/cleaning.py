"""What text a card can say: no control characters, one kind of newline, no blanks around a value."""

from __future__ import annotations

import re

from storage_plugin.vcard.charsets import without_unsafe

_NEWLINE = re.compile(r"\r\n?")


def clean(text: str) -> str:
    """Give ``text`` as a single value says it."""
    return clean_note(text).strip()


def clean_note(text: str) -> str:
    """Give ``text`` as a note says it: blanks around it stay, unless there is nothing else."""
    text = without_unsafe(_NEWLINE.sub("\n", text))
    return text if text.strip() else ""


def list_of(text: str) -> list[str]:
    """Cut "A, B" into its items if it is surely such a list; else give it whole."""
    items = text.split(", ")
    return items if all(item and item == item.strip() for item in items) else [text]
