"""Long work shows on a terminal how far it is, and says nothing of it into a file."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import command, environment

WORK = {
    "backup": "Writing tables",
    "export": "Reading cards",
    "check": "Reading",
    "import": "Reading people.vcf",
    "restore": "Restoring tables",
}
CARDS = "".join(
    f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{number}\r\nFN:Person {number}\r\nEND:VCARD\r\n" for number in range(20)
)


@pytest.fixture
def lines(tmp_path: Path) -> dict[str, tuple[str, ...]]:
    """What is typed for each work, in an installation with some contacts."""
    (tmp_path / "people.vcf").write_text(CARDS)
    lines = {
        "import": ("import", "people.vcf", "--data", "old"),
        "backup": ("backup", "all.backup", "--data", "old"),
        "export": ("export", "out.vcf", "--data", "old"),
        "check": ("check", "--data", "old"),
        "restore": ("restore", "all.backup", "--data", "new"),
    }
    assert ran(tmp_path, ("init", "--data", "old")) == ""
    return lines


def ran(folder: Path, line: tuple[str, ...]) -> str:
    """Give what a command says beside its output, into a file."""
    done = subprocess.run(command(*line), cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    return done.stderr


def seen(folder: Path, line: tuple[str, ...]) -> str:
    """Give the same on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(*line),
        cwd=folder,
        env=environment() | {"TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        told = b""
        try:
            while piece := os.read(ours, 65536):
                told += piece
        except OSError:  # Linux says so when the other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0, told
    return told.decode()


@pytest.mark.slow
def test_long_work_shows_how_far_it_is_on_a_terminal_alone(tmp_path: Path, lines: dict[str, tuple[str, ...]]) -> None:
    for work, line in lines.items():
        assert WORK[work] in seen(tmp_path, line), work
    lines["restore"] = (*lines["restore"][:-1], "newer")
    assert [ran(tmp_path, line) for line in lines.values()] == [""] * len(lines)
