"""Kinds of phones and places: TYPE values and Apple's labels → one vocabulary, and back (VC-05…09).

What a device names otherwise is a kind of its own and kept verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from storage_plugin.model.contact import PHONE_KINDS, PLACE_KINDS

_BUILT_IN = re.compile(r"_\$!<(.*)>!\$_", re.S)

NEUTRAL = frozenset(
    {"voice", "pref", "internet", "smtp", "msg", "preferred", "dom", "intl", "postal", "parcel", "text", "video"}
)
"""Types that say something, but not which of several phones or addresses it is."""

_PHONE_TYPES = {
    "pager": "pager",
    "cell": "mobile", "mobile": "mobile", "iphone": "mobile",
    "car": "car",
    "main": "main", "companymain": "main", "company": "main",
    "isdn": "isdn",
    "textphone": "text", "ttytdd": "text", "tty-tdd": "text", "ttytddphone": "text",
    "assistant": "assistant", "assistantphone": "assistant",
    "callback": "callback", "callbackphone": "callback",
    "carphone": "car",
    "radio": "radio",
    "telex": "telex",
    "workfax": "work_fax", "homefax": "home_fax", "otherfax": "other_fax",
    "work_fax": "work_fax", "home_fax": "home_fax", "other_fax": "other_fax",
}  # fmt: skip
_PLACES = {"work": "work", "business": "work", "home": "home", "other": "other"}
_ALONE = {"video": "video", "text": "text"}
_WRITTEN = {
    "work": ("WORK", "VOICE"), "home": ("HOME", "VOICE"), "mobile": ("CELL",), "main": ("MAIN",),
    "work_fax": ("WORK", "FAX"), "home_fax": ("HOME", "FAX"), "other_fax": ("OTHER", "FAX"), "pager": ("PAGER",),
    "car": ("CAR",), "assistant": ("X-ASSISTANT",), "callback": ("X-CALLBACK",), "isdn": ("ISDN",),
    "radio": ("X-RADIO",), "telex": ("X-TELEX",), "text": ("TEXTPHONE",), "video": ("VIDEO",), "other": ("OTHER",),
}  # fmt: skip


def phone_kind(types: tuple[str, ...]) -> str:
    """Give the kind of phone that ``types`` name, from PHONE_KINDS; else their first own word; else ``""``."""
    known = [_plain(value) for value in types]
    places = [_PLACES[value] for value in known if value in _PLACES]
    if "fax" in known:
        return f"{places[0]}_fax" if places else "other_fax"
    named = [_PHONE_TYPES[value] for value in known if value in _PHONE_TYPES]
    alone = [_ALONE[value] for value in known if value in _ALONE]
    return next(iter([*named, *places, *_own(types, known, _PHONE_TYPES), *alone]), "")


def place_kind(types: tuple[str, ...]) -> str:
    """Give ``work``, ``home``, ``other``, else the first own word of ``types``, else ``""``."""
    known = [_plain(value) for value in types]
    places = [_PLACES[value] for value in known if value in _PLACES]
    return next(iter([*places, *_own(types, known, _PLACES)]), "")


def phone_types(kind: str) -> tuple[str, ...]:
    """Give the TYPEs that say ``kind``."""
    return _WRITTEN.get(kind) or ((kind,) if kind else ())


def place_types(kind: str) -> tuple[str, ...]:
    """Give the TYPEs that say ``kind``."""
    return (kind.upper(),) if kind in PLACE_KINDS else (kind,) if kind else ()


def built_in_label(label: str) -> str | None:
    """Give the word in Apple's ``_$!<Mobile>!$_``, or None for a label of the user's own."""
    match = _BUILT_IN.fullmatch(label.strip())
    return match[1].strip() if match else None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How one property tells its kinds: by TYPE, and by the built-in labels of Apple (in lower case)."""

    read: Callable[[tuple[str, ...]], str]
    write: Callable[[str], tuple[str, ...]]
    labels: dict[str, str]
    kinds: tuple[str, ...]

    def normalised(self, kind: str) -> str:
        """Give ``kind`` as it is read back once it was written."""
        return kind if kind in self.kinds else self.read((kind,)) if kind else ""


_PLACE_LABELS = {**_PLACES, "homepage": ""}
_PHONE_LABELS = {**_PLACES, **_PHONE_TYPES, "fax": "other_fax"}

PHONES = Vocabulary(phone_kind, phone_types, _PHONE_LABELS, PHONE_KINDS)
PLACES = Vocabulary(place_kind, place_types, _PLACE_LABELS, PLACE_KINDS)


def _plain(value: str) -> str:
    return value.lower().removeprefix("x-evolution-").removeprefix("x-")


def _own(types: tuple[str, ...], known: list[str], vocabulary: dict[str, str]) -> list[str]:
    words = zip(types, known, strict=True)
    return [value for value, plain in words if plain not in vocabulary and plain not in NEUTRAL and plain != "fax"]
