"""A server in the test's own process, over a database file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import migrate
from storage_plugin.database.users import Users
from storage_plugin.dav.application import Application, build
from tests.dav.client import Client


class Server:
    """One worker, and the means to make users and devices."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database.open(url)
        migrate(self.database)
        self.users = Users(self.database)
        self.application: Application = build(url)

    def device(self, user: str = "alice", device: str = "phone", address: str = "192.0.2.1") -> Client:
        """A signed-in device; the user is made if need be."""
        if self.users.viewer(user) is None:
            self.users.add(user)
        return Client(self.application, user, self.users.add_device(user, device), address)

    def another_worker(self) -> Application:
        return build(self.url)


@pytest.fixture
def server(tmp_path: Path) -> Any:
    made = Server(f"sqlite:///{tmp_path}/contacts.db")
    yield made
    made.database.close()
    made.application.close()


@pytest.fixture
def phone(server: Server) -> Client:
    return server.device()
