"""The languages of the page: gettext catalogues, read from the .po files at the start, and Babel for dates.

A text that a catalogue lacks is shown in English. ``make translations`` finds new texts in the code and templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages import Catalog, mofile, pofile
from babel.support import Translations

FOLDER = Path(__file__).parent / "locale"
NAMES = {"en": "English", "nl": "Nederlands", "da": "Dansk", "nb": "Norsk", "de": "Deutsch"}
WRITTEN_IN = "en"
_ALSO = {"no": "nb", "nn": "nb"}
_DATES = {"en": "en_GB"}  # the day before the month, as everywhere where this is used


@dataclass(frozen=True, slots=True)
class Language:
    """One language, ready to speak; ``code`` is an ISO 639-1 code."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    def said(self, text: str, **values: object) -> str:
        """Say ``text`` in this language, with ``%(name)s`` filled in."""
        found = self.catalogue.gettext(text)
        return found % values if values else found

    def counted(self, one: str, many: str, number: int, **values: object) -> str:
        """Say ``one`` or ``many``, whichever this language uses for ``number``; ``%(num)s`` is the number."""
        return self.catalogue.ngettext(one, many, number) % {"num": self.number(number), **values}

    def number(self, number: float) -> str:
        """Write a number with this language's separators; not for the numbers that things are called by."""
        return numbers.format_decimal(number, locale=self.locale)

    def day(self, at: str) -> str:
        """Write a day (ISO 8601, or ``--MM-DD`` without a year) as people here do; anything else as it is."""
        try:
            return _day(self.locale, at if at.startswith("--") else at[:10])
        except ValueError:
            return at

    def time(self, at: str) -> str:
        """Write a point in time (UTC, ISO 8601) in the server's time zone; "" for never."""
        if not at:
            return ""
        local = datetime.fromisoformat(at).astimezone()
        return dates.format_datetime(local, "medium", locale=self.locale, tzinfo=local.tzinfo)


@lru_cache(4096)
def _day(locale: Locale, at: str) -> str:
    """Write a day; a list says the same ones again and again. Raises ValueError."""
    if at.startswith("--"):
        return dates.format_skeleton("MMMMd", datetime.fromisoformat(f"2000-{at[2:]}"), locale=locale)
    return dates.format_date(datetime.fromisoformat(at), "medium", locale=locale)


@lru_cache
def language(code: str) -> Language:
    """Give a language; English for one that we do not speak."""
    known = code if code in NAMES else "en"
    return Language(known, Locale.parse(_DATES.get(known, known)), _catalogue(known))


def preferred(header: str, chosen: str = "") -> Language:
    """Choose by the user's setting, else by the browser's Accept-Language (RFC 9110 12.5.4), else English."""
    wanted = [chosen] if chosen else _accepted(header)
    for each in wanted:
        primary = each.partition("-")[0]
        code = _ALSO.get(primary, primary)
        if code in NAMES:
            return language(code)
    return language("en")


def _accepted(header: str) -> Sequence[str]:
    found: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        try:
            found.append((-float(quality or 1), tag))
        except ValueError:
            continue
    return [tag for _, tag in sorted(found, key=lambda each: each[0])]


def read(file: Path, code: str) -> Catalog:
    """Read a catalogue; an empty one where there is none yet."""
    if not file.exists():
        return Catalog(locale=code, project="Contact Bridge", charset="utf-8", fuzzy=False)
    with file.open("rb") as raw:
        return pofile.read_po(raw, locale=code, abort_invalid=True)


def _catalogue(code: str) -> NullTranslations:
    if code == WRITTEN_IN:
        return NullTranslations()
    compiled = BytesIO()
    mofile.write_mo(compiled, read(FOLDER / code / "LC_MESSAGES" / "messages.po", code))
    compiled.seek(0)
    return Translations(compiled)
