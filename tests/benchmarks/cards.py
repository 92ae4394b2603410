"""The cards of the benchmark: always the same ones, of people in fifteen countries, every twentieth with a photo."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from uuid import NAMESPACE_URL, uuid5

from bridge.demo.names import CATEGORIES, LANDS, TITLES, Land
from storage_plugin.vcard.lines import fold

PHOTO_EVERY = 20
PHOTO_OCTETS = 8_200
"""Eleven thousand characters as base64."""


@dataclass(frozen=True, slots=True)
class Person:
    """What searches look for, and the rest of the card, but for its photo and what edits change."""

    uid: str
    name: str
    emails: Sequence[str]
    lines: Sequence[str]


def file_name(number: int) -> str:
    """Give the name of a card, the last part of its href."""
    return f"{person(number).uid}.vcf"


def card(number: int, edition: int = 0) -> bytes:
    """Write a card; another ``edition`` has another note and mobile number, but the same name and addresses."""
    who = person(number)
    mobile = f"TEL;TYPE=CELL:+49 151 {edition % 1000:03} {number % 100_000:05}"
    note = f"NOTE:Edition {edition}\\, best reached in the morning\\; speaks English."
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{who.uid}", *who.lines, mobile, note]
    text = "".join(fold(line) for line in lines)
    return (text + (_photo(number) if number % PHOTO_EVERY == 7 else "") + "END:VCARD\r\n").encode()


@cache
def person(number: int) -> Person:
    """Invent the person of a number."""
    chance = Random(f"person {number}")
    land = LANDS[number % len(LANDS)]
    given, family, firm = chance.choice(land.given), chance.choice(land.family), chance.choice(land.firms)
    name = f"{family} {given}" if land.code in ("JP", "CN", "KR") else f"{given} {family}"
    code, town = chance.choice(land.towns)
    street = chance.choice(land.streets).format(chance.randrange(1, 140))
    emails = [f"{_ascii(given) or 'mail'}.{_ascii(family) or 'office'}{number}@{land.domain}"]
    if chance.random() < 0.3:
        emails.append(f"{_ascii(family) or 'private'}-{number}@example.org")
    lines = [
        f"N:{_escaped(family)};{_escaped(given)};;;",
        f"FN:{_escaped(name)}",
        f"ORG:{_escaped(firm)};{chance.choice(('Sales', 'Purchasing', 'Export'))}",
        f"TITLE:{chance.choice(TITLES) or 'Engineer'}",
        *(f"EMAIL;TYPE=INTERNET,{kind}:{email}" for kind, email in zip(("WORK", "HOME"), emails, strict=False)),
        f"TEL;TYPE=WORK,VOICE:{land.phone.format(number % 100)}",
        f"ADR;TYPE=WORK:;;{_escaped(street)};{_escaped(town)};;{code};{land.country}",
        f"URL:https://www.{land.domain}/{number}",
        f"CATEGORIES:{chance.choice(CATEGORIES)}",
    ]
    if chance.random() < 0.3:
        lines.append(f"BDAY:{chance.randrange(1950, 2002)}-{chance.randrange(1, 13):02}-{_day(land, number):02}")
    return Person(str(uuid5(NAMESPACE_URL, f"contact-bridge-bench-{number}")), name, emails, lines)


def _day(land: Land, number: int) -> int:
    return (number * len(land.country)) % 28 + 1


def _photo(number: int) -> str:
    octets = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + Random(number).randbytes(PHOTO_OCTETS)
    return fold(f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(octets).decode()}")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
