"""The first run: until there is somebody who can sign in, a code from the server's log opens the page.

The code is made from the installation's key, so that every start prints the same one; it is of no use any more as
soon as there is a user with a password.
"""

from __future__ import annotations

from sqlalchemy import exists, select

from storage_plugin.database.engine import Database
from storage_plugin.database.schema import user
from storage_plugin.database.vault import Vault

_SOMEBODY = select(exists().where(user.c.password_hash.is_not(None)))


def is_first_run(database: Database) -> bool:
    """Tell whether nobody can sign in yet; raise Unavailable."""
    with database.reading() as connection:
        return not connection.execute(_SOMEBODY).scalar_one()


def first_run_code(vault: Vault) -> str:
    """Give the code: twelve hexadecimal digits in groups of four (48 bits)."""
    digits = vault.mark("first run of the web page")[:12]
    return "-".join(digits[at : at + 4] for at in range(0, 12, 4))
