"""vdirsyncer between a folder of files and the server, both ways."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.clients.cards import uid, vcard
from tests.clients.connection import Connection
from tests.clients.recorder import Recorder, recorded
from tests.clients.server import USER, Server, running

pytestmark = pytest.mark.slow

CONFIGURATION = """
[general]
status_path = "{folder}/status"

[pair contacts]
a = "files"
b = "server"
collections = ["from b"]
implicit = "create"
conflict_resolution = "{winner} wins"

[storage files]
type = "filesystem"
path = "{folder}/files"
fileext = ".vcf"

[storage server]
type = "carddav"
url = "{address}"
username = "{user}"
password = "{password}"
"""


class Other:
    """Another device of the same user, which writes to the server directly."""

    def __init__(self, server: Server, password: str) -> None:
        self._server = server
        self._login = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()}

    def put(self, number: int, text: str) -> None:
        """Save a card under the name that vdirsyncer would give it."""
        headers = self._login | {"Content-Type": "text/vcard; charset=utf-8"}
        with closing(self._connection()) as connection:
            connection.request("PUT", self._path(number), text.encode(), headers)
            answer = connection.getresponse()
            assert answer.status in (201, 204), answer.read()

    def get(self, number: int) -> bytes | None:
        """Give the bytes of a card, or None when there is none."""
        with closing(self._connection()) as connection:
            connection.request("GET", self._path(number), headers=self._login)
            answer = connection.getresponse()
            return answer.read() if answer.status == 200 else None

    def delete(self, number: int) -> None:
        """Delete a card."""
        with closing(self._connection()) as connection:
            connection.request("DELETE", self._path(number), headers=self._login)
            assert connection.getresponse().status in (200, 204)

    def _connection(self) -> Connection:
        return Connection(urlsplit(self._server.address).netloc, timeout=60)

    def _path(self, number: int) -> str:
        return f"{urlsplit(self._server.book).path}{uid(number)}.vcf"


class Pair:
    """A folder that vdirsyncer keeps equal to the address book."""

    def __init__(self, folder: Path, server: Server, recorder: Recorder) -> None:
        self.files = folder / "files" / "contacts"
        self.recorder = recorder
        self.server = server
        self.other = Other(server, server.device("other"))
        self._folder = folder
        for each in ("status", "files"):
            (folder / each).mkdir()
        login = {"user": USER, "password": server.device("vdirsyncer")}
        for winner in ("a", "b"):
            told = CONFIGURATION.format(folder=folder, address=recorder.address, winner=winner, **login)
            (folder / f"{winner}-wins").write_text(told)
        self._run("discover", "a")

    def sync(self, winner: str = "a") -> None:
        """Synchronise; a is the folder, b the server."""
        self._run("sync", winner)

    def write(self, number: int, text: str) -> None:
        """Save a file of our own."""
        self._file(number).write_bytes(text.encode())

    def read(self, number: int) -> bytes | None:
        """Give the bytes of a file, or None when there is none."""
        file = self._file(number)
        return file.read_bytes() if file.exists() else None

    def remove(self, number: int) -> None:
        """Delete a file."""
        self._file(number).unlink()

    def files_as_they_are(self) -> dict[str, int]:
        """Give the names of the files without their endings, and when each was written."""
        return {each.stem: each.stat().st_mtime_ns for each in self.files.glob("*.vcf")}

    def _file(self, number: int) -> Path:
        return self.files / f"{uid(number)}.vcf"

    def _run(self, verb: str, winner: str) -> None:
        line = [sys.executable, "-m", "vdirsyncer", "-c", str(self._folder / f"{winner}-wins"), verb]
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A folder and a server; each test has numbers of its own."""
    folder = tmp_path_factory.mktemp("pair")
    with running(folder / "data") as server, recorded(server.address) as recorder:
        yield Pair(folder, server, recorder)


def both(pair: Pair, number: int) -> tuple[bytes | None, bytes | None]:
    return pair.read(number), pair.other.get(number)


def test_new_cards_go_both_ways_to_the_byte(pair: Pair) -> None:
    pair.write(1, vcard(1))
    pair.other.put(2, vcard(2))
    pair.sync()
    for number in (1, 2):
        assert both(pair, number) == (vcard(number).encode(),) * 2


def test_edits_go_both_ways_to_the_byte(pair: Pair) -> None:
    for number in (11, 12):
        pair.write(number, vcard(number))
    pair.sync()
    pair.write(11, vcard(11, "edited in the folder"))
    pair.other.put(12, vcard(12, "edited on the server"))
    pair.sync()
    assert both(pair, 11) == (vcard(11, "edited in the folder").encode(),) * 2
    assert both(pair, 12) == (vcard(12, "edited on the server").encode(),) * 2


def test_deletions_go_both_ways(pair: Pair) -> None:
    for number in (21, 22, 23):
        pair.write(number, vcard(number))
    pair.sync()
    pair.remove(21)
    pair.other.delete(22)
    pair.sync()
    assert [both(pair, number) for number in (21, 22)] == [(None, None)] * 2
    assert both(pair, 23) == (vcard(23).encode(),) * 2


@pytest.mark.parametrize(("winner", "number"), [("a", 31), ("b", 32)])
def test_a_conflict_ends_as_the_user_has_chosen(pair: Pair, winner: str, number: int) -> None:
    pair.write(number, vcard(number))
    pair.sync()
    said = {"a": vcard(number, "said in the folder"), "b": vcard(number, "said on the server")}
    pair.write(number, said["a"])
    pair.other.put(number, said["b"])
    pair.sync(winner)
    assert both(pair, number) == (said[winner].encode(),) * 2


def test_what_lost_a_conflict_on_the_server_is_in_the_history(pair: Pair) -> None:
    pair.write(41, vcard(41))
    pair.sync()
    pair.write(41, vcard(41, "said in the folder"))
    pair.other.put(41, vcard(41, "said on the server"))
    pair.sync("a")
    kept = pair.server.rows("SELECT version.text FROM version JOIN card USING (contact_id) WHERE uid = ?", uid(41))
    assert (vcard(41, "said on the server"),) in kept


def test_a_second_sync_changes_nothing(pair: Pair) -> None:
    for number in range(50, 60):
        pair.write(number, vcard(number))
        pair.other.put(number + 10, vcard(number + 10))
    pair.sync()
    before = pair.files_as_they_are()
    pair.recorder.exchanges.clear()
    pair.sync()
    assert [each.method for each in pair.recorder.exchanges] == ["PROPFIND"]
    assert pair.files_as_they_are() == before


def test_what_the_server_repaired_comes_back_to_the_folder(pair: Pair) -> None:
    without_name = "".join(line for line in vcard(71).splitlines(keepends=True) if not line.startswith("FN:"))
    pair.write(71, without_name)
    pair.sync()
    pair.sync()
    in_folder, on_server = both(pair, 71)
    assert in_folder == on_server != without_name.encode()
    pair.recorder.exchanges.clear()
    pair.sync()
    assert pair.recorder.changing() == []


def test_ten_thousand_contacts_go_both_ways(pair: Pair, tmp_path: Path) -> None:
    theirs, mine = range(10_000, 19_000), range(19_000, 20_000)
    (tmp_path / "theirs.vcf").write_bytes("".join(map(vcard, theirs)).encode())
    pair.server.import_cards(tmp_path / "theirs.vcf")
    for number in mine:
        pair.write(number, vcard(number))
    pair.sync()
    assert pair.files_as_they_are().keys() >= {uid(number) for number in (*theirs, *mine)}
    assert all(pair.read(number) == vcard(number).encode() for number in theirs)
    stored = dict(pair.server.rows("SELECT uid, text FROM card"))
    assert all(stored[uid(number)] == vcard(number) for number in mine)

    pair.write(19_017, vcard(19_017, "edited in the folder"))
    pair.remove(19_018)
    pair.write(20_000, vcard(20_000))
    pair.other.put(10_017, vcard(10_017, "edited on the server"))
    pair.other.delete(10_018)
    pair.other.put(20_001, vcard(20_001))
    pair.recorder.exchanges.clear()
    pair.sync()
    assert len(pair.recorder.changing()) == 3
    assert [both(pair, number) for number in (19_018, 10_018)] == [(None, None)] * 2
    assert [both(pair, number) for number in (20_000, 20_001)] == [(vcard(n).encode(),) * 2 for n in (20_000, 20_001)]
    assert both(pair, 19_017) == (vcard(19_017, "edited in the folder").encode(),) * 2
    assert both(pair, 10_017) == (vcard(10_017, "edited on the server").encode(),) * 2

    before = pair.files_as_they_are()
    pair.recorder.exchanges.clear()
    pair.sync()
    assert [each.method for each in pair.recorder.exchanges] == ["PROPFIND"]
    assert pair.files_as_they_are() == before
