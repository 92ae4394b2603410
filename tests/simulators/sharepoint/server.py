"""A SharePoint Server with one site and one account; every exchange is judged by the metadata of its interface."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bridge.simulators.sharepoint.onpremises import OnPremises
from tests.judges.sharepoint_schema import Judge
from tests.simulators.graph.office import Clock
from tests.simulators.sharepoint.office import CONTACTS

T = TypeVar("T")

USER, PASSWORD = "CONTOSO\\anna", "a pässword"


class Server:
    """The server, its clock, and a loop to run in."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.judge = Judge()
        self._runner = asyncio.Runner()
        self.server = OnPremises(self.clock)
        self.server.sign_in.passwords[USER] = PASSWORD
        self.server.observers.append(self.judge)
        self.run(self.server.__aenter__())
        self.site = self.server.site
        self.faults = self.server.faults

    def close(self) -> None:
        self.run(self.server.__aexit__(None, None, None))
        self._runner.close()

    def run(self, task: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(task)

    @property
    def list(self):
        """The contacts list, once it was made."""
        found = self.site.titled(CONTACTS)
        assert found is not None
        return found
