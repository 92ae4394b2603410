"""Which rows of the features list have a test of their name: a row that loses its test is noticed here."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

BY_THE_ADDRESS_BOOK = {
    "AMI": {1, 2, 6, 7, 8, 9, 13, 14},
    "BCM": {11, 12, 13, 14, 39, 40, 41, 42, 43, 44, 45, 46, 47, 63},
    "BC": {4, 12, 19, 20, 24},
}
"""Rows that are about the database, the devices and the command line."""

LATER = {"AMI": {8, 14}}
"""Of those, what is of the mirror: what is stamped into an item of Outlook."""


def named() -> dict[str, set[int]]:
    """Give the rows that stand in a test's name or in the id of one of its cases."""
    found: dict[str, set[int]] = {"AMI": set(), "BCM": set(), "BC": set()}
    for file in TESTS.rglob("test_*.py"):
        if file == Path(__file__):
            continue
        for line in file.read_text("utf-8").splitlines():
            if re.match(r"\s*def test_", line) or "id=" in line:
                for source, number in re.findall(r"(?<![A-Z])(AMI|BCM|BC)[-_](\d+)", line.upper()):
                    found[source].add(int(number))
    return found


def test_every_row_of_the_address_book_has_a_test_of_its_name():
    rows = named()
    missing = {
        f"{source}-{number}"
        for source, numbers in BY_THE_ADDRESS_BOOK.items()
        for number in numbers - LATER.get(source, set()) - rows[source]
    }
    assert not missing
