"""The demonstration is what a newcomer sees first: what it prints must work."""

import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from bridge.demo.people import companies, people
from tests.cli.running import command, environment


def test_there_are_two_hundred_different_people_in_many_scripts():
    everyone = list(people())
    assert len(set(everyone)) == 200
    assert list(people()) == everyone
    letters = {ord(letter) >> 8 for each in everyone for letter in each.formatted_name}
    assert len(letters) > 12
    assert len(list(companies())) > 20


def test_no_address_of_a_real_person_is_made_up():
    assert all(re.search(r"(\.example|@example\.org)$", email.address) for each in people() for email in each.emails)


@pytest.fixture
def demo(tmp_path):
    line = command("demo", "--port", "0")
    env = environment() | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    said = []
    for text in process.stdout:
        said.append(text)
        if text.startswith("Ctrl-C"):
            break
    yield process, "".join(said)
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_the_line_it_prints_shows_cards(demo, tmp_path):
    process, said = demo
    line = next(line for line in said.splitlines() if line.strip().startswith("curl"))
    cards = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30)
    assert cards.stdout.startswith("BEGIN:VCARD")

    search, listing = (line for line in said.splitlines() if "--data" in line)
    found = subprocess.run(command(*shlex.split(search)[1:]), capture_output=True, text=True, env=environment())
    assert "de.example" in found.stdout
    accounts = subprocess.run(command(*shlex.split(listing)[1:]), capture_output=True, text=True, env=environment())
    assert "株式会社山田製作所" in accounts.stdout

    folder = Path(shlex.split(listing)[-1])
    assert folder.exists()
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
    assert list(tmp_path.glob("contact-bridge-demo-*")) == []
