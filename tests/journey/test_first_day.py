"""From nothing to a card on a second device, as the README says; and what a killed worker must not lose."""

import base64
import http.client
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.running import command, environment, serving, wait_until


def run(folder, *words):
    """Run a command as it is typed."""
    line = command(*words, "--data", str(folder))
    ended = subprocess.run(line, capture_output=True, text=True, env=environment(), timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


class Phone:
    """A device with its password; asks on one kept connection and dials again when that is lost."""

    def __init__(self, server, secret):
        self.authorization = "Basic " + base64.b64encode(f"anna:{secret}".encode()).decode()
        self.connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=20)

    def ask(self, method, path="", body=None, **headers):
        headers |= {"Authorization": self.authorization, "Content-Type": "text/vcard"}
        try:
            self.connection.request(method, f"/anna/contacts/{path}", body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return 0, ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def card(uid):
    return (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:Name {uid}\r\nN:{uid};Name;;;\r\nX-OWN:kept\r\nEND:VCARD\r\n"
    )


@pytest.fixture
def folder(tmp_path):
    cli = CommandLine(tmp_path)
    cli("init")
    cli("user", "add", "anna")
    return tmp_path


def device(folder, name):
    return CommandLine(folder)("device", "add", "anna", name, "--quiet").strip()


@pytest.mark.slow
def test_a_card_from_one_device_reaches_another(folder):
    secret, other = device(folder, "iPhone"), device(folder, "Thunderbird")
    with (
        serving(folder, "--workers", "1") as server,
        Phone(server, secret) as phone,
        Phone(server, other) as laptop,
    ):
        assert phone.ask("PUT", "a.vcf", card("a"))[0] == 201
        assert laptop.ask("GET", "a.vcf") == (200, card("a"))
        run(folder, "device", "revoke", "anna", "iPhone")
        assert phone.ask("GET", "a.vcf")[0] == 401
        assert laptop.ask("GET", "a.vcf")[0] == 200


@pytest.mark.slow
def test_serve_alone_makes_what_it_needs(tmp_path):
    folder = tmp_path / "new"
    with serving(folder) as server:
        run(folder, "user", "add", "anna")
        with Phone(server, device(folder, "iPhone")) as phone:
            assert phone.ask("PUT", "a.vcf", card("a"))[0] == 201


@pytest.mark.slow
def test_every_acknowledged_card_survives_the_killing_of_workers(folder):
    """kill -9 of a worker amid writes: each PUT that was answered is there, whole; no half card."""
    secret = device(folder, "iPhone")
    with serving(folder) as server:
        acknowledged, stop = [], threading.Event()
        writers = [threading.Thread(target=_write, args=(server, secret, at, acknowledged, stop)) for at in range(4)]
        for writer in writers:
            writer.start()
        for _ in range(5):
            time.sleep(random.uniform(0.5, 1.5))
            _kill_one(server)
        wait_until(lambda: len(server.workers()) == 2)
        stop.set()
        for writer in writers:
            writer.join()
        assert len(acknowledged) > 20
        with Phone(server, secret) as reader:
            assert [uid for uid in acknowledged if reader.ask("GET", f"{uid}.vcf") != (200, card(uid))] == []
            everything = reader.ask("GET")[1]
        assert everything.count("BEGIN:VCARD") == everything.count("END:VCARD") >= len(acknowledged)


def _kill_one(server):
    """Kill a worker; one that has just been replaced, after the last killing, is not there any more."""
    while True:
        with suppress(ProcessLookupError):
            os.kill(random.choice(sorted(server.workers())), signal.SIGKILL)
            return


def _write(server, secret, number, acknowledged, stop):
    count = 0
    with Phone(server, secret) as phone:
        while not stop.is_set():
            uid = f"{number}-{count}"
            count += 1
            if phone.ask("PUT", f"{uid}.vcf", card(uid))[0] == 201:
                acknowledged.append(uid)
