"""Start ``serve`` as a user does, and talk to it."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A running ``serve``; its address is known once the first line is out."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def get(self, path: str = "", timeout: float = 10, context: ssl.SSLContext | None = None) -> str:
        url = self.address.rstrip("/") + "/" + path.lstrip("/")
        with urllib.request.urlopen(url, timeout=timeout, context=context) as answer:
            return answer.read().decode()

    def workers(self) -> set[int]:
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return {int(pid) for pid in listed.stdout.split()}

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)


def command(*arguments: str, module: str = "bridge") -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CONTACT_BRIDGE_")}
    return ours | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@contextmanager
def serving(folder: Path, *arguments: str, module: str = "bridge", part: str = "") -> Iterator[Server]:
    line = command("serve", *part.split(), "--data", str(folder), "--port", "0", *arguments, module=module)
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment())
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "serves" in first, first + process.stdout.read()
        yield Server(process, next(word for word in first.split() if word.startswith("http")))
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(15)
        process.stdout.close()


def wait_until(holds, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
