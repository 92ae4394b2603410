"""Any CSV file by choice: which of its columns stands for which of Outlook's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bridge.files.outlook_columns import ADDRESS_PARTS, EMAILS, OTHER, PHONES, PLACES, SINGLE, URLS
from bridge.files.table import decoded, key, rows

SHOWN = 3
"""Rows of a file that are shown to whoever chooses."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its title, what stands in its first rows, and which of Outlook's it seems to be, or ""."""

    title: str
    samples: tuple[str, ...]
    guess: str


def columns_of(body: bytes) -> Sequence[Column]:
    """Look at a CSV file; raise UnknownFile where it is none."""
    titles, _ = rows(decoded(body))
    _, below = rows(decoded(body), [str(at) for at in range(len(titles))])
    first = list(islice(below, SHOWN))
    guesses: list[str] = []
    for title in titles:
        guess = _MEANINGS.get(key(title), "")
        guesses.append("" if guess in guesses else guess)
    samples = [tuple(row.cells.get(str(at), "")[:60] for row in first) for at in range(len(titles))]
    return [Column(*each) for each in zip(titles, samples, guesses, strict=True)]


def choices() -> Sequence[str]:
    """Name Outlook's columns that can be chosen."""
    return list(dict.fromkeys(titles[0] for titles in _synonyms()))


def _synonyms() -> Iterator[Sequence[str]]:
    yield SINGLE["formatted_name"]
    yield from (titles for name, titles in SINGLE.items() if name not in ("formatted_name", "note"))
    yield from EMAILS
    yield from (titles for _, titles in PHONES)
    for _, en, de in PLACES:
        yield from ([title.format(en=en, de=de) for title in titles] for titles in ADDRESS_PARTS.values())
    yield from (titles for _, titles in URLS)
    yield from (titles for name, titles in OTHER.items() if name not in ("name", "uid"))
    yield SINGLE["note"]


_ALSO = {
    "First Name": ("Voornaam", "Fornavn"),
    "Last Name": ("Achternaam", "Efternavn", "Etternavn"),
    "Full Name": ("Name", "Naam", "Navn", "Contact", "Kontakt"),
    "Company": ("Bedrijf", "Virksomhed", "Firmanavn", "Bedrift", "Organisation"),
    "Job Title": ("Functie", "Stilling", "Stillingsbetegnelse"),
    "E-mail Address": ("Mail", "E-mailadres", "E-mailadresse", "E-post", "E-postadresse"),
    "Business Phone": ("Phone", "Telephone", "Telefoon", "Tlf"),
    "Mobile Phone": ("Mobile", "Cell", "Mobiel", "Mobil", "Mobilnummer", "Mobiltelefon", "Handy"),
    "Business Street": ("Street", "Address", "Adres", "Adresse", "Straat", "Straße", "Strasse", "Gade", "Gate"),
    "Business Postal Code": ("Postal Code", "Zip", "PLZ", "Postcode", "Postnr", "Postnummer", "Postleitzahl"),
    "Business City": ("City", "Ort", "Stadt", "Plaats", "Woonplaats", "By", "Poststed"),
    "Business Country/Region": ("Country", "Land"),
    "Web Page": ("Website", "Homepage", "Hjemmeside", "Nettside", "Nettsted"),
    "Birthday": ("Date of birth", "Verjaardag", "Geboortedatum", "Fødselsdag", "Fødselsdato", "Geburtsdatum"),
    "Notes": ("Note", "Notitie", "Opmerkingen", "Bemærkning", "Merknad", "Notat"),
}
_MEANINGS = {key(each): titles[0] for titles in _synonyms() for each in reversed(titles)}
_MEANINGS |= {key(each): title for title, words in _ALSO.items() for each in words}
