"""Keys by which names are sorted as people of a language expect it: plain text, compared letter by letter.

Three orders serve our five languages: English and Dutch fold diacritics away; German takes ä for ae as its telephone
books do (DIN 5007-2); Danish and Norwegian put æ, ø and å behind z, and take aa for å, ä for æ, ö for ø and ü for y.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from storage_plugin.model.contact import Contact, display_name

LONGEST = 100
"""Characters of a key; who differs later only is sorted by age."""


class SortKeys(NamedTuple):
    """The keys of one text."""

    folded: str
    german: str
    nordic: str


ORDERS = {"de": "german", "da": "nordic", "nb": "nordic"}
"""Language → which key is for it; "folded" for all others."""

_LETTERS = {"æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "n"}
_FOLDED = str.maketrans(_LETTERS)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", **_LETTERS})
_NORDIC = str.maketrans({**_LETTERS, "æ": "{", "ä": "{", "ø": "|", "ö": "|", "œ": "|", "å": "}", "ü": "y"})
"""The signs behind z in ASCII stand for the letters behind z."""

_APOSTROPHES = re.compile("['’‘`´ʼ]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def sort_keys(text: str) -> SortKeys:
    """Make the keys of a text; a text without letters and digits stands for itself."""
    if text.isascii():
        plain = _APOSTROPHES.sub("", text.lower())
        key = _BETWEEN_WORDS.sub(" ", plain).strip()[:LONGEST] or plain.strip()[:LONGEST]
        return SortKeys(key, key, key.replace("aa", "}"))
    small = _APOSTROPHES.sub("", unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()))
    bare = _BETWEEN_WORDS.sub(" ", small).strip() or small.strip()
    nordic = _without_marks(bare.translate(_NORDIC).replace("aa", "}"))
    return SortKeys(
        _without_marks(bare.translate(_FOLDED))[:LONGEST],
        _without_marks(bare.translate(_GERMAN))[:LONGEST],
        nordic[:LONGEST],
    )


def _without_marks(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).translate(_FOLDED)


def listed_name(contact: Contact) -> str:
    """Give the name as lists show it and sort by it: ``Abel, Anna``; as the user wants it filed, if that is said."""
    if contact.file_as:
        return contact.file_as
    given = " ".join(part for part in (contact.given_name, contact.middle_name) if part)
    if contact.is_company or not contact.family_name:
        return display_name(contact)
    return f"{contact.family_name}, {given}" if given else contact.family_name
