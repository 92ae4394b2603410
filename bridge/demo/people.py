"""Two hundred fictional business contacts, always the same ones, with some of everything a contact can have."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from random import Random

from bridge.demo.names import CATEGORIES, LANDS, TITLES, Land
from storage_plugin.model.contact import Contact, Email, ImportantDate, Messenger, Phone, PostalAddress, Url

COUNT = 200


def companies() -> Iterator[Contact]:
    """Give the companies that the people work for (records of the type Account)."""
    chance = Random("companies")
    for land in LANDS:
        for firm in land.firms:
            place = _address(land, chance, "work")
            phone = Phone(land.phone.format(chance.randrange(100)), "main")
            yield Contact(formatted_name=firm, company=firm, is_company=True, addresses=(place,), phones=(phone,))


def people() -> Iterator[Contact]:
    """Give the people, without photos."""
    chance = Random("people")
    for number in range(COUNT):
        yield _person(LANDS[number % len(LANDS)], number, chance)


def has_photo(number: int) -> bool:
    """Tell whether the person of this number (from 0) has a portrait."""
    return number % 3 == 0


def _person(land: Land, number: int, chance: Random) -> Contact:
    given, family, firm = chance.choice(land.given), chance.choice(land.family), chance.choice(land.firms)
    some = chance.random
    return Contact(
        formatted_name=_full_name(land, given, family),
        prefix="Dr." if some() < 0.1 and land.code in ("DE", "GB", "US") else "",
        given_name=given,
        family_name=family,
        phonetic_family_name="やまだ" if family == "山田" else "",
        company=firm if some() < 0.85 else "",
        department="R&D; Export" if some() < 0.1 else "",
        job_title=chance.choice(TITLES),
        birthday=_birthday(chance) if some() < 0.3 else "",
        anniversary="2015-06-20" if some() < 0.05 else "",
        note="Prefers to be called in the morning.\nSpeaks English, too." if some() < 0.15 else "",
        emails=tuple(_emails(land, given, family, number, chance)),
        phones=tuple(_phones(land, number, chance)),
        addresses=(_address(land, chance, "work"),) if some() < 0.8 else (),
        urls=(Url(f"https://www.{land.domain}/", "work"),) if some() < 0.4 else (),
        dates=(ImportantDate("2024-03-01", "Customer since"),) if some() < 0.1 else (),
        messengers=(Messenger(f"user{number}", "skype"),) if some() < 0.1 else (),
        categories=tuple(sorted(chance.sample(CATEGORIES, chance.choice((0, 1, 1, 2))))),
    )


def _full_name(land: Land, given: str, family: str) -> str:
    if land.code in ("JP", "CN", "KR"):
        return f"{family}{given}" if land.code != "JP" else f"{family} {given}"
    return f"{given} {family}"


def _emails(land: Land, given: str, family: str, number: int, chance: Random) -> Iterator[Email]:
    name = f"{_ascii(given)}.{_ascii(family)}".strip(".") or "contact"
    yield Email(f"{name}.{number}@{land.domain}", "work", preferred=True)
    if chance.random() < 0.2:
        yield Email(f"{name}{number}@example.org", "home")


def _phones(land: Land, number: int, chance: Random) -> Iterator[Phone]:
    yield Phone(land.phone.format(number % 100), "work")
    if chance.random() < 0.6:
        yield Phone(land.phone.format((number + 37) % 100), "mobile", preferred=True)
    if chance.random() < 0.1:
        yield Phone(land.phone.format((number + 61) % 100), "work_fax")


def _address(land: Land, chance: Random, kind: str) -> PostalAddress:
    code, town = chance.choice(land.towns)
    street = chance.choice(land.streets).format(chance.randrange(1, 140))
    return PostalAddress(
        street=street,
        city=town.replace("_", " "),
        postal_code=code,
        country=land.country,
        country_code=land.code.lower(),
        kind=kind,
    )


def _birthday(chance: Random) -> str:
    day = f"{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    return f"--{day}" if chance.random() < 0.2 else f"{chance.randrange(1950, 2002)}-{day}"


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ł", "l").replace("Ł", "L"))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalpha())
