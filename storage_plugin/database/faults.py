"""What a transaction can fail at: the drivers' errors made ours, and which transactions are tried again.

Errors that ``model.book`` does not know stay inside this package: ``Retry``, and ``Busy``, which is one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage_plugin.model.book import StorageFull, Unavailable

LOCK_SECONDS = 5.0
"""How long a writer waits for another before the client is told to try again later (HTTP 503)."""

ATTEMPTS = 4

P = ParamSpec("P")
R = TypeVar("R")


class Retry(Exception):
    """The transaction lost against another one (deadlock, serialization, same new href) and may be tried again."""


class Busy(Retry):
    """Somebody holds what the transaction needs: it may be tried again, but not for longer than LOCK_SECONDS."""


MISSED = (Unavailable, StorageFull, Retry)
"""What a caller may pass over when a note, or the work of others, could not be done now."""


def retried(method: Callable[P, R]) -> Callable[P, R]:
    """Run a whole transaction again when it lost against another one; give up as Unavailable."""

    @wraps(method)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        until, lost = time.monotonic() + LOCK_SECONDS, 0
        while True:
            try:
                return method(*args, **kwargs)
            except Busy as busy:
                if time.monotonic() > until:
                    raise Unavailable(f"somebody holds the record: {busy}", retry_after=5) from busy
                time.sleep(0.01)
            except Retry as retry:
                lost += 1
                if lost == ATTEMPTS:
                    raise Unavailable(f"the database is too busy: {retry}", retry_after=5) from retry
                time.sleep(0.01 * 4 ** (lost - 1) if lost > 1 else 0)

    return attempt


_RETRY_STATES = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_FULL_STATES = {"53100"}  # disk_full
_BUSY_STATES = {"55P03"}  # lock_not_available: a lock_timeout, or NOWAIT
_AWAY_STATES = {"57P01", "57P02", "57P03", "53300", "57014"}


@contextmanager
def translated() -> Iterator[None]:
    """Make a driver's error one of ours, with its cause kept; errors of our own making pass."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("all connections to the database are busy", retry_after=5) from error
    except (DBAPIError, sqlite3.Error) as error:
        raise _ours(error) from error


def _ours(error: DBAPIError | sqlite3.Error) -> Exception:
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = next(iter(str(cause).strip().splitlines()), "no answer")
    state = getattr(cause, "sqlstate", None)
    if state in _BUSY_STATES:
        return Busy(reason)
    if state in _RETRY_STATES or isinstance(error, (IntegrityError, sqlite3.IntegrityError)):
        return Retry(reason)
    if state in _FULL_STATES or is_sqlite(cause, sqlite3.SQLITE_FULL) or _cannot_grow(cause):
        return StorageFull(f"there is no room left for the database ({reason}): make room, then try again")
    is_away = isinstance(error, (OperationalError, sqlite3.OperationalError)) or state in _AWAY_STATES
    is_away = is_away or is_sqlite(cause, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
    if is_away or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unavailable(f"the database cannot be used now: {reason}")
    return error


def _cannot_grow(cause: BaseException | None) -> bool:
    """Tell whether SQLite could not write: it says so when a quota is used up, or a file may not grow."""
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_WRITE


def is_sqlite(cause: BaseException | None, *primary: int) -> bool:
    """Tell whether SQLite says one of these primary result codes."""
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in primary
