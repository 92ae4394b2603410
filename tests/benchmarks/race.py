"""The race: every operation goes round all servers several times, so that a busy minute falls on all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.book import Book, Refused
from tests.benchmarks.operations import Measure, Operation, Share
from tests.benchmarks.processes import memory
from tests.benchmarks.servers import Server
from tests.benchmarks.wire import PATIENCE

ROUNDS = 5
FIRST_LOOK = 900.0
"""Seconds that a server may take for the first list of the book: some read all their cards then."""


@dataclass(slots=True)
class Result:
    """What one server did: a measure per operation (by name), and the memory of its processes afterwards."""

    server: Server
    measures: dict[str, Measure] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)


def race(
    servers: Sequence[Server],
    cards: int,
    operations: Sequence[Operation],
    seconds: float,
    say: Callable[[str], None],
) -> list[Result]:
    """Measure ``operations`` on running servers; each may take ``seconds`` per operation and server.

    Before that every book is listed once, so that caches are warm.
    """
    books = [book for server in servers if (book := _first_look(server, cards, say))]
    results = [Result(book.server) for book in books]
    for operation in operations:
        say(operation.name)
        _go_round(operation, books, results, seconds)
    for result in results:
        result.memory = memory(result.server.workers())
    for book in books:
        book.http.close()
    return results


def _first_look(server: Server, cards: int, say: Callable[[str], None]) -> Book | None:
    say(f"{server.name}: first look")
    book = Book(server, cards)
    book.http.patience = FIRST_LOOK
    try:
        book.token = book.sync("").token
    except Refused as error:
        say(f"{server.name} is left out: {error}")
        return None
    book.http.close()
    book.http.patience = PATIENCE
    return book


def _go_round(operation: Operation, books: Sequence[Book], results: Sequence[Result], seconds: float) -> None:
    rounds = min(ROUNDS, operation.samples) if not operation.is_rush else ROUNDS
    share = Share(max(1, operation.samples // rounds), seconds / rounds)
    for result in results:
        result.measures[operation.name] = Measure()
    for _ in range(rounds):
        for book, result in zip(books, results, strict=True):
            measure = result.measures[operation.name]
            # A slow server has had its time already; the quick ones go on alone.
            if measure.is_over or (measure.wall if operation.is_rush else sum(measure.times)) > seconds:
                continue
            try:
                operation.stint(book, measure, share)
            except (Refused, TimeoutError) as error:
                measure.faults[str(error)] += 1
                measure.is_over = True
