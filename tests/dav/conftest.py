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
        self.secret = ""

    def device(self, user: str = "alice", device: str = "tablet", address: str = "192.0.2.1") -> Client:
        """A signed-in device; the user is made if need be."""
        if self.users.viewer(user) is None:
            self.users.add(user)
        return Client(self.application, user, self.users.add_device(user, device), address)

    def another_worker(self) -> Application:
        return build(self.url)

    def close(self) -> None:
        self.database.close()
        self.application.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module that says EVERY_DATABASE over SQLite and PostgreSQL."""
    if "server" in metafunc.fixturenames and getattr(metafunc.module, "EVERY_DATABASE", False):
        kinds = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
        metafunc.parametrize("server", kinds, indirect=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database file with one user and her phone, made once; and the phone's password."""
    path = tmp_path_factory.mktemp("template") / "contacts.db"
    database = Database.open(f"sqlite:///{path}")
    migrate(database)
    secret = _first_phone(Users(database))
    database.close()
    return path, secret


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path, template: tuple[Path, str]) -> Any:
    if getattr(request, "param", "sqlite") == "postgresql":
        made = Server(request.getfixturevalue("make_postgresql")())
        made.secret = _first_phone(made.users)
    else:
        shutil.copy(template[0], tmp_path / "contacts.db")
        made = Server(f"sqlite:///{tmp_path}/contacts.db")
        made.secret = template[1]
    yield made
    made.close()


@pytest.fixture
def phone(server: Server) -> Client:
    return Client(server.application, "alice", server.secret)


def _first_phone(users: Users) -> str:
    users.add("alice")
    return users.add_device("alice", "phone")
