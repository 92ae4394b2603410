"""The table of fields in the manual, written from what the targets say that they hold (``Shape``).

``python -m bridge.mirroring.manual README.md`` puts it between the marks; a test holds the two equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bridge.targets.carddav.contacts import CardDavTarget
from bridge.targets.ews.contacts import EwsTarget
from bridge.targets.file.contacts import FolderTarget
from bridge.targets.file.csv_contacts import TableTarget
from bridge.targets.graph.contacts import GraphTarget
from bridge.targets.shape import Room, Shape
from bridge.targets.sharepoint.columns import DEFAULT, shape_of
from storage_plugin.model.contact import FIELDS, LISTS, PARTS

SHAPES: Mapping[str, Shape] = {
    "graph": GraphTarget.shape,
    "ews": EwsTarget.shape,
    "sharepoint": shape_of(DEFAULT),
    "carddav": CardDavTarget.shape,
    "file: vCards": FolderTarget.shape,
    "file: Outlook CSV": TableTarget.shape,
}
"""Each target with what it holds; a contacts list with the columns that a fresh one has."""

BEGIN, END = "<!-- fields -->\n", "<!-- /fields -->"
MIRRORED, KEPT = "✓", "–"
_PROBES = {
    "not without its year": "--04-15",
    "not before 1601": "1599-12-31",
    "not before 1900": "1899-12-31",
}
_LEGEND = f"""{MIRRORED} mirrored; {KEPT} kept in the book, not mirrored; otherwise mirrored, but for what is said.
What is not mirrored stays in the book, and no edit elsewhere touches it. A contacts list is shown as when
fresh; more columns hold more.
"""


def field_table() -> str:
    """Give the table in Markdown: a line for each field, a column for each kind of what targets hold."""
    columns: dict[str, Shape] = {}
    for name, shape in SHAPES.items():
        same = next((others for others, other in columns.items() if _cells(other) == _cells(shape)), None)
        if same is None:
            columns[name] = shape
        else:
            columns = {f"{each}, {name}" if each == same else each: of for each, of in columns.items()}
    lines = [f"| ours | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    cells = [_cells(shape) for shape in columns.values()]
    for field in (*FIELDS, *LISTS):
        lines.append(f"| {field} | {' | '.join(of[field] for of in cells)} |")
    return "\n".join([_LEGEND, *lines]) + "\n"


def with_table(text: str) -> str:
    """Put the table into a text between its marks; raise ValueError where they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{BEGIN.strip()} and {END} are not in the text")
    return before + begin + field_table() + end + after


def _cells(shape: Shape) -> dict[str, str]:
    said = {name: _single(shape, name) for name in FIELDS}
    return said | {name: _list(name, shape.lists.get(name)) for name in LISTS}


def _single(shape: Shape, name: str) -> str:
    if name == "photo":
        return MIRRORED if shape.photo else KEPT
    if name not in shape.fields:
        return KEPT
    notes = [f"up to {shape.longest[name]:,} characters"] if name in shape.longest else []
    if name in shape.shows:
        notes += list(_losses(name, shape))
    return "; ".join(notes) or MIRRORED


def _losses(name: str, shape: Shape) -> Iterator[str]:
    shown = shape.shows[name]
    if name in ("birthday", "anniversary"):
        found = [note for note, value in _PROBES.items() if shown(value) != value]
        yield from found[:1] + found[-1:] if len(found) > 1 else found
    elif shown("a,  b ") != "a,  b ":
        yield "blanks are tidied"
    elif shown("a\r\nb") != "a\r\nb":
        yield "line ends as LF"


def _list(name: str, room: Room | None) -> str:
    if room is None or not any(count != 0 for count in room.slots.values()):
        return KEPT
    lost = [part for part in PARTS.get(name, ()) if part not in room.parts]
    notes = [_counted(room)] if any(count is not None for count in room.slots.values()) else []
    notes += [f"up to {room.longest:,} characters"] if room.longest is not None else []
    notes += [f"without {_signs(room.without)}"] if room.without else []
    notes += [f"kept: {', '.join(lost)}"] if lost else []
    return "; ".join(notes) or MIRRORED


def _counted(room: Room) -> str:
    if "*" in room.slots:
        return f"{room.slots['*']}"
    by_count: dict[Any, list[str]] = {}
    for kind, count in room.slots.items():
        by_count.setdefault(count, []).append(kind)
    said = [(count, "each of " * (len(kinds) > 1) + ", ".join(kinds)) for count, kinds in by_count.items()]
    return "; ".join(f"{'any number' if count is None else count} {kinds}" for count, kinds in said)


def _signs(signs: str) -> str:
    return " ".join(f"`{sign}`" for sign in signs)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_table(file.read_text("utf-8")), "utf-8")
