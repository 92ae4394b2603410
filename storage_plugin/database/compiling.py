"""SQLite's dialect for SQLAlchemy, such that a statement is compiled once in a process.

SQLAlchemy keeps compiled statements by dialect, and each engine has a dialect of its own: those who read and the one
that writes (see ``engine``) would each compile what both use. Here all dialects are one for such a cache. None may
therefore be set up differently from the others.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache


class AlikeDialect(SQLiteDialect_pysqlite):
    """The dialect of SQLAlchemy; any two are equal."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is AlikeDialect

    def __hash__(self) -> int:
        return hash(AlikeDialect)


registry.register("sqlite.alike", __name__, AlikeDialect.__name__)

_compiled: LRUCache[Any, Any] = LRUCache(500)


def alike(url: URL) -> URL:
    """Give the URL by which ``create_engine`` takes this dialect."""
    return url.set(drivername="sqlite+alike")


def sharing(engine: Engine) -> Engine:
    """Give the engine with the cache that all share."""
    return engine.execution_options(compiled_cache=_compiled)
