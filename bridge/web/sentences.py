"""Sentences of the code below the page, said in the visitor's language.

That code knows no languages. It writes English sentences (``raise Refused(f"there is no user {name}")``): the command
line shows them as they are, and the database keeps them, those of a run for example, for whoever reads them later.
Only the page translates. It knows a sentence again by its pattern, "there is no user %(name)s" in the catalogue
``sentences.po`` (which ``collecting`` finds in the code), and says the pattern's translation with the same values.

A text may be put together: of sentences, of a name and a sentence ("Ada: update"), of a list ("update, forget the
link"). What is not known stays as it is: what a server answers, and names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from bridge.web.field_names import named
from bridge.web.languages import FOLDER, WRITTEN_IN, Language, read

SPOKEN = frozenset({"again", "answer", "cure", "deed", "error", "hint", "listed", "reason", "undone"})
"""The values that are sentences, too."""

FIELDS = frozenset({"attributes"})
"""The values that are attributes of a contact, several with a comma or "and" between."""

LONGEST = 2000
"""Characters of a text; what is longer is no sentence of ours."""

_SPLITS = 8
_PLACE = re.compile(r"%\((\w+)\)s")
_WORDS = r"[\w.]+(?:(?:, | and )[\w.]+)*"
_BOUND = re.compile(r"[.!?] (?=[A-Z`])")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


class _Pattern(NamedTuple):
    """A sentence of the code; ``word`` is its longest part without values, which is looked for first."""

    word: str
    form: re.Pattern[str]
    text: str


class Sentences:
    """The sentences of one language. ``translated`` maps the English ones; ``time`` and ``field`` say values."""

    def __init__(
        self, translated: Mapping[str, str], time: Callable[[str], str], field: Callable[[str], str]
    ) -> None:
        self._translated = translated
        self._time = time
        self._field = field
        self._exact = {_key(text): text for text in translated if not _PLACE.search(text)}
        with_values = (text for text in translated if _PLACE.search(text))
        self._patterns = [_pattern(text) for text in sorted(with_values, key=_weight, reverse=True)]
        self._said = lru_cache(4096)(self._put_together)

    def __call__(self, text: str) -> str:
        """Say a text of the code in this language; one that is not known is given back as it is."""
        return (len(text) <= LONGEST and self._said(text)) or text

    def alone(self, text: str) -> str:
        """Say a text as a sentence of its own: with a full stop, and a capital unless it begins with a value."""
        said = self(text)
        if not self._translated.get(self.pattern_of(text), "").startswith("%("):
            said = said[:1].upper() + said[1:]
        return said if said.endswith((".", "!", "?")) else f"{said}."

    def pattern_of(self, text: str) -> str:
        """Give the pattern of a sentence, "" where it is none."""
        return next((pattern for pattern, _ in self._found(text)), "")

    def _put_together(self, text: str) -> str:
        found = list(self._found(text))
        if whole := next((each for each in found if _is_one(each[1])), None):
            return self._whole(text, *whole)
        said = self._several(text, all_known=bool(found)) or self._about(text, all_known=bool(found))
        return said or (self._whole(text, *found[0]) if found else self._listed(text))

    def _whole(self, text: str, pattern: str, values: Mapping[str, str]) -> str:
        translated = self._translated[pattern]
        said = _PLACE.sub(lambda place: self._value(place[1], values[place[1]]), translated)
        if text[:1].isupper() and not translated.startswith("%("):
            said = said[:1].upper() + said[1:]
        return said.removesuffix(".") + ("." if text.endswith(".") else "")

    def _found(self, text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Give the patterns that a text fits, with the values; what says most comes first."""
        key = _key(text)
        if key in self._exact:
            yield self._exact[key], {}
        for word, form, pattern in self._patterns:
            if word in key and (found := form.fullmatch(text)):
                yield pattern, found.groupdict()

    def _value(self, name: str, value: str) -> str:
        if name in SPOKEN:
            return self(value)
        if name in FIELDS:
            return re.sub(r"\w+", lambda word: self._field(word[0]) if word[0] != "and" else ",", value).replace(
                " ,", ","
            )
        return self._time(value) if _TIME.fullmatch(value) else value

    def _several(self, text: str, *, all_known: bool = False) -> str:
        """Say one sentence after the other; an answer of a server may be among them."""
        for end in islice(_BOUND.finditer(text), _SPLITS):
            first, rest = text[: end.start() + 1], text[end.start() + 2 :]
            said = self._said(first), self._said(rest)
            if all(said) or (any(said) and not all_known):
                return f"{said[0] or first} {said[1] or rest}"
        return ""

    def _about(self, text: str, *, all_known: bool = False) -> str:
        """Say a name, and what is said of it."""
        for colon in islice(re.finditer(": ", text), _SPLITS):
            name, rest = text[: colon.start()], text[colon.end() :]
            said = self._said(name), self._said(rest)
            if said[1] and (said[0] or not all_known):
                return f"{said[0] or name}: {said[1]}"
        return ""

    def _listed(self, text: str) -> str:
        """Say a list, if all that is in it is known."""
        parts = text.split(", ")
        said = [self._said(part) for part in parts] if len(parts) > 1 else []
        return ", ".join(said) if all(said) else ""


@lru_cache
def sentences(spoken: Language) -> Sentences:
    """Give the sentences of a language; those of English, which has no catalogue, are what the others translate."""
    file = FOLDER / (spoken.code if spoken.code != WRITTEN_IN else "de") / "LC_MESSAGES" / "sentences.po"
    translated = {str(each.id): str(each.string or each.id) for each in read(file, spoken.code) if each.id}
    if spoken.code == WRITTEN_IN:
        translated = {text: text for text in translated}
    return Sentences(translated, spoken.time, lambda name: named(spoken, name))


def _is_one(values: Mapping[str, str]) -> bool:
    """Tell whether no value goes on into what is said next."""
    return not any(_BOUND.search(value) or ": " in value for name, value in values.items() if name not in SPOKEN)


def _key(text: str) -> str:
    """Give a sentence as it is compared: with or without a capital and a full stop."""
    return text[:1].lower() + text[1:].removesuffix(".")


def _weight(text: str) -> int:
    """Say how much of a pattern is fixed: of two that fit a sentence, the one that says more is meant."""
    return len(_PLACE.sub("", text))


def _pattern(text: str) -> _Pattern:
    parts = _PLACE.split(_key(text))
    form = "".join(
        f"(?P<{part}>{_WORDS if part in FIELDS else '.+?'})" if number % 2 else re.escape(part)
        for number, part in enumerate(parts)
    )
    if parts[0][:1].isalpha():
        form = f"[{parts[0][0].upper()}{parts[0][0]}]{form[1:]}"
    return _Pattern(max(parts[::2], key=len), re.compile(form + r"\.?", re.S), text)
