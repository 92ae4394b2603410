"""A process that dies, or loses an answer, at a step: at each commit, and before and after each request."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from shutil import copyfile
from typing import Any

from aiohttp import ClientPayloadError, ClientSession, ServerDisconnectedError
from multidict import CIMultiDict
from requests import Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from requests.structures import CaseInsensitiveDict

from bridge.sync.run import run
from bridge.targets.base import Unreachable
from bridge.targets.file.client import Disk
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import release_lease
from tests.mirror.office import Office

REQUESTS = ("open", "changes", "items", "stamped", "photo", "apply")


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Told:
    """An answer over HTTP, as aiohttp gives it; ``broken``: the connection ends in its body."""

    line: str
    status: int
    headers: CIMultiDict[str]
    content: bytes
    broken: bool = False

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip()

    async def read(self) -> bytes:
        if self.broken:
            raise ClientPayloadError("Response payload is not completed")
        return self.content


class Death:
    """Kills at the ``at``-th step and ever after, or (``once``) breaks off there alone; counts the steps.

    ``loses``: the process lives, and the answer of the ``at``-th request is lost after the service did its work.
    """

    def __init__(self, at: int | None = None, *, loses: bool = False, once: bool = False) -> None:
        self.at = at
        self.loses = loses
        self.once = once
        self.steps = 0

    def step(self) -> None:
        """Die here, perhaps."""
        if not self.loses:
            self._count()
            if self.at is not None and (self.steps - 1 == self.at or (self.steps > self.at and not self.once)):
                raise Killed

    def answered(self, lost: Exception) -> None:
        """Die here, perhaps, or raise ``lost``."""
        if not self.loses:
            self.step()
            return
        self._count()
        if self.steps - 1 == self.at:
            raise lost

    def instead(self, line: str) -> Told | None:
        """Give what is heard of a request over HTTP that never comes to the service; None for one that does."""
        return None

    def told(self, answer: Told) -> Told:
        """Give what is heard of an answer over HTTP."""
        return answer

    def _count(self) -> None:
        self.steps += 1


class MortalDatabase:
    """A database whose process may die before and after each commit."""

    def __init__(self, database: Database, death: Death) -> None:
        self._database = database
        self._death = death

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def writing(self, **said: Any) -> Iterator[Any]:
        with self._database.writing(**said) as connection:
            yield connection
            self._death.step()
        self._death.step()


class MortalTarget:
    """A target whose process may die before and after each call."""

    def __init__(self, target: Any, death: Death) -> None:
        self._target = target
        self._death = death

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name not in REQUESTS:
            return found

        async def asked(*arguments: Any) -> Any:
            self._death.step()
            answer = await found(*arguments)
            self._death.answered(Unreachable("The answer was lost."))
            return answer

        return asked


class MortalSession:
    """aiohttp's session in a process that may die before each request, and after it before the answer is known."""

    def __init__(self, session: ClientSession, death: Death) -> None:
        self._session = session
        self._death = death

    @asynccontextmanager
    async def request(self, *arguments: Any, **said: Any) -> AsyncIterator[Any]:
        self._death.step()
        line = f"{arguments[0]} {arguments[1]}"
        if instead := self._death.instead(line):
            yield instead
            return
        async with self._session.request(*arguments, **said) as answer:
            content = await answer.read()
            self._death.answered(ServerDisconnectedError())
            yield self._death.told(Told(line, answer.status, CIMultiDict(answer.headers), content))

    async def close(self) -> None:
        await self._session.close()


class HearingAdapter(HTTPAdapter):
    """The same for requests: what is heard of an answer may not be what was said."""

    def __init__(self, death: Death) -> None:
        super().__init__()
        self._death = death

    def send(self, request: Any, *arguments: Any, **said: Any) -> Any:
        line = f"POST {re.findall(b'<m:([A-Za-z]+)', request.body or b'')[:1]} {request.url}"
        told = self._death.instead(line)
        if told is None:
            answer = super().send(request, *arguments, **said)
            told = self._death.told(Told(line, answer.status_code, CIMultiDict(answer.headers), answer.content))
        else:
            answer = Response()
            answer.request, answer.url = request, request.url
        if told.broken:
            raise ChunkedEncodingError("Response ended prematurely")
        answer.status_code, answer._content = told.status, told.content
        answer.headers = CaseInsensitiveDict(told.headers)
        return answer


class MortalDisk(Disk):
    """A folder on disk; the process may die before, in the middle of, and after each writing."""

    def __init__(self, disk: Disk, death: Death) -> None:
        super().__init__(disk.path)
        self._death = death

    def write(self, name: str, content: bytes, version: str) -> None:
        self._death.step()
        hidden = self.path / f".{name}.new"
        hidden.write_bytes(content[: len(content) // 2])
        self._death.step()
        super().write(name, content, version)
        self._death.step()

    def delete(self, name: str, version: str) -> None:
        self._death.step()
        super().delete(name, version)
        self._death.step()


def afresh(first: Office, url: str, make_sqlite: Callable[[], str]) -> Callable[[], Office]:
    """Close an office over ``url`` with a folder in memory; give what makes it anew as it is now, again and again."""
    first.database.close()

    def fresh() -> Office:
        copy = make_sqlite()
        copyfile(url.removeprefix("sqlite:///"), copy.removeprefix("sqlite:///"))
        office = Office(Database.open(copy), deepcopy(first.folder))
        office.clock.now = first.clock.now
        return office

    return fresh


def killed(office: Office, death: Death, connect: Callable[[str, Death], Any]) -> None:
    """Run a mirror with death at a step, or to the end."""

    async def mortal() -> None:
        target = connect(office.mirror.folder, death)
        try:
            database: Any = MortalDatabase(office.database, death)
            await run(database, office.mirror, target, office.policy, lease, office.clock)
        finally:
            await target.close()

    lease = office.lease()
    try:
        office.run(mortal())
    except Killed:
        pass
    finally:
        release_lease(office.database, lease)
