"""What is measured: each operation is a *stint* on one book, repeated until its share of samples or time is used up.

Only the requests themselves are timed, and only during them is the server's processor time counted; what prepares
them is not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.benchmarks.book import Book, token_in
from tests.benchmarks.cards import person
from tests.benchmarks.processes import cpu_seconds
from tests.benchmarks.wire import Answer, Client, Pause, crowd

BATCH = 50
WRITERS, READERS = 8, 32
CHANGES = 10
_WRITER_RESTS = 0.5


@dataclass(slots=True)
class Measure:
    """What was measured on one server for one operation."""

    times: list[float] = field(default_factory=list)
    cpu: float = 0.0
    requests: int = 0
    wall: float = 0.0
    errors: int = 0
    is_estimate: bool = False
    is_over: bool = False
    faults: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def watching(self, pids: Sequence[int]) -> Iterator[None]:
        """Count the server's processor time; that of a process which ends meanwhile is lost."""
        before = cpu_seconds(pids)
        yield
        self.cpu += sum(used - before[pid] for pid, used in cpu_seconds(pids).items() if pid in before)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Count what is sampled as one request, and its time only if all that was expected of it was found."""
        faults, samples = self.faults.total(), len(self.times)
        yield
        self.requests += 1
        if self.faults.total() > faults:
            del self.times[samples:]

    def expect(self, what: str, found: int, wanted: int) -> None:
        """Note an answer that is wrong."""
        if found != wanted:
            self.faults[f"{what}: {found} of {wanted}"] += 1


@dataclass(frozen=True, slots=True)
class Share:
    """How much a stint may do: at least one sample, at most ``samples``, no new one after ``seconds``."""

    samples: int
    seconds: float

    def turns(self) -> Iterator[int]:
        """Count the samples until the share is used up."""
        until = time.monotonic() + self.seconds
        for turn in range(max(1, self.samples)):
            if turn and time.monotonic() > until:
                return
            yield turn


Stint = Callable[[Book, Measure, Share], None]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation by its name; a *rush* is many clients at a time, and its result a rate."""

    name: str
    samples: int
    stint: Stint
    is_rush: bool = False


def _poll(book: Book, measure: Measure, share: Share) -> None:
    _repeat(book, measure, share, lambda: book.poll().took)


def _unchanged(book: Book, measure: Measure, share: Share) -> None:
    book.token = book.token or book.sync("").token

    def once() -> float:
        told = book.sync(book.token)
        measure.expect("changes", len(told.hrefs), 0)
        return told.took

    book.token = book.sync(book.token).token
    _repeat(book, measure, share, once)


def _first_sync(book: Book, measure: Measure, share: Share) -> None:
    def once() -> float:
        told = book.sync("")
        book.hrefs, book.token = told.hrefs, told.token
        measure.expect("cards listed", len(set(told.hrefs)), book.count)
        return told.took

    _repeat(book, measure, share, once)


def _first_list(book: Book, measure: Measure, share: Share) -> None:
    def once() -> float:
        told = book.listing()
        measure.expect("cards listed", len(set(told.hrefs)), book.count)
        return told.took

    _repeat(book, measure, share, once)


def _multiget(book: Book, measure: Measure, share: Share) -> None:
    hrefs = book.hrefs or book.sync("").hrefs
    stride = max(1, len(hrefs) // BATCH)

    def once() -> float:
        start = (measure.requests * 13) % stride
        return _fetched(book, measure, hrefs[start::stride][:BATCH])

    _repeat(book, measure, share, once)


def _full_sync(book: Book, measure: Measure, share: Share) -> None:
    """List the book and fetch it in batches; when time is up, the rest is estimated from what was fetched."""
    for _ in share.turns():
        with measure.judging():
            _full_sync_once(book, measure, time.monotonic() + share.seconds)


def _full_sync_once(book: Book, measure: Measure, until: float) -> None:
    pids, took, taken = book.server.processes(), 0.0, 0
    with measure.watching(pids):
        told = book.sync("")
    listed = measure.cpu
    with measure.watching(pids):
        for start in range(0, len(told.hrefs), BATCH):
            batch = told.hrefs[start : start + BATCH]
            took, taken = took + _fetched(book, measure, batch), taken + len(batch)
            if time.monotonic() > until:
                break
    scale = len(told.hrefs) / max(1, taken)
    measure.cpu += (measure.cpu - listed) * (scale - 1)
    measure.times.append(told.took + took * scale)
    measure.is_estimate |= scale > 1


def _delta(book: Book, measure: Measure, share: Share) -> None:
    book.token = book.sync(book.token).token
    for _ in share.turns():
        for _ in range(CHANGES):
            book.put_changed()
        with measure.judging():
            _delta_once(book, measure)


def _delta_once(book: Book, measure: Measure) -> None:
    with measure.watching(book.server.processes()):
        told = book.sync(book.token)
        took = _fetched(book, measure, told.hrefs) if told.hrefs else 0.0
    measure.expect("changes told", len(set(told.hrefs)), CHANGES)
    book.token = told.token
    measure.times.append(told.took + took)


def _query(name: str, needles: Iterable[str], values: Callable[[int], Sequence[str]]) -> Stint:
    wanted = tuple(needles)

    def stint(book: Book, measure: Measure, share: Share) -> None:
        def once() -> float:
            needle = wanted[measure.requests % len(wanted)]
            answer = book.query(name, needle)
            hits = sum(any(needle.casefold() in value.casefold() for value in values(n)) for n in range(book.count))
            measure.expect(f"hits of {needle!r}", answer.body.count(b"BEGIN:VCARD"), hits)
            return answer.took

        _repeat(book, measure, share, once)

    return stint


def _get(book: Book, measure: Measure, share: Share) -> None:
    hrefs = book.hrefs or book.sync("").hrefs

    def once() -> float:
        answer = book.get(hrefs[measure.requests * 37 % len(hrefs)])
        measure.expect("cards", answer.body.count(b"END:VCARD"), 1)
        return answer.took

    _repeat(book, measure, share, once)


def _put_new(book: Book, measure: Measure, share: Share) -> None:
    _repeat(book, measure, share, lambda: book.put_new().took)


def _put_changed(book: Book, measure: Measure, share: Share) -> None:
    _repeat(book, measure, share, lambda: book.put_changed().took)


def _delete(book: Book, measure: Measure, share: Share) -> None:
    """Delete what ``_put_new`` added."""
    _repeat(book, measure, share, lambda: book.delete_last().took)


def _parallel_puts(book: Book, measure: Measure, share: Share) -> None:
    """Add new cards over eight connections at a time."""
    until, first = time.monotonic() + share.seconds, book.count
    numbers = iter(range(first, first + max(WRITERS, share.samples)))
    done = list[int]()

    def writer() -> Client:
        for number in numbers:
            answer = yield book.put_request(number, 0)
            _count(measure, answer, good=(201, 204))
            done.append(number)
            if time.monotonic() > until:
                return

    with measure.watching(book.server.processes()):
        measure.wall += crowd(book.server.endpoint, [writer() for _ in range(WRITERS)])
    book.count = max(done, default=first - 1) + 1


def _crowd_of_readers(book: Book, measure: Measure, share: Share) -> None:
    """Let clients poll and sync without rest, each with its own token, while another changes two cards a second."""
    token = book.sync(book.token).token
    until = time.monotonic() + share.seconds

    def reader() -> Client:
        mine = token
        while time.monotonic() < until:
            polled = yield book.poll_request()
            if not _count(measure, polled, good=(207,)):
                yield Pause(0.1)
            synced = yield book.sync_request(mine)
            if _count(measure, synced, good=(207,)) and synced:
                mine = token_in(synced.body) or mine

    def writer() -> Client:
        while time.monotonic() < until:
            answer = yield book.put_request(*book.next_edit())
            if not answer or answer.status not in (200, 201, 204):
                measure.errors += 1
            yield Pause(_WRITER_RESTS)

    with measure.watching(book.server.processes()):
        measure.wall += crowd(book.server.endpoint, [writer(), *(reader() for _ in range(READERS))])


def _repeat(book: Book, measure: Measure, share: Share, once: Callable[[], float]) -> None:
    pids = book.server.processes()
    for _ in share.turns():
        with measure.judging(), measure.watching(pids):
            measure.times.append(once())


def _fetched(book: Book, measure: Measure, hrefs: Sequence[str]) -> float:
    answer = book.multiget(hrefs)
    measure.expect("cards fetched", answer.body.count(b"BEGIN:VCARD"), len(hrefs))
    return answer.took


def _count(measure: Measure, answer: Answer | None, *, good: Iterable[int]) -> bool:
    if not answer or answer.status not in good:
        measure.errors += 1
        return False
    measure.times.append(answer.took)
    measure.requests += 1
    return True


def _emails(number: int) -> Sequence[str]:
    return person(number).emails


def _names(number: int) -> Sequence[str]:
    return (person(number).name,)


_EMAILS = (
    "hubner4",
    "12@gr.example",
    "office12",
    "SMITH",
    "private-33",
    "ylmaz",
    "lefevre9",
    "21@jp.",
    "patel",
    "-77",
)
_NAMES = ("müller", "山田", "Ελένη", "kowalsk", "ШЕВЧЕНКО", "ÖZLEM", "فاطمة", "שירה", "o'b", "さくら")

OPERATIONS = (
    Operation("poll (ctag, token)", 200, _poll),
    Operation("first list, sync-collection", 10, _first_sync),
    Operation("first list, PROPFIND", 10, _first_list),
    Operation(f"multiget {BATCH}", 50, _multiget),
    Operation("full sync (list, then all cards)", 3, _full_sync),
    Operation("unchanged sync", 100, _unchanged),
    Operation(f"delta of {CHANGES} changes, with cards", 10, _delta),
    Operation("query EMAIL contains", 20, _query("EMAIL", _EMAILS, _emails)),
    Operation("query FN contains", 20, _query("FN", _NAMES, _names)),
    Operation("GET one", 200, _get),
    Operation("PUT new", 60, _put_new),
    Operation("PUT changed", 60, _put_changed),
    Operation("DELETE one", 60, _delete),
    Operation(f"{WRITERS} parallel PUTs", 500, _parallel_puts, is_rush=True),
    Operation(f"{READERS} clients poll, one writes", 1, _crowd_of_readers, is_rush=True),
)
