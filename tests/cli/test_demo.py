"""The demonstration is what a newcomer sees first: what it prints must work."""

import re
import shlex
import signal
import subprocess
import urllib.request
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bridge.demo.people import companies, people
from bridge.place import Place
from storage_plugin.database.mirrors import Mirrors, State
from tests.cli.running import command, environment, wait_until


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

    search, listing = (line for line in said.splitlines() if "contact search" in line or "account list" in line)
    elsewhere = environment() | {"PATH": "/usr/bin:/bin"}  # as in another terminal
    found = subprocess.run(["sh", "-c", search], capture_output=True, text=True, env=elsewhere)
    assert "de.example" in found.stdout
    accounts = subprocess.run(["sh", "-c", listing], capture_output=True, text=True, env=elsewhere)
    assert "株式会社山田製作所" in accounts.stdout

    folder = Path(shlex.split(listing)[-1])
    assert folder.exists()
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
    assert list(tmp_path.glob("contact-bridge-demo-*")) == []


def ask(url, method="GET", body=None, headers=None):
    with urllib.request.urlopen(
        urllib.request.Request(url, body, headers or {}, method=method), timeout=30
    ) as answer:
        return answer.read().decode()


class Phone:
    """A phone that is signed in as the demonstration says."""

    def __init__(self, said):
        self.address, user, password = (
            re.search(rf"(?m)^    {name} +(\S+)", said)[1] for name in ("address", "user", "password")
        )
        self.book = f"{self.address}{user}/contacts/"
        self.headers = {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}

    def cards(self):
        return ask(self.book, headers=self.headers)

    def names(self):
        return re.findall(
            r"<(?:\w+:)?href>([^<]+\.vcf)<", ask(self.book, "PROPFIND", None, self.headers | {"Depth": "1"})
        )

    def change(self, name, old, new):
        url = self.address.rstrip("/") + name
        text = ask(url, headers=self.headers)
        assert old in text
        kind = {"Content-Type": "text/vcard; charset=utf-8"}
        ask(url, "PUT", text.replace(old, new).encode(), self.headers | kind)


@pytest.mark.slow
def test_the_mailbox_on_its_page_and_the_phone_follow_each_other(demo):
    _, said = demo
    page = re.search(r"(?m)^    mailbox +(\S+)", said)[1]
    phone = Phone(said)
    shown = re.compile(r'<li><a href="/outlook/contacts/(\d+)">')
    wait_until(lambda: len(shown.findall(ask(page))) == 202, 60)
    assert "Grandma" in phone.cards()

    form = {"givenName": "Nick", "surname": "Brigandi", "primaryEmailAddress": "nick@fabrikam.example"}
    ask(f"{page}outlook/new", "POST", urlencode(form).encode())
    wait_until(lambda: "nick@fabrikam.example" in phone.cards(), 30)

    name = next(
        each for each in phone.names() if "TITLE:" in ask(phone.address.rstrip("/") + each, headers=phone.headers)
    )
    title = re.search(r"TITLE:.*", ask(phone.address.rstrip("/") + name, headers=phone.headers))[0].strip()
    phone.change(name, title, "TITLE:Chief of everything")
    wait_until(lambda: "Chief of everything" in ask(f"{page}outlook/?q=everything"), 30)

    folder = shlex.split(next(line for line in said.splitlines() if "inbox list" in line))[-1]
    inbox = subprocess.run(
        command("inbox", "list", "--data", folder), capture_output=True, text=True, env=environment()
    )
    assert "Nick Brigandi" in inbox.stdout and "Grandma" in inbox.stdout


@pytest.mark.slow
def test_a_demo_that_stays_keeps_no_mirror_with_a_mailbox_that_went(tmp_path):
    line = command("demo", "--port", "0", "--data", str(tmp_path / "stays"))
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
    ) as process:
        for text in process.stdout:
            if text.startswith("Ctrl-C"):
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    with Place(tmp_path / "stays").opened() as database:
        assert [each.state for each in Mirrors(database).all()] == [State.STOPPED]
