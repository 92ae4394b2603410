"""The statements of a write past SQLAlchemy's execution, which on SQLite takes twice as long as they do.

Statements are compiled once, so make them at module level, or keep them (``lru_cache``). Values go in and come out
as the driver has them: on SQLite a Boolean column reads 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Delete, Dialect, Insert, Select, Update

_Statement = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete
_Values = Callable[[Mapping[str, Any]], Sequence[Any]]


def run(connection: Connection, statement: _Statement, parameters: Mapping[str, Any]) -> int:
    """Execute a statement that gives no rows; tell how many it changed."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, parameters).rowcount
    count: int = _executed(connection, statement, parameters).rowcount
    return count


def run_all(connection: Connection, statement: _Statement, parameters: Sequence[Mapping[str, Any]]) -> None:
    """Execute a statement once for each of ``parameters``, which all have the same names."""
    if not parameters:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(statement, parameters)
        return
    sql, values, _ = _compiled(statement, connection.dialect, tuple(parameters[0]))
    _driver(connection).executemany(sql, map(values, parameters))


def value_of(connection: Connection, statement: _Statement, parameters: Mapping[str, Any]) -> Any:
    """Execute a statement and give the first value of its first row; None when it gives no row."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, parameters).scalar()
    rows = _executed(connection, statement, parameters).fetchall()
    return rows[0][0] if rows else None


def tuples_of(connection: Connection, statement: _Statement, parameters: Mapping[str, Any]) -> Sequence[Any]:
    """Execute a statement and give its rows as tuples."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, parameters).all()
    rows: Sequence[Any] = _executed(connection, statement, parameters).fetchall()
    return rows


def mappings_of(
    connection: Connection, statement: _Statement, parameters: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """Execute a statement and give its rows by the names of their columns."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, parameters).mappings().all()  # type: ignore[return-value]
    _, _, names = _compiled(statement, connection.dialect, tuple(parameters))
    return [dict(zip(names, row, strict=True)) for row in _executed(connection, statement, parameters).fetchall()]


def _executed(connection: Connection, statement: _Statement, parameters: Mapping[str, Any]) -> Any:
    sql, values, _ = _compiled(statement, connection.dialect, tuple(parameters))
    return _driver(connection).execute(sql, values(parameters))


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection  # what sqlite3 gave: the way to driver_connection is longer


@lru_cache(1024)
def _compiled(statement: _Statement, dialect: Dialect, keys: tuple[str, ...]) -> tuple[str, _Values, list[str]]:
    """Give SQL, what makes its positional values of named parameters (literals included), and names for its rows.

    ``keys`` name the parameters: an INSERT without values of its own takes its columns from them.
    """
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(keys))
    literals = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    order = tuple(compiled.positiontup)
    names = (
        [column.name for column in statement.selected_columns]
        if isinstance(statement, (Select, CompoundSelect))
        else []
    )

    if not literals and len(order) > 1:
        return compiled.string, itemgetter(*order), names

    def values(given: Mapping[str, Any]) -> Sequence[Any]:
        known = {**literals, **given}
        return [known[name] for name in order]

    return compiled.string, values, names
