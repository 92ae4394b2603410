"""A small HTTP/1.1 client that costs little: one kept-alive connection, or many in one thread.

What is timed begins before the first byte is sent (before the connection is made, when the server had closed it)
and ends with the last byte of the answer. Received data is acknowledged at once: else a server that sends head and
body in two packets, without TCP_NODELAY, would wait 40 ms for the client's kernel in each answer.
"""

from __future__ import annotations

import heapq
import select
import selectors
import socket
import time
from base64 import b64encode
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

PATIENCE = 180.0
"""Seconds that a single answer may take (several minutes more at the first look, when caches are cold)."""

_PIECE = 1 << 18


class Answer(NamedTuple):
    """What came back; ``took`` in seconds. Status 0: the connection was lost, or refused."""

    status: int
    body: bytes
    took: float = 0.0
    closes: bool = False


class Pause(NamedTuple):
    """What a client of a crowd yields in order to rest."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens, and who asks."""

    port: int
    user: str = ""
    password: str = ""

    def request(self, method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
        """Write a request; each of ``headers`` ends with CR LF."""
        token = b64encode(f"{self.user}:{self.password}".encode()).decode()
        login = f"Authorization: Basic {token}\r\n" if self.user else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{login}{headers}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Connection:
    """One connection to a server, made again whenever the server has closed it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.patience = PATIENCE
        self._socket: socket.socket | None = None

    def ask(self, method: str, path: str, body: bytes = b"", headers: str = "") -> Answer:
        """Send a request and wait for its whole answer."""
        request = self.endpoint.request(method, path, body, headers)
        if self._socket is not None and _is_closed(self._socket):
            self.close()
        started = time.perf_counter()
        try:
            if self._socket is None:
                self._socket = _connected(self.endpoint, self.patience)
            self._socket.sendall(request)
            answer = self._receive(self._socket)
        except OSError:
            self.close()
            return Answer(0, b"", time.perf_counter() - started)
        if answer.closes:
            self.close()
        return answer._replace(took=time.perf_counter() - started)

    def _receive(self, connected: socket.socket) -> Answer:
        parser = _answer()
        next(parser)
        while True:
            _acknowledge_at_once(connected)
            try:
                parser.send(connected.recv(_PIECE))
            except StopIteration as end:
                answer: Answer = end.value
                return answer

    def close(self) -> None:
        """Close the connection; the next request makes a new one."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None


Client = Generator[bytes | Pause, Answer | None, None]
"""One of a crowd: yields requests (and is sent the answers) or pauses, until it has had enough."""


def crowd(endpoint: Endpoint, clients: Iterable[Client]) -> float:
    """Let clients ask at the same time, each on its own connection; give the seconds until the last answer."""
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        loop = _Crowd(endpoint, selector)
        for client in clients:
            loop.proceed(_Seat(client), None)
        last = loop.run()
    return max(last - started, 1e-9)


@dataclass(slots=True)
class _Seat:
    client: Client
    socket: socket.socket | None = None
    request: bytes = b""
    started: float = 0.0
    parser: Generator[None, bytes, Answer] = field(default_factory=lambda: _answer())


class _Crowd:
    def __init__(self, endpoint: Endpoint, selector: selectors.BaseSelector) -> None:
        self._endpoint = endpoint
        self._selector = selector
        self._resting: list[tuple[float, int, _Seat]] = []
        self._order = count()
        self._asking = 0

    def run(self) -> float:
        last, heard = time.perf_counter(), time.perf_counter()
        while self._asking or self._resting:
            now = time.perf_counter()
            while self._resting and self._resting[0][0] <= now:
                self.proceed(heapq.heappop(self._resting)[2], None)
            for key, _ in self._selector.select(self._wait()):
                self._serve(key.data)
                last = heard = time.perf_counter()
            if self._asking and time.perf_counter() - heard > PATIENCE:
                raise TimeoutError(f"no answer within {PATIENCE:.0f} s")
        return last

    def _wait(self) -> float:
        return max(0.0, min(1.0, self._resting[0][0] - time.perf_counter())) if self._resting else 1.0

    def proceed(self, seat: _Seat, answer: Answer | None) -> None:
        try:
            wish = next(seat.client) if answer is None else seat.client.send(answer)
        except StopIteration:
            self._leave(seat)
            return
        if isinstance(wish, Pause):
            heapq.heappush(self._resting, (time.perf_counter() + wish.seconds, next(self._order), seat))
            return
        self._ask(seat, wish)

    def _ask(self, seat: _Seat, request: bytes) -> None:
        if seat.socket is not None and _is_closed(seat.socket):
            self._leave(seat)
        seat.request, seat.started, seat.parser = request, time.perf_counter(), _answer()
        next(seat.parser)
        self._asking += 1
        if seat.socket is None:
            seat.socket = socket.socket()
            seat.socket.setblocking(False)
            seat.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seat.socket.connect_ex(("127.0.0.1", self._endpoint.port))
            self._selector.register(seat.socket, selectors.EVENT_WRITE, seat)
        else:
            self._selector.modify(seat.socket, selectors.EVENT_WRITE, seat)
            self._serve(seat)

    def _serve(self, seat: _Seat) -> None:
        assert seat.socket is not None
        try:
            if seat.request:
                seat.request = seat.request[seat.socket.send(seat.request) :]
                if not seat.request:
                    self._selector.modify(seat.socket, selectors.EVENT_READ, seat)
                return
            _acknowledge_at_once(seat.socket)
            seat.parser.send(seat.socket.recv(_PIECE))
        except BlockingIOError:
            return
        except OSError:
            self._answered(seat, Answer(0, b"", closes=True))
        except StopIteration as end:
            self._answered(seat, end.value)

    def _answered(self, seat: _Seat, answer: Answer) -> None:
        self._asking -= 1
        if answer.closes:
            self._leave(seat)
        self.proceed(seat, answer._replace(took=time.perf_counter() - seat.started))

    def _leave(self, seat: _Seat) -> None:
        if seat.socket is not None:
            with suppress(KeyError):
                self._selector.unregister(seat.socket)
            seat.socket.close()
        seat.socket = None


def _connected(endpoint: Endpoint, patience: float) -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", endpoint.port), timeout=patience)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


def _is_closed(connected: socket.socket) -> bool:
    """Tell whether the server has closed an idle connection: nothing else can be there to read."""
    return bool(select.select([connected], [], [], 0)[0])


def _acknowledge_at_once(connected: socket.socket) -> None:
    connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, "TCP_QUICKACK", socket.TCP_NODELAY), 1)


def _answer() -> Generator[None, bytes, Answer]:
    """Parse an answer from the pieces that are sent in; an empty piece is the end of the connection."""
    received = bytearray()
    while (end := received.find(b"\r\n\r\n")) < 0:
        _append(received, (yield))
    lines = bytes(received[:end]).decode("latin-1").split("\r\n")
    version, status = lines[0].split(" ", 2)[:2]
    fields = {name.lower(): value.strip().lower() for name, _, value in (line.partition(":") for line in lines[1:])}
    closes = fields.get("connection") == "close" or (version == "HTTP/1.0" and "connection" not in fields)
    del received[: end + 4]
    if int(status) in (204, 304):
        return Answer(int(status), b"", closes=closes)
    if "chunked" in fields.get("transfer-encoding", ""):
        body = yield from _chunks(received)
    elif "content-length" in fields:
        while len(received) < int(fields["content-length"]):
            _append(received, (yield))
        body = bytes(received)
    else:
        while piece := (yield):
            received += piece
        body, closes = bytes(received), True
    return Answer(int(status), body, closes=closes)


def _chunks(received: bytearray) -> Generator[None, bytes, bytes]:
    body = bytearray()
    while True:
        while (end := received.find(b"\r\n")) < 0:
            _append(received, (yield))
        size = int(bytes(received[:end]).partition(b";")[0], 16)
        while len(received) < end + 2 + size + 2:
            _append(received, (yield))
        body += received[end + 2 : end + 2 + size]
        del received[: end + 2 + size + 2]
        if not size:
            return bytes(body)


def _append(received: bytearray, piece: bytes) -> None:
    if not piece:
        raise ConnectionError("the server closed the connection amid its answer")
    received += piece
