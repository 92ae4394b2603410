"""What a client hears over HTTP may be another thing than what the service said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from aiohttp import ClientSession

from tests.mirror.crashing import Death, MortalSession, Told

Alter = Callable[[Told], Told]


class Hearing(Death):
    """Alters what is heard of answers to requests whose line (``POST http://…``) holds ``pattern``, ``times`` times.

    ``lines`` are those of all requests.
    """

    def __init__(self, alter: Alter, pattern: str = "", times: int = 1) -> None:
        super().__init__()
        self.alter = alter
        self.pattern = pattern
        self.times = times
        self.lines: list[str] = []

    def step(self) -> None:
        """Live."""

    def answered(self, lost: Exception) -> None:
        """Hear."""

    def told(self, answer: Told) -> Told:
        self.lines.append(answer.line)
        if self.times <= 0 or self.pattern not in answer.line:
            return answer
        self.times -= 1
        return self.alter(answer)


def hears(http: Any, alter: Alter, pattern: str = "", times: int = 1) -> Hearing:
    """Have what speaks through ``http.session`` hear otherwise."""
    hearing = Hearing(alter, pattern, times)
    http.session = cast(ClientSession, MortalSession(http.session, hearing))
    return hearing


def body(content: bytes) -> Alter:
    """Hear another body, of the same kind."""
    return lambda answer: replace(answer, content=content)


def in_json(change: Callable[[Any], None]) -> Alter:
    """Hear JSON that was changed on its way."""

    def alter(answer: Told) -> Told:
        said = json.loads(answer.content)
        change(said)
        return replace(answer, content=json.dumps(said).encode())

    return alter


PAGE = b"<!DOCTYPE html><html><body>Please <b>sign in</b> to the hotel's network.</body></html>"


def page(status: int = 200, **headers: str) -> Alter:
    """Hear the page of a proxy, or of a hotel."""

    def alter(answer: Told) -> Told:
        answer.headers.update({"Content-Type": "text/html"} | headers)
        return replace(answer, status=status, content=PAGE)

    return alter


def half(answer: Told) -> Told:
    """Hear half of it."""
    return replace(answer, content=answer.content[: len(answer.content) // 2])


def broken(answer: Told) -> Told:
    """Hear the connection end in the body."""
    return replace(answer, broken=True)
