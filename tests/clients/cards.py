"""Business cards without end, each its own, the same in every run."""

from __future__ import annotations

GIVEN = ("Anna", "Søren", "Zoë", "Łukasz", "Иван", "Αλέξης", "美咲", "محمد", "נועה", "Nguyễn")
FAMILY = ("Müller", "O’Brien", "Žižek", "Çelik", "Смирнова", "Παπαδοπούλου", "佐藤", "الخطيب", "כהן", "de la Cruz")
TOWNS = ("Ulm", "Kraków", "Zürich", "Αθήνα", "東京")
NOTE = "Met at the fair\\, stand %d\\; wants the catalogue.\\nSecond line: %s"


def vcard(number: int, note: str = "") -> str:
    """Give card ``number`` as a phone writes it: vCard 3.0 with CR LF and folded lines."""
    given, family = GIVEN[number % 10], FAMILY[number // 10 % 10]
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:{uid(number)}",
        f"N:{family};{given} {number};;;",
        f"FN:{given} {number} {family}",
        f"ORG:Company {number % 97} \\& Sons;Department {number % 7}",
        f"TEL;TYPE=WORK,VOICE:+49 731 {number:06}",
        f"TEL;TYPE=CELL:+49 170 {number * 7:07}",
        f"item1.EMAIL;TYPE=INTERNET:person{number}@example.com",
        "item1.X-ABLabel:Büro",
        f"ADR;TYPE=WORK:;;Street {number % 250};{TOWNS[number % 5]};;{number % 100_000:05};Germany",
        f"CATEGORIES:Customers,Region {number % 12}",
        f"NOTE:{note or NOTE % (number, '—' * (number % 60))}",
        f'X-CUSTOMER;X-KIND="a;b":{number};kept,as it is',
        f"REV:2026-01-{number % 28 + 1:02}T08:00:00Z",
        "END:VCARD",
    ]
    return "".join(_folded(line) for line in lines)


def uid(number: int) -> str:
    """Give the UID of card ``number``."""
    return f"00000000-0000-4000-8000-{number:012}"


def _folded(line: str) -> str:
    """Fold after at most 75 octets, never inside a character (RFC 2426, section 2.6)."""
    pieces, piece, room = [], "", 75
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", 74
        piece += character
        room -= size
    return "\r\n ".join([*pieces, piece]) + "\r\n"
