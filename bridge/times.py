"""Points in time as people type them: ``2026-11-21 14:00``, ``2026-11-21``, or ``2h`` for two hours ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_AGO = re.compile(r"(\d+)\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def point_in_time(text: str, now: datetime) -> datetime:
    """Read a time; one without a zone is in that of ``now``. Raises ValueError with a sentence."""
    if ago := _AGO.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: write 2026-11-21 14:00, or 2h for two hours ago.") from error
    return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
