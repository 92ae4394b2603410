"""The words in which the tables are described (``schema``, ``mirror_schema``), and what they all belong to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, MetaData, Text, false

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[Any]:
    """Make the number of a row."""
    return Column("id", Integer, primary_key=True)


def whole(name: str, **more: Any) -> Column[Any]:
    """Make a column of whole numbers that is always filled."""
    return Column(name, Integer, nullable=False, **more)


def words(name: str, **more: Any) -> Column[Any]:
    """Make a column of text that is always filled."""
    return Column(name, Text, nullable=False, **more)


def flag(name: str) -> Column[Any]:
    """Make a column of yes and no."""
    return Column(name, Boolean, nullable=False, server_default=false())


def of(name: str, target: str, *, nullable: bool = False, ondelete: str = "CASCADE", **more: Any) -> Column[Any]:
    """Make a column that names a row of another table; it goes with that row unless said otherwise."""
    return Column(name, ForeignKey(target, ondelete=ondelete), nullable=nullable, **more)
