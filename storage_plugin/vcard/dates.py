"""Dates of a card: birthday and anniversaries, with and without a year, in the forms of 3.0, 4.0 and Apple.

RFC 6350 section 4.3, RFC 2426 section 3.1.5. Apple writes an unknown year as 1604 and says so in X-APPLE-OMIT-YEAR,
though not always (VC-30, VC-31).
"""

from __future__ import annotations

import re
from datetime import date

from storage_plugin.vcard.lines import Line, Param

NO_YEAR = "1604"
_FULL = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?", re.A)
_DAY = re.compile(r"--(\d{2})-?(\d{2})(?:[T ].*)?", re.A)
_VALUES_KEPT = ("DATE",)


def read_date(line: Line) -> str:
    """Give the date of ``line`` as ``1996-04-15`` or ``--04-15``; ``""`` for what is no date (VC-29…33)."""
    if line.param("VALUE").upper() == "TEXT":
        return ""
    return iso_date(line.text, line.param("X-APPLE-OMIT-YEAR"))


def iso_date(text: str, omitted: str = NO_YEAR) -> str:
    """Give ``text`` as ISO 8601, without its year if that is ``omitted``, 1604 or 0000; ``""`` if it is no date."""
    text = text.strip()
    if match := _FULL.fullmatch(text):
        year, month, day = match.groups()
        if year not in (omitted, NO_YEAR, "0000"):
            return f"{year}-{month}-{day}" if _is_day(int(year), int(month), int(day)) else ""
    else:
        match = _DAY.fullmatch(text)
        if not match:
            return ""
        month, day = match.groups()
    return f"--{month}-{day}" if _is_day(2000, int(month), int(day)) else ""


def date_line(iso: str, params: tuple[Param, ...], version: str) -> tuple[list[Param], str]:
    """Give parameters and value that say ``iso`` in ``version``, keeping what ``params`` hold besides."""
    kept = [
        (name, values)
        for name, values in params
        if name not in ("VALUE", "X-APPLE-OMIT-YEAR", "CALSCALE")
        or (name == "VALUE" and version != "4.0" and values[0].upper() in _VALUES_KEPT)
    ]
    if version == "4.0":
        return kept, "--" + iso[2:].replace("-", "") if iso.startswith("--") else iso.replace("-", "")
    if iso.startswith("--"):
        return [*kept, ("X-APPLE-OMIT-YEAR", (NO_YEAR,))], NO_YEAR + iso[1:]
    return kept, iso


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
