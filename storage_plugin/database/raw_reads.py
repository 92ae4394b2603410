"""Reading past SQLAlchemy's execution, which on SQLite takes longer than the reading itself.

Statements are compiled once, so make them at module level, or keep them (``lru_cache``).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Select,
    Text,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.selectable import FromClause, Join

_Values = Callable[[Mapping[str, Any]], list[Any]]


def first_of(readers: Engine, statement: Select[Any], parameters: Mapping[str, Any]) -> Any | None:
    """Read the first row of a single statement from SQLite; one statement is a snapshot by itself."""
    sql, values, row_type = _compiled(statement, readers.dialect)
    pooled = readers.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        row = driver.execute(sql, values(parameters)).fetchone()
    finally:
        pooled.close()
    return None if row is None else row_type(*row)


class Snapshot(Protocol):
    """One committed state, read in plain tuples."""

    def rows(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Read all rows of a statement."""


class SqliteSnapshot:
    """A read transaction of SQLite; it lasts until its connection goes back to the pool, which rolls back."""

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self._driver = driver
        self._dialect = dialect
        driver.execute("BEGIN")

    def rows(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Read all rows of a statement."""
        sql, values, _ = _compiled(statement, self._dialect)
        found: Sequence[Any] = self._driver.execute(sql, values(parameters)).fetchall()
        return found


class SqlSnapshot:
    """A read transaction of any database, by way of SQLAlchemy."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Read all rows of a statement."""
        return self._connection.execute(statement, parameters).all()


def one_of(column: ColumnElement[Any], name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """Make the condition that ``column`` is in the JSON array, of its type, bound to ``name``.

    One parameter, so that the statement is the same for any number of values: SQLAlchemy writes an IN anew each time.
    """
    array = bindparam(name, type_=Text)
    if sqlite:
        return column.in_(select(func.json_each(array).table_valued("value").c.value))
    value = func.json_array_elements_text(cast(array, JSON)).column_valued("value")
    return column.in_(select(cast(value, column.type)))


class InOrder(Join):
    """A join of which SQLite reads the left side first; left alone, it may walk through the whole right side."""

    inherit_cache = True


@compiles(InOrder, "sqlite")
def _in_order(join: InOrder, compiler: Any, **options: Any) -> str:
    sql: str = compiler.visit_join(join, **options)
    return sql.replace(" JOIN ", " CROSS JOIN ", 1)


def each_of(name: str, *, sqlite: bool) -> FromClause:
    """Make a table, of one column, of the JSON array of texts bound to ``name``."""
    array = bindparam(name, type_=Text)
    if sqlite:
        return func.json_each(array).table_valued("value")
    return func.json_array_elements_text(cast(array, JSON)).table_valued("value").render_derived()


@lru_cache(1024)
def _compiled(statement: Select[Any], dialect: Dialect) -> tuple[str, _Values, Callable[..., Any]]:
    """Give SQL, what makes its positional values of named parameters (literals included), and a type for its rows."""
    compiled: Any = statement.compile(dialect=dialect)
    literals = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    order = compiled.positiontup
    row_type = namedtuple("row_type", [column.name for column in statement.selected_columns])  # type: ignore[misc]

    def values(given: Mapping[str, Any]) -> list[Any]:
        known = literals | dict(given)
        return [known[name] for name in order]

    return compiled.string, values, row_type
