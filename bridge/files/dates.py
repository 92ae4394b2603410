"""Dates in CSV files, as Outlook and Google write them in the reader's own country."""

from __future__ import annotations

import re
from datetime import date

_NONE = re.compile(r"(00?[/.-]00?[/.-]00(00)?|0000-00-00|1/1/4501|01\.01\.4501)")
"""What Outlook writes where a date is not given."""

_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?")
_NO_YEAR = re.compile(r"-{1,2}(?P<m>\d{1,2})-(?P<d>\d{1,2})")
_DOTS = re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})")
_SLASHES = re.compile(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})")


def is_no_date(text: str) -> bool:
    """Tell whether ``text`` stands for "none"."""
    return not text.strip() or _NONE.fullmatch(text.strip()) is not None


def iso_date(text: str, *, day_first: bool = False) -> str:
    """Give a date as ``1996-04-15``, or ``--04-15`` without a year; ``""`` when it cannot be read.

    ``12/3/1996`` is the third of December unless ``day_first``; a number above twelve decides by itself.
    """
    text = text.strip()
    if found := _NO_YEAR.fullmatch(text):
        return _checked("2000", found["m"], found["d"])[4:].replace("-", "--", 1)
    if found := _ISO.fullmatch(text) or _DOTS.fullmatch(text):
        return _checked(found["y"], found["m"], found["d"])
    if found := _SLASHES.fullmatch(text):
        month, day = (found["b"], found["a"]) if day_first or int(found["a"]) > 12 else (found["a"], found["b"])
        return _checked(found["y"], month, day)
    return ""


def _checked(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
