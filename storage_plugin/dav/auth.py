"""Radicale's log-in with the app passwords of our database (``[auth] type = storage_plugin``)."""

from __future__ import annotations

from radicale.auth import BaseAuth
from radicale.config import Configuration

from storage_plugin.database.users import Users
from storage_plugin.dav.opening import database_of


class Auth(BaseAuth):
    """Looks every log-in up, so that revoking a device works at once."""

    def __init__(self, configuration: Configuration) -> None:
        """Open the same database as the storage does."""
        super().__init__(configuration)
        self._users = Users(database_of(configuration))

    def _login(self, login: str, password: str) -> str:
        viewer = self._users.sign_in(login, password)
        return viewer.user if viewer is not None else ""
