"""A database and its transactions, on SQLite and PostgreSQL.

A *reading* is a snapshot: all its statements see one committed state. A *writing* is a transaction that is durable
when its block ends, and undone when the block raises. Inside a writing the triggers know that the writer keeps
cards and columns together by itself (see ``triggers``).

SQLite: WAL, ``synchronous=FULL``, one writing connection per process, on which its threads queue; what several of
them write at a time shares a commit (see ``group_commit``). PostgreSQL: reads REPEATABLE READ READ ONLY, writes READ
COMMITTED with ``lock_timeout``; rows are locked with SELECT … FOR UPDATE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Select,
    cast,
    func,
    literal,
    make_url,
    text,
)

from storage_plugin.database.connecting import postgresql_engine, sqlite_engine
from storage_plugin.database.faults import LOCK_SECONDS, translated
from storage_plugin.database.group_commit import GroupCommit
from storage_plugin.database.raw_reads import Snapshot, SqliteSnapshot, SqlSnapshot, first_of
from storage_plugin.model.book import Unavailable

T = TypeVar("T")

_BEGIN_WRITING = text(
    "SELECT set_config('contact_bridge.writer', 'on', true), set_config('lock_timeout', :wait, true)"
)
_BEGIN_MIGRATION = text("SELECT set_config('lock_timeout', :wait, true)")
_BEGIN_NOTE = text("SELECT set_config('synchronous_commit', 'off', true), set_config('lock_timeout', :wait, true)")

NOTE_SECONDS = 0.25
"""How long somebody who only reads waits for a writer."""


class Database:
    """One business-contact database, opened once per process (never across a fork)."""

    def __init__(self, readers: Engine, writers: Engine) -> None:
        self._readers = readers
        self._writers = writers
        self.is_sqlite = readers.dialect.name == "sqlite"
        self._turn = Lock() if self.is_sqlite else None
        self._together = GroupCommit(lambda patience: self.writing(patience=patience))
        self._background: dict[str, Thread] = {}
        self._starting = Lock()
        self._closing = Event()

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the database of a SQLAlchemy URL; nothing is connected before the first transaction.

        ``sqlite:///PATH`` or ``postgresql://…`` (psycopg). Raises ValueError for any other kind.
        """
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(sqlite_engine(parsed, readers=True), sqlite_engine(parsed, readers=False))
        if parsed.get_backend_name() == "postgresql":
            engine = postgresql_engine(parsed)
            return cls(engine, engine)
        raise ValueError(f"databases of the kind {parsed.get_backend_name()!r} are not supported yet")

    @property
    def engine(self) -> Engine:
        """Give the engine that may change the schema (for migrations)."""
        return self._writers

    @property
    def file(self) -> Path | None:
        """Give the path of a SQLite file."""
        name = self._readers.url.database if self.is_sqlite else None
        return Path(name) if name and name != ":memory:" else None

    def close(self) -> None:
        """Close all connections, when what goes on in the background has ended."""
        self._closing.set()
        for thread in list(self._background.values()):
            thread.join()
        self._readers.dispose()
        self._writers.dispose()

    def in_background(self, name: str, work: Callable[[Event], None]) -> None:
        """Do ``work`` in a thread of its own, unless one of this ``name`` is at it; its event says: end soon."""
        with self._starting:
            known = self._background.get(name)
            if self._closing.is_set() or (known is not None and known.is_alive()):
                return
            self._background[name] = Thread(target=work, args=(self._closing,), name=name, daemon=True)
            self._background[name].start()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one committed state; raise Unavailable when the database is away."""
        with translated(), self._readers.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def glance(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Any | None:
        """Read the first row of a single statement; raise Unavailable when the database is away.

        Every request begins with one, so SQLite is asked past SQLAlchemy's execution (a fifth of the time).
        """
        if not self.is_sqlite:
            with self.reading() as connection:
                return connection.execute(statement, parameters).first()
        with translated():
            return first_of(self._readers, statement, parameters)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Read one committed state in plain tuples, which is cheap; raise Unavailable when the database is away."""
        if not self.is_sqlite:
            with self.reading() as connection:
                yield SqlSnapshot(connection)
            return
        with translated():
            pooled = self._readers.raw_connection()
            try:
                yield SqliteSnapshot(pooled.driver_connection, self._readers.dialect)
            finally:
                pooled.close()

    @contextmanager
    def writing(self, *, patience: float = LOCK_SECONDS) -> Iterator[Connection]:
        """Change the database as one of our own writers; raise Unavailable, StorageFull or Retry.

        ``patience``: seconds to wait for a lock that somebody else holds.
        """
        with translated(), self._in_turn(patience) as connection, connection.begin():
            if self.is_sqlite:
                driver: Any = connection.connection.driver_connection
                driver.execute("UPDATE writing SET active = 1")
                yield connection
                driver.execute("UPDATE writing SET active = 0")
            else:
                connection.execute(_BEGIN_WRITING, {"wait": f"{int(patience * 1000)}ms"})
                yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do short ``work`` in a writing, which on SQLite several threads may share; see ``group_commit``."""
        if self.is_sqlite:
            return self._together.do(work)
        with self.writing() as connection:
            return work(connection)

    @contextmanager
    def migrating(self, patience: float) -> Iterator[Connection]:
        """Change the schema; other processes that want to wait, for ``patience`` seconds at most."""
        with translated(), self._in_turn(patience) as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(_BEGIN_MIGRATION, {"wait": f"{int(patience * 1000)}ms"})
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(x'4d494752'::bigint)")
            yield connection

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        """Write a note whose loss in a power cut does no harm: committed at once, but not flushed to the disk.

        Nobody waits long for it: the caller goes on without it when it fails (``MISSED``).
        """
        with translated(), self._in_turn(NOTE_SECONDS) as connection:
            driver: Any = connection.connection.driver_connection
            if self.is_sqlite:
                driver.execute("PRAGMA synchronous=NORMAL")
            try:
                with connection.begin():
                    if not self.is_sqlite:
                        connection.execute(_BEGIN_NOTE, {"wait": f"{int(NOTE_SECONDS * 1000)}ms"})
                    yield connection
            finally:
                if self.is_sqlite:
                    driver.execute("PRAGMA synchronous=FULL")

    @contextmanager
    def _in_turn(self, patience: float) -> Iterator[Connection]:
        """Give the connection that writes, when it is this thread's turn."""
        if self._turn is None:
            with self._writers.connect() as connection:
                yield connection
            return
        if not self._turn.acquire(timeout=patience):
            raise Unavailable("the database is busy with another writer", retry_after=5)
        try:
            with self._writers.connect().execution_options(patience=patience) as connection:
                yield connection
        finally:
            self._turn.release()

    def has(self, column: ColumnElement[str], word: str) -> ColumnElement[bool]:
        """Make the condition that ``word`` stands in ``column``: on SQLite twice as fast as ``contains``.

        GLOB is fast where it can look for an ASCII letter; other letters are found as octets.
        """
        if not self.is_sqlite:
            return func.strpos(column, word) > 0
        if not word[:1].isascii():
            return func.instr(cast(column, LargeBinary), literal(word.encode(), LargeBinary)) > 0
        escaped = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in word)
        return column.op("GLOB", return_type=Boolean())(f"*{escaped}*")

    def by_letters(self, column: ColumnElement[str]) -> ColumnElement[str]:
        """Order by ``column`` letter by letter, whatever the database thinks of languages."""
        return column if self.is_sqlite else column.collate("C")

    def contains(self, column: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[bool]:
        """Make the condition that ``column`` has ``needle`` in it, compared as it stands."""
        find = func.instr if self.is_sqlite else func.strpos
        return find(column, needle) > 0
