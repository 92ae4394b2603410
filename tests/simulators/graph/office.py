"""A simulator and a client for one test; every exchange is judged by Microsoft's schema."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from aiohttp import ClientSession

from bridge.simulators.graph import Mailbox, Simulator
from tests.judges.graph_schema import Judge

T = TypeVar("T")
Json = dict[str, Any]

IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
STAMP = "String {5a1d6c9e-0c0f-4b59-9d4b-d1b3f5a6e001} Name BizContactId"


class Clock:
    """A clock that stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.content)

    @property
    def value(self) -> list[Json]:
        return self.json["value"]

    @property
    def error(self) -> str:
        return self.json["error"]["code"]


class Office:
    """``anna``'s mailbox in a simulator, asked with her token unless told otherwise."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.judge = Judge()
        self._runner = asyncio.Runner()
        self.graph = Simulator(self.clock)
        self.run(self.graph.__aenter__())
        self.graph.observers.append(self.judge)
        self.anna: Mailbox = self.graph.mailbox("anna@contoso.example")
        self.token = self.graph.sign_in.token(self.anna)
        self._session: ClientSession = self.run(self._open())

    async def _open(self) -> ClientSession:
        return ClientSession()

    def close(self) -> None:
        self.run(self._session.close())
        self.run(self.graph.__aexit__(None, None, None))
        self._runner.close()

    def run(self, task: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(task)

    def ask(self, line: str, body: Any = None, headers: Json | None = None, token: str | None = None) -> Reply:
        """Ask ``GET /me/contacts`` or a full address; ``body`` is JSON, or bytes of a picture."""
        return self.run(self.asking(line, body, headers, token))

    async def asking(
        self, line: str, body: Any = None, headers: Json | None = None, token: str | None = None
    ) -> Reply:
        method, _, url = line.partition(" ")
        sent = {"Authorization": f"Bearer {token or self.token}"} | (headers or {})
        kind = {"data": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        url = url if "://" in url else self.graph.graph + url
        async with self._session.request(method, url, headers=sent, **kind) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())

    def create(self, body: Json | None = None, headers: Json | None = None, **fields: Any) -> Json:
        reply = self.ask("POST /me/contacts", (body or {}) | fields, headers)
        assert reply.status == 201, reply.content
        return reply.json

    def get(self, id: str, headers: Json | None = None) -> Json:
        reply = self.ask(f"GET /me/contacts/{id}", headers=headers)
        assert reply.status == 200, reply.content
        return reply.json

    def stamped(self, id: str, *names: str) -> dict[str, str]:
        """Read extended properties of a contact."""
        wanted = " or ".join(f"id eq '{name}'" for name in names)
        found = self.ask(f"GET /me/contacts/{id}?$expand=singleValueExtendedProperties($filter={wanted})").json
        return {each["id"]: each["value"] for each in found.get("singleValueExtendedProperties", [])}

    def round(self, link: str = "/me/contactFolders/contacts/contacts/delta", headers: Json | None = None) -> Round:
        """Follow a delta to its end."""
        rows, pages = [], []
        while True:
            reply = self.ask(f"GET {link}", headers=headers)
            assert reply.status == 200, reply.content
            rows += reply.value
            pages.append(len(reply.value))
            if "@odata.deltaLink" in reply.json:
                return Round(rows, pages, reply.json["@odata.deltaLink"])
            link = reply.json["@odata.nextLink"]


@dataclass(frozen=True)
class Round:
    rows: list[Json]
    pages: list[int]
    link: str

    @property
    def names(self) -> set[str]:
        return {row["displayName"] for row in self.rows if "@removed" not in row}

    @property
    def removed(self) -> dict[str, str]:
        return {row["id"]: row["@removed"]["reason"] for row in self.rows if "@removed" in row}
