"""Imports go one way only (design, section 2); this table is the design, the rest finds who breaks it."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MODEL, VCARD, DATABASE = "storage_plugin.model", "storage_plugin.vcard", "storage_plugin.database"
THROTTLE = "storage_plugin.dav.throttle"
FORWARDED = "storage_plugin.dav.forwarded"
FILE_TARGET = "bridge.targets.file"
FICTION = "bridge.demo.fill"
LETTERS = "bridge.letters"
SPEECH = {f"bridge.web.{part}" for part in ("languages", "field_names", "sentences")}
"""The languages of the page, which e-mails speak, too."""

SYNC_CORE = {
    f"bridge.sync.{part}"
    for part in (
        "policy", "pairing", "slots", "names", "merge", "match", "actions", "foreign", "leaving", "plan", "outcome",
        "putback", "telling", "taking_back", "switching", "cleaning", "rewriting", "finding_again",
    )
}  # fmt: skip
"""The pure heart of the mirror: it knows the model and nothing else."""

MAY_IMPORT = {
    "storage_plugin": {MODEL, VCARD, DATABASE, "storage_plugin.dav"},  # lazily: it offers the classes to Radicale
    MODEL: set(),
    VCARD: {MODEL},
    DATABASE: {MODEL, VCARD},
    "storage_plugin.dav": {MODEL, VCARD, DATABASE, THROTTLE, FORWARDED},
    THROTTLE: set(),
    FORWARDED: set(),
    "bridge.sync": {MODEL, VCARD, DATABASE, "bridge.targets", *SYNC_CORE},
    **{part: {MODEL, *SYNC_CORE} for part in SYNC_CORE},
    "bridge.targets": {MODEL, VCARD},
    FILE_TARGET: {MODEL, VCARD, "bridge.targets", "bridge.files"},  # it knows Outlook's CSV
    "bridge.simulators": set(),
    "bridge.files": {MODEL, VCARD},
    "bridge.mirroring": {MODEL, VCARD, DATABASE, "bridge", "bridge.sync", *SYNC_CORE, "bridge.targets", FILE_TARGET},
    FICTION: {MODEL, VCARD, DATABASE, "bridge.demo"},  # who is made up for the demonstration, without its mailbox
    "bridge.demo": {MODEL, VCARD, DATABASE, FICTION, "bridge", "bridge.mirroring", "bridge.simulators"},
    "bridge.web": {
        *(MODEL, VCARD, DATABASE, THROTTLE, FORWARDED, FICTION, "bridge", "bridge.files", "bridge.mirroring"),
        *("bridge.sync", *SYNC_CORE, "bridge.targets", *SPEECH),
    },
    **{part: {MODEL, *SPEECH} for part in SPEECH},
    LETTERS: {MODEL, "bridge", *SPEECH},
    "bridge": {MODEL, VCARD, DATABASE, "bridge.files", LETTERS},
    "bridge.app": {MODEL, VCARD, DATABASE, "bridge", "bridge.sync", "bridge.targets", "bridge.web"},
    "bridge.cli": {
        MODEL,
        VCARD,
        DATABASE,
        "bridge",
        "bridge.app",
        "bridge.files",
        "bridge.demo",
        FICTION,
        "bridge.mirroring",
        "bridge.sync",
        "bridge.targets",  # it tells what a run did, and what it failed at
    },
}
"""Part → what else it may import of ours. A file belongs to the longest part that begins its name."""

WAY_IN = {"bridge.__main__": {"bridge.cli"}}


def part_of(module):
    return max((part for part in MAY_IMPORT if f"{module}.".startswith(f"{part}.")), key=len)


def modules():
    for package in ("storage_plugin", "bridge"):
        for file in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, file


def imported(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize(("module", "file"), [pytest.param(*each, id=each[0]) for each in modules()])
def test_imports_go_one_way(module, file):
    part = part_of(module)
    allowed = MAY_IMPORT[part] | {part} | WAY_IN.get(module, set())
    ours = [name for name in imported(file) if name.split(".")[0] in ("bridge", "storage_plugin")]
    assert [name for name in ours if part_of(name) not in allowed] == []


@pytest.mark.parametrize("file", [pytest.param(file, id=name) for name, file in modules() if part_of(name) == MODEL])
def test_the_model_imports_nothing_but_the_standard_library(file):
    tops = {name.split(".")[0] for name in imported(file)}
    assert tops - {"storage_plugin"} <= sys.stdlib_module_names
