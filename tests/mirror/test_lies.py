"""Answers that no service should give, at the requests of a run: it ends with a sentence, the next ones finish it.

What says that it was done, or fails, is told after the service did its work; a refusal is told in its stead. A few
are tried; ``LIES=1`` tries every lie at every request of every target over HTTP, ``LIES=5`` each fifth.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from multidict import CIMultiDict

from storage_plugin.database.runs import Runs
from tests.mirror.crashing import Death, Told, killed
from tests.mirror.office import Office
from tests.mirror.places import PLACES
from tests.mirror.test_crashes import Scene, scene, state
from tests.targets.hearing import Alter, body, broken, half, page

__all__ = ["scene"]


def bare(status: int, **headers: str) -> Alter:
    """Hear a status without a word."""

    def alter(answer: Told) -> Told:
        answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return replace(answer, status=status, content=b"")

    return alter


LIES: dict[str, Alter] = {
    "nothing": body(b""),
    "half": half,
    "broken": broken,
    "a page": page(),
    "null": body(b"null"),
    "an object": body(b"{}"),
    "a list": body(b"[1]"),
    "no text": body(b"\xff\xfe\x00\x01"),
    "elsewhere": page(302, Location="https://login.example/"),
    "elsewhere here": page(307, Location="/"),
    "page 400": page(400),
    "page 403": page(403),
    "page 404": page(404),
    "page 413": page(413),
    "page 500": page(500),
    "429 at once": bare(429, Retry_After="-5"),
    "429 for ever": bare(429, Retry_After="99999999999"),
    "429 in the past": bare(429, Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"),
    "503 in a part of a second": bare(503, Retry_After="1.5"),
    "503 soon": bare(503, Retry_After="soon"),
    **{f"bare {status}": bare(status) for status in (202, 204, 405, 408, 409, 410, 412, 421, 423, 507, 599)},
}
EVERY = int(os.environ.get("LIES", "0"))
KINDS = [kind for kind in PLACES if kind not in ("memory", "vcf", "csv")] if EVERY else ["graph", "ews"]


class Lie(Death):
    """Tells a lie at the ``at``-th request; ``line`` is what was asked then."""

    def __init__(self, at: int = -1, alter: Alter = lambda answer: answer) -> None:
        super().__init__()
        self.wanted = at
        self.alter = alter
        self.line = ""

    def step(self) -> None:
        """Live."""

    def answered(self, lost: Exception) -> None:
        """Hear."""

    def instead(self, line: str) -> Told | None:
        self._count()
        assert self.steps < 2_000, "it asks for ever"
        if self.steps - 1 != self.wanted:
            return None
        self.line = line
        told = self.alter(Told(line, 200, CIMultiDict(), b"{}"))
        return told if 300 <= told.status < 500 else None

    def told(self, answer: Told) -> Told:
        return self.alter(answer) if self.steps - 1 == self.wanted else answer


def healed(office: Office, scene: Scene) -> Any:
    """Run, hours later."""
    for _ in range(2):
        office.clock.now += timedelta(hours=1)
        office.sync()
    return state(office, scene.owner)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_lie_loses_and_doubles_nothing(scene, kind, capsys):
    undisturbed, counting = scene.fresh(), Lie()
    killed(undisturbed, counting, scene.place.connect)
    wanted = healed(undisturbed, scene)
    undisturbed.database.close()
    number = len(LIES) * counting.steps
    chosen = range(0, number, EVERY or number // 4)
    for each in chosen:
        at, name = each % counting.steps, [*LIES][each % len(LIES)] if not EVERY else [*LIES][each // counting.steps]
        office, lie = scene.fresh(), Lie(at, LIES[name])
        where = f"{name} at {at}"
        killed(office, lie, scene.place.connect)
        last = Runs(office.database).last(office.mirror.id)
        assert last is not None and lie.line, where
        assert not last.reason or (last.reason.endswith(".") and "\n" not in last.reason), f"{where}: {last.reason}"
        assert healed(office, scene) == wanted, f"{where} {lie.line}: {last.reason}"
        assert office.sync().counts == {} and office.failures() == [], f"{where} {lie.line}: {last.reason}"
        office.database.close()
    with capsys.disabled():
        print(f" {len(chosen)} lies of {number} ", end="")
