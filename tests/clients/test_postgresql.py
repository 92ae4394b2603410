"""Real clients of ``serve`` over PostgreSQL; and a PostgreSQL that goes away for a while as they poll."""

from __future__ import annotations

import base64
import http.client
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.cli.running import serving, wait_until
from tests.clients.cards import vcard
from tests.clients.iphone import IPhone
from tests.clients.recorder import recorded
from tests.clients.server import USER, Server, told
from tests.clients.test_vdirsyncer import Pair
from tests.conftest import MakeUrl
from tests.faults.test_away import control

pytestmark = pytest.mark.slow
POLL = '<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>'
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:away\r\nN:Away;;;;\r\nFN:Away\r\nEND:VCARD\r\n"


def installed(folder: Path, url: str) -> None:
    """Make an installation whose settings name a database on a server."""
    told(folder, "init", "--database", url)
    settings = folder / "contact-bridge.yaml"
    settings.write_text(settings.read_text().replace('\ndatabase: ""', f'\ndatabase: "{url}"'))
    told(folder, "user", "add", USER)


@pytest.fixture
def server(tmp_path: Path, make_postgresql: MakeUrl) -> Iterator[tuple[Server, str]]:
    """The running server, and the URL of its database."""
    url = make_postgresql()
    installed(tmp_path / "data", url)
    with serving(tmp_path / "data") as started:
        yield Server(tmp_path / "data", started.address), url


def test_vdirsyncer_and_an_iphone_over_postgresql(server: tuple[Server, str], tmp_path: Path) -> None:
    served, url = server
    with ExitStack() as stack:
        pair = Pair(tmp_path, served, stack.enter_context(recorded(served.address)))
        phone = stack.enter_context(closing(IPhone(served.address, USER, served.device("iPhone"))))
        pair.write(1, vcard(1))
        pair.sync()
        pair.other.put(2, vcard(2))
        made = phone.create("FN:From the phone", "N:Phone;From;;;")
        pair.sync()
        phone.sync()
        assert pair.read(1) == pair.other.get(1) == vcard(1).encode()
        assert pair.read(2) == vcard(2).encode()
        assert names(phone) == {"Søren 1 Müller", "Zoë 2 Müller", "From the phone"}
        phone.edit(made, "TITLE:Edited")
        pair.remove(1)
        with psycopg.connect(url) as shell:
            shell.execute("UPDATE contact SET nickname = 'By SQL' WHERE formatted_name = 'Zoë 2 Müller'")
        pair.sync("b")
        phone.sync()
        assert b"NICKNAME:By SQL" in (pair.read(2) or b"")
        assert pair.other.get(1) is None
        assert names(phone) == {"Zoë 2 Müller", "From the phone"}
        assert phone.find(made).value("TITLE") == "Edited"
        assert any(b"TITLE:Edited" in file.read_bytes() for file in pair.files.glob("*.vcf"))
        files = pair.files_as_they_are()
        pair.sync()
        assert pair.files_as_they_are() == files


def names(phone: IPhone) -> set[str]:
    return {card.value("FN") for card in phone.cards.values()}


def ask(address: str, method: str, path: str, body: str, secret: str) -> tuple[int, str | None]:
    """Give status and Retry-After of one request on a connection of its own."""
    login = base64.b64encode(f"{USER}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Depth": "0", "Content-Type": "text/vcard"}
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers["Retry-After"]


def test_postgresql_goes_away_for_a_while_and_comes_back(tmp_path: Path) -> None:
    import pgserver

    folder, data = tempfile.mkdtemp(prefix="contact-bridge-pg-"), tmp_path / "data"
    database = pgserver.get_server(folder, cleanup_mode="delete")
    book = f"/{USER}/contacts/"
    try:
        installed(data, database.get_uri())
        with serving(data) as started:
            served = Server(data, started.address)
            secret, workers = served.device("iPhone"), started.workers()
            assert ask(served.address, "PUT", f"{book}1.vcf", CARD, secret) == (201, None)
            assert ask(served.address, "PROPFIND", book, POLL, secret)[0] == 207
            control(folder, "stop", "-m", "immediate")
            for method, path, body in (
                ("PROPFIND", book, POLL),
                ("PUT", f"{book}2.vcf", CARD),
                ("GET", f"{book}1.vcf", ""),
            ):
                for password in (secret, "never seen before"):
                    status, retry_after = ask(served.address, method, path, body, password)
                    assert status == 503 and int(retry_after or 0) > 0, "a 401 would stop a phone, a 404 empty it"
            control(folder, "start", "-l", f"{folder}/log", "-o", f'-h "" -k {folder}')
            wait_until(lambda: ask(served.address, "PROPFIND", book, POLL, secret)[0] == 207, 30)
            assert ask(served.address, "GET", f"{book}1.vcf", "", secret)[0] == 200
            assert ask(served.address, "PUT", f"{book}2.vcf", CARD.replace("away", "back"), secret)[0] == 201
            assert ask(served.address, "PROPFIND", book, POLL, "never seen before")[0] == 401
            assert started.workers() == workers, "nobody had to start again"
    finally:
        database.cleanup()
