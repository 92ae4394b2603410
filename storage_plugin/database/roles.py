"""Who administers the installation: there is always somebody."""

from __future__ import annotations

from sqlalchemy import select, update

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import user
from storage_plugin.model.book import NotFound, Refused

ADMINISTRATOR = "administrator"
ROLES = ("coworker", ADMINISTRATOR)


@retried
def set_role(database: Database, name: str, role: str) -> None:
    """Make a user a coworker or an administrator, from the next request on.

    Raises NotFound, and Refused for the last administrator (of two who retire at once, one stays).
    """
    if role not in ROLES:
        raise Refused(f"{role!r} is no role: there are {', '.join(ROLES)}")
    with database.writing() as connection:
        heads = select(user.c.name).where(user.c.role == ADMINISTRATOR).order_by(user.c.id).with_for_update()
        names = list(connection.execute(heads).scalars())
        if role != ADMINISTRATOR and names == [name]:
            raise Refused(f"{name} is the only administrator: make somebody else one first")
        if connection.execute(update(user).where(user.c.name == name).values(role=role)).rowcount == 0:
            raise NotFound(f"there is no user {name}")
