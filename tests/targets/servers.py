"""Other people's CardDAV servers on loopback, as their manuals say, each in a folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

USER, PASSWORD = "anna", "päss:wörd"


@contextmanager
def radicale(folder: Path) -> Iterator[str]:
    """Stock Radicale: its own storage, rights and passwords."""
    port = free_port()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n", "utf-8")
    config = folder / "config"
    config.write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'data'}\n[logging]\nlevel = error\n",
        "utf-8",
    )
    with _process([sys.executable, "-m", "radicale", "--config", str(config)], folder, port):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def xandikos(folder: Path) -> Iterator[str]:
    """Xandikos on a git repository; it has no log-in of its own."""
    port = free_port()
    serve = [str(Path(sys.executable).parent / "xandikos"), "serve", "-d", str(folder / "data"), "--defaults"]
    serve += ["--current-user-principal", f"/{USER}/", "-l", "127.0.0.1", "-p", str(port)]
    with _process(serve, folder, port):
        yield f"http://127.0.0.1:{port}/"


def free_port() -> int:
    """Give a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _process(command: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONTACT_BRIDGE_")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment | {"XDG_DATA_HOME": str(folder / "state")},
        )
    try:
        until = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text("utf-8", "replace")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False
