"""Which rows of the features list have a test of their name: a row that loses its test is noticed here."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

ROWS = {"AMI": 22, "BCM": 65, "BC": 25}
"""How many rows each of the old products has."""

WITHOUT = {
    "AMI": {4, 5, 15, 21, 22},
    "BCM": {25, 26, 28, 65},
    "BC": {17, 22, 23, 25},
}
"""Rows without a test: of devices, manuals and editions; BCM-28 (.pst) is not built, BC-17 is for a benchmark."""


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


def test_every_row_but_these_has_a_test_of_its_name():
    rows = named()
    missing = {
        f"{source}-{number}"
        for source, last in ROWS.items()
        for number in set(range(1, last + 1)) - WITHOUT[source] - rows[source]
    }
    assert not missing
