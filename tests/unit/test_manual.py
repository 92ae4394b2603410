"""The manual's table of fields says what the code does."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.mirroring import manual
from bridge.mirroring.places import KINDS
from bridge.targets.outlook import SHAPE
from bridge.targets.shape import Room
from storage_plugin.model.contact import FIELDS, LISTS

README = Path(__file__).resolve().parents[2] / "README.md"


def rows():
    head, _, *lines = [line for line in manual.field_table().splitlines() if line.startswith("|")]
    names = [name.strip() for name in head.split("|")[2:-1]]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return names, {name: dict(zip(names, said, strict=True)) for name, *said in cells}


def test_the_manual_is_as_the_code_is():
    text = README.read_text("utf-8")
    assert manual.with_table(text) == text, "run `make manual`"


def test_every_kind_of_target_and_every_field_is_in_the_table():
    names, said = rows()
    assert {name.partition(":")[0] for each in names for name in each.split(", ")} == set(KINDS)
    assert list(said) == [*FIELDS, *LISTS]


def test_what_has_no_field_is_kept_and_what_is_cut_is_said(monkeypatch):
    room = Room({"*": 2}, frozenset({"address"}), longest=9, without=";")
    shape = replace(SHAPE, fields=SHAPE.fields - {"note"}, lists=SHAPE.lists | {"emails": room}, photo=False)
    monkeypatch.setattr(manual, "SHAPES", {"one": SHAPE, "two": shape})
    _, said = rows()
    assert said["note"] == {"one": "line ends as LF", "two": "–"}
    assert said["photo"] == {"one": "✓", "two": "–"}
    assert said["birthday"]["one"] == "not without its year; not before 1601"
    assert said["emails"]["two"] == "2; up to 9 characters; without `;`; kept: kind, label, preferred"
    assert said["addresses"]["one"].startswith("1 each of work, home, other; kept: po_box,")


def test_a_text_without_the_marks_is_no_manual():
    with pytest.raises(ValueError, match="not in the text"):
        manual.with_table("# Contact Bridge\n")
