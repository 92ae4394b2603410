"""How connections to SQLite and PostgreSQL are made, and how each begins a transaction."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from storage_plugin.database.compiling import alike, sharing
from storage_plugin.database.faults import LOCK_SECONDS, is_sqlite


def postgresql_engine(url: URL) -> Engine:
    """Make the engine of a PostgreSQL database, driven by psycopg."""
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=16,
        max_overflow=16,
        pool_timeout=LOCK_SECONDS,
        connect_args={"connect_timeout": 5},
        hide_parameters=True,
    )


def sqlite_engine(url: URL, *, readers: bool) -> Engine:
    """Make an engine of a SQLite file: of its readers, or of the one connection that writes."""
    engine = create_engine(
        alike(url),
        pool_size=16 if readers else 1,
        max_overflow=48 if readers else 0,
        pool_timeout=LOCK_SECONDS,
        connect_args={"timeout": LOCK_SECONDS if readers else 0, "check_same_thread": False},
        pool_reset_on_return="rollback",
        hide_parameters=True,  # an error must not carry a contact into the log
        pool_use_lifo=True,  # the connection used last has the most in its cache
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        _use_wal(connection)
        # Each thread that reads has a cache of its own; behind them is the system's cache of the file.
        pragmas = ["synchronous=FULL", "foreign_keys=ON", f"cache_size={-4000 if readers else -16000}"]
        if not readers:
            pragmas.append("temp_store=MEMORY")  # what a savepoint keeps to go back to: a file would cost more
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if readers:
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_immediate(connection)

    return sharing(engine)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Make (or find) the file in WAL mode; SQLite itself does not wait for another process that is making it so."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not is_sqlite(error, sqlite3.SQLITE_BUSY) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _begin_immediate(connection: Connection) -> None:
    """Queue behind the writers of other processes; SQLite's own waiting would sleep up to 100 ms at a time.

    SQLAlchemy is left out: what it makes of each refusal costs more than asking again. Measured with four writing
    threads in each of two processes: a fifth more writes, a fifth less processor time; a file lock gave no more.
    """
    patience: float = connection.get_execution_options().get("patience", LOCK_SECONDS)
    until = time.monotonic() + min(patience, LOCK_SECONDS)
    driver: Any = connection.connection.driver_connection
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_sqlite(error, sqlite3.SQLITE_BUSY) or time.monotonic() > until:
                raise
            time.sleep(0.0005)
