"""A proxy that hands everything on unchanged and remembers what was asked and answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.clients.connection import Connection

READING = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    headers: Message
    body: bytes
    status: int
    answer_headers: Message
    answer: bytes


class Recorder(ThreadingHTTPServer):
    """The proxy; ``exchanges`` grows with each request."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(address).netloc
        self.address = f"http://127.0.0.1:{self.server_port}/"
        self.exchanges: list[Exchange] = []

    def changing(self) -> list[str]:
        """Give the requests that are not plain reading, as "METHOD path"."""
        return [f"{each.method} {each.path}" for each in self.exchanges if each.method not in READING]


@contextmanager
def recorded(address: str) -> Iterator[Recorder]:
    """Listen in front of the server at ``address``."""
    recorder = Recorder(address)
    thread = threading.Thread(target=recorder.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield recorder
    finally:
        recorder.shutdown()
        thread.join()
        recorder.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, with one of its own to the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Recorder

    def setup(self) -> None:
        super().setup()
        self._onward = Connection(self.server.target, timeout=60)

    def finish(self) -> None:
        self._onward.close()
        super().finish()

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._onward.request(self.command, self.path, body or None, dict(self.headers.items()))
        answer = self._onward.getresponse()
        text = answer.read()
        self.server.exchanges.append(
            Exchange(self.command, self.path, self.headers, body, answer.status, answer.headers, text)
        )
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        pass

    do_GET = do_HEAD = do_OPTIONS = do_PUT = do_DELETE = do_PROPFIND = do_PROPPATCH = do_REPORT = _hand_on
    do_POST = do_MKCOL = do_MOVE = do_COPY = _hand_on
