"""One commit for what several threads write at the same time (SQLite, whose writers queue anyway).

A durable commit waits for the disk, far longer than a card takes to be written. So whoever finds nobody writing
*leads*: it opens the transaction, then does the work of all who wait by then, each piece under a savepoint of its
own, and commits once. Who comes meanwhile waits for the next leader, which is the first of them. Nobody is answered
before the commit; a piece of work that fails is undone alone; where the whole transaction fails, all pieces do.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection

from storage_plugin.database.faults import LOCK_SECONDS, Retry, translated

MOST = 32
"""Pieces of work in one transaction, so that writers of other processes have their turn."""

T = TypeVar("T")
_Writing = Callable[[float], AbstractContextManager[Connection]]


class _Piece:
    """The work of one thread, and what became of it."""

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.since = time.monotonic()
        self.result: Any = None
        self.error: BaseException | None = None
        self.must_lead = False
        self._asleep = Lock()
        self._asleep.acquire()

    def wait(self) -> None:
        """Sleep until the work is done, or must be led by this thread."""
        self._asleep.acquire()

    def wake(self) -> None:
        """Let the thread go on that waits."""
        self._asleep.release()

    def outcome(self) -> Any:
        """Give what the work gave, or raise what it raised as an error of ours."""
        if self.error is not None:
            with translated():
                raise self.error
        return self.result


class _AllUndone(Exception):
    """SQLite has rolled the whole transaction back (no room on the disk, say) while doing the work of ``by``."""

    def __init__(self, by: _Piece) -> None:
        super().__init__("the whole transaction was undone")
        self.by = by


class GroupCommit:
    """The writers of one process; ``writing`` opens a transaction within so many seconds."""

    def __init__(self, writing: _Writing) -> None:
        self._writing = writing
        self._lock = Lock()
        self._waiting: deque[_Piece] = deque()
        self._is_led = False

    def do(self, work: Callable[[Connection], T]) -> T:
        """Do ``work`` in a transaction, shared or not, and return when it is durable; raise what it raises."""
        piece = _Piece(work)
        with self._lock:
            self._waiting.append(piece)
            piece.must_lead, self._is_led = not self._is_led, True
        if not piece.must_lead:
            piece.wait()
        if piece.must_lead:
            self._lead(piece)
        result: T = piece.outcome()
        return result

    def _lead(self, leader: _Piece) -> None:
        group: list[_Piece] = []
        try:
            with self._writing(max(0.0, leader.since + LOCK_SECONDS - time.monotonic())) as connection:
                group = self._next_group()
                for piece in group:
                    _do_alone(connection, piece)
        except _AllUndone as undone:
            for piece in group:
                if piece is not undone.by:
                    piece.error = Retry("what others wrote at the same time has failed, and this with it")
        except BaseException as error:
            for piece in group or [leader]:
                piece.error = error
        finally:
            self._hand_over(leader)
            for piece in group:
                if piece is not leader:
                    piece.wake()

    def _next_group(self) -> list[_Piece]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]

    def _hand_over(self, leader: _Piece) -> None:
        """Let the first of those who wait lead from now on."""
        with self._lock:
            if leader in self._waiting:
                self._waiting.remove(leader)
            self._is_led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].must_lead = True
                self._waiting[0].wake()


def _do_alone(connection: Connection, piece: _Piece) -> None:
    """Do a piece of work so that its failure undoes nothing else; raise _AllUndone when SQLite could not do that."""
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT piece")
    try:
        piece.result = piece.work(connection)
    except Exception as error:
        piece.error = error
        if not driver.in_transaction:
            raise _AllUndone(piece) from error
        driver.execute("ROLLBACK TO piece")
    driver.execute("RELEASE piece")
