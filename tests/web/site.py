"""The page as a browser without a script sees it: a real server on loopback, cookies, forms, redirects."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from aiohttp import web

from bridge.place import Place
from bridge.settings import Settings
from bridge.web.application import application
from bridge.web.forgery import mark
from bridge.web.handling import COOKIE
from bridge.web.house import House
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.sessions import Sessions
from storage_plugin.database.users import Users
from storage_plugin.database.vault import Vault

PASSWORD = "correct horse battery"


@dataclass
class Answer:
    """What came back; ``url`` is where redirects ended."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


@dataclass
class Site:
    """A running page of one installation."""

    address: str
    house: House

    @property
    def users(self) -> Users:
        return Users(self.house.database)

    def browser(self, user: str = "", **headers: str) -> Browser:
        """Open a browser in which ``user`` has signed in (added as a coworker without a password when unknown)."""
        browser = Browser(self.address, headers=headers)
        if user:
            if all(each.name != user for each in self.users.all()):
                self.users.add(user)
            browser.cookies[COOKIE] = Sessions(self.house.database).start(user, "127.0.0.1", "tests")
            browser.mark = mark(browser.cookies[COOKIE])
        return browser


@dataclass
class Browser:
    """Cookies and the mark of the last page; nothing else is remembered."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    mark: str = ""

    def get(self, path: str, *, follow: bool = True, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers, follow=follow)

    def post(
        self, path: str, fields: Mapping[str, object] | None = None, *, follow: bool = True, **more: object
    ) -> Answer:
        """Send a form, with the mark of the last page; a value that is bytes is a file."""
        said: dict[str, object] = {"csrf": self.mark, **(fields or {}), **more}
        if any(isinstance(value, bytes) for value in said.values()):
            body, content_type = _multipart(said)
        else:
            body, content_type = urlencode(said, doseq=True).encode(), "application/x-www-form-urlencoded"
        return self._ask("POST", path, body, {"Content-Type": content_type}, follow=follow)

    def _ask(self, method: str, path: str, body: bytes | None, more: Mapping[str, str], *, follow: bool) -> Answer:
        parts = urlsplit(self.address)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.headers), response.read(), path)
            self._keep(response.headers.get_all("Set-Cookie") or [])
        finally:
            connection.close()
        if "text/html" in answer.headers.get("Content-Type", ""):
            self.mark = _mark(answer.text) or self.mark
        if follow and answer.status == 303:
            return self.get(urljoin(path, answer.location))
        return answer

    def _keep(self, given: list[str]) -> None:
        for text in given:
            for name, morsel in SimpleCookie(text).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0" or not morsel.value:
                    del self.cookies[name]


class _Marks(HTMLParser):
    found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "input" and said.get("name") == "csrf":
            self.found = said.get("value") or ""


def _mark(text: str) -> str:
    parser = _Marks()
    parser.feed(text)
    return parser.found


def _multipart(fields: Mapping[str, object]) -> tuple[bytes, str]:
    boundary = uuid.uuid4().hex
    body = b""
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
            if isinstance(each, bytes):
                head += f'; filename="{name}.bin"\r\nContent-Type: application/octet-stream'
            body += head.encode() + b"\r\n\r\n" + (each if isinstance(each, bytes) else str(each).encode()) + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def contacts(site: Site) -> SqlContacts:
    """Give the first book of a site, past everybody's filters."""
    return SqlContacts(site.house.database, 1)


@contextmanager
def serving(database_url: str, folder: Path, settings: Settings | None = None) -> Iterator[Site]:
    """Serve the page of a database until the end of the block."""
    database = Database.open(database_url)
    place = Place(folder, database_url)
    house = House(place, settings or Settings(), database, Vault.open(folder))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = web.AppRunner(application(house), access_log=None, shutdown_timeout=1)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port: int = runner.addresses[0][1]
        return port

    async def end() -> None:
        await runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    try:
        port = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        yield Site(f"http://127.0.0.1:{port}", house)
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
        database.close()
