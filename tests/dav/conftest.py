"""A server in the test's own process, over a database file of its own."""

from __future__ import annotations

import shutil
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
        self.users = Users(self.database)
        self.application: Application = build(url)

    def device(self, user: str = "alice", device: str = "phone", address: str = "192.0.2.1") -> Client:
        """A signed-in device; the user is made if need be."""
        if self.users.viewer(user) is None:
            self.users.add(user)
        return Client(self.application, user, self.users.add_device(user, device), address)

    def another_worker(self) -> Application:
        return build(self.url)

    def close(self) -> None:
        self.database.close()
        self.application.close()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with nothing in it, made once."""
    path = tmp_path_factory.mktemp("empty") / "contacts.db"
    database = Database.open(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture
def server(tmp_path: Path, empty_database: Path) -> Any:
    shutil.copy(empty_database, tmp_path / "contacts.db")
    made = Server(f"sqlite:///{tmp_path}/contacts.db")
    yield made
    made.close()


@pytest.fixture
def phone(server: Server) -> Client:
    return server.device()
