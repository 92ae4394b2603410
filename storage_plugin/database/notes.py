"""Single values that the installation remembers, in the table ``setting``."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import setting


@retried
def note(database: Database, name: str) -> str:
    """Read a value; "" where there is none."""
    with database.reading() as connection:
        return connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar() or ""


@retried
def keep_note(database: Database, name: str, value: str) -> None:
    """Write a value in place of the one before."""
    with database.writing() as connection:
        connection.execute(delete(setting).where(setting.c.name == name))
        connection.execute(insert(setting).values(name=name, value=value))
