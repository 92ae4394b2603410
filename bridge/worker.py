"""One DAV worker process: granian's WSGI worker on the listening socket that the supervisor opened.

Run as ``python -m bridge.worker`` by ``bridge.supervisor`` and by nobody else. It inherits descriptors:

- the *listening socket* (see ``bridge.listening``)
- the *lifeline*, one end of a socket pair: the worker writes a byte when it is ready, and reads end-of-file when
  the supervisor is gone, however that came about; then it finishes its requests and exits
- the file that it counts its answers in, if there is one (see ``bridge.dav_counts``)
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from bridge import logs
from bridge.dav_counts import Counter, counted
from bridge.listening import BACKLOG

STOP_WITHIN = 5.0
"""Seconds that requests under way get to finish after the supervisor has gone."""

BACKPRESSURE = 1024
"""granian counts open connections, idle ones too: a phone that keeps its connection must not lock out another."""

IDLE_MS = 60_000
"""How long a kept-alive connection may be idle, and how long a client may take to send its headers."""


class InProcess(MPServer):
    """granian's server with its worker in this very process: who starts and restarts it is our supervisor's task.

    Leans on four names inside granian 2.8 (``_serve``, ``_ipc``, ``_shd``, ``_spawn_worker``);
    tests/cli/test_serve.py notices when a release changes them.
    """

    def __init__(self, target: str, listening: int, **options: Any) -> None:
        super().__init__(target, interface=Interfaces.WSGI, http=HTTPModes.http1, websockets=False, **options)
        self._listening = listening

    def _serve(self, spawn_target: Callable[..., None], target_loader: Callable[..., Any]) -> None:
        server: Any = self
        holder = import_module("granian.net").SocketHolder(self._listening, False, BACKLOG)
        server._ipc = {0: (None, None)}
        server._ssp, server._shd, server._sso = None, holder, None
        server._spawn_worker(0, spawn_target, target_loader).inner.run()


def load(target: str, lifeline: socket.socket, counts: int | None = None) -> Any:
    """Import ``module:attribute``, then tell the supervisor that this worker is ready.

    What is loaded by then stays: the collector need not look through it again and again.
    """
    module, _, attribute = target.partition(":")
    application = getattr(import_module(module), attribute)
    if counts is not None:
        application = counted(application, Counter(counts))
    gc.freeze()
    lifeline.sendall(b"r")
    return application


def exit_with(lifeline: socket.socket) -> None:
    """Wait until the supervisor is gone, then stop as on SIGTERM; leave by force when requests do not end."""
    while lifeline.recv(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_WITHIN)
    os._exit(1)


def main() -> None:
    """Serve until SIGTERM, or until the supervisor is gone."""
    options = _arguments().parse_args()
    is_json = os.environ.get(logs.VARIABLE) == "json"
    if is_json:
        logs.configure("json")
    lifeline = socket.socket(fileno=options.lifeline)
    threading.Thread(target=exit_with, args=(lifeline,), daemon=True).start()
    server = InProcess(
        options.application,
        options.listening,
        blocking_threads=options.threads,
        blocking_threads_idle_timeout=600,
        backpressure=BACKPRESSURE,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_MS, keep_alive=True, pipeline_flush=False),
        log_level=LogLevels.error,
        log_dictconfig=logs.GRANIAN if is_json else None,
        ssl_cert=options.cert,
        ssl_key=options.key,
        ssl_protocol_min=SSLProtocols.tls12,
    )
    server.serve(target_loader=partial(load, options.application, lifeline, options.counts), wrap_loader=False)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bridge.worker")
    parser.add_argument("application", help="WSGI application, module:attribute")
    parser.add_argument("--listening", type=int, required=True)
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--counts", type=int, help="descriptor of the file to count in")
    parser.add_argument("--cert", type=Path)
    parser.add_argument("--key", type=Path)
    return parser


if __name__ == "__main__":
    main()
