"""DavMail (https://davmail.sourceforge.net), a gateway from CardDAV to Exchange, led over its own CardDAV."""

from __future__ import annotations

import subprocess
import tempfile
from base64 import b64encode
from http.client import HTTPMessage
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import fromstring

from tests.cli.running import wait_until
from tests.clients.connection import Connection
from tests.clients.server import free_port

JAR = Path("/usr/share/davmail/davmail.jar")
D, CARD = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}"

_SETTINGS = """
davmail.server=true
davmail.mode=EWS
davmail.url={url}
davmail.caldavPort={port}
davmail.bindAddress=127.0.0.1
davmail.allowRemote=false
davmail.disableUpdateCheck=true
davmail.enableProxy=false
davmail.useSystemProxies=false
davmail.imapPort=
davmail.ldapPort=
davmail.popPort=
davmail.smtpPort=
davmail.logFilePath={folder}/davmail.log
log4j.rootLogger=WARN
log4j.logger.davmail=WARN
"""


class Answer(NamedTuple):
    """Status, headers and body."""

    status: int
    headers: HTTPMessage
    body: str


class Gateway:
    """DavMail before the server at ``url``, as long as the ``with``."""

    def __init__(self, url: str) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory()
        settings = Path(self._folder.name) / "davmail.properties"
        settings.write_text(_SETTINGS.format(url=url, port=self.port, folder=self._folder.name), "utf-8")
        self._line = ["java", "-Djava.awt.headless=true", "-jar", str(JAR), "-notray", "-server", str(settings)]

    def __enter__(self) -> Gateway:
        with (Path(self._folder.name) / "output").open("wb") as output:
            self._process = subprocess.Popen(self._line, stdout=output, stderr=subprocess.STDOUT)
        wait_until(self._answers, 60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._folder.cleanup()

    def output(self) -> str:
        """Give the end of what DavMail wrote."""
        return (Path(self._folder.name) / "output").read_text("utf-8")[-3000:]

    def _answers(self) -> bool:
        assert self._process.poll() is None, "DavMail ended by itself"
        connection = Connection("127.0.0.1", self.port, timeout=5)
        try:
            connection.connect()
        except OSError:
            return False
        finally:
            connection.close()
        return True


class AddressBook:
    """An address book of a mailbox, asked through the gateway; a person's login and password go on to the server."""

    def __init__(self, gateway: Gateway, address: str, login: str, password: str, folder: str = "contacts") -> None:
        self.place = f"/users/{address}/{folder}/"
        self._gateway = gateway
        self._login = "Basic " + b64encode(f"{login}:{password}".encode()).decode()

    def ask(self, method: str, name: str = "", body: str = "", **headers: str) -> Answer:
        """Send a request for the book or for a card; an underscore in a header's name stands for a hyphen."""
        said = {"Authorization": self._login, "Content-Type": "text/xml", "Depth": "1"}
        said |= {key.replace("_", "-"): value for key, value in headers.items()}
        connection = Connection("127.0.0.1", self._gateway.port, timeout=60)
        try:
            connection.request(method, self.place + name, body.encode() or None, said)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def etags(self) -> dict[str, str]:
        """List the cards: name → version."""
        answer = self.ask("PROPFIND", body='<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>')
        assert answer.status == 207, answer
        found = {
            unquote(each.findtext(f"{D}href", "")).removeprefix(self.place): each.findtext(f".//{D}getetag", "")
            for each in fromstring(answer.body).iterfind(f"{D}response")
        }
        return {name: etag for name, etag in found.items() if name}

    def cards(self) -> dict[str, list[str]]:
        """Fetch all cards: name → lines."""
        return {name: self.lines(name) for name in self.etags()}

    def lines(self, name: str) -> list[str]:
        """Fetch a card."""
        answer = self.ask("GET", name)
        assert answer.status == 200, answer
        return answer.body.replace("\r\n", "\n").replace("\n ", "").strip().split("\n")

    def put(self, name: str, lines: list[str], **condition: str) -> Answer:
        """Write a card of these lines."""
        body = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])
        return self.ask("PUT", name, body, **{"Content_Type": "text/vcard"} | condition)


def value(lines: list[str], name: str) -> str:
    """Give the text of a card's first line of a name, or ""."""
    found = [line.partition(":")[2] for line in lines if line.partition(":")[0].partition(";")[0] == name]
    return found[0] if found else ""
