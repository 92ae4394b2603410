"""Marionette: the remote control built into Thunderbird; JSON over TCP.

See https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html: the server says hello, then each command
``[0, id, name, parameters]`` is answered with ``[1, id, error, result]``; every message has its length in front.
"""

from __future__ import annotations

import itertools
import json
import socket
import time
from typing import Any


class ScriptFailed(Exception):
    """A command or a script failed in Thunderbird; the text is Thunderbird's."""


class Marionette:
    """One session in the privileged (chrome) context."""

    def __init__(self, port: int, seconds: float = 60) -> None:
        self._numbers = itertools.count(1)
        self._socket = _connected(port, seconds)
        self._socket.settimeout(seconds)
        self._incoming = self._socket.makefile("rb")
        hello = self._receive()
        assert hello["marionetteProtocol"] == 3, hello
        self.capabilities = self.command("WebDriver:NewSession")["capabilities"]
        self.command("Marionette:SetContext", value="chrome")
        self.command("WebDriver:SetTimeouts", script=int(seconds * 1000))

    def command(self, name: str, **parameters: Any) -> Any:
        """Send one command and give its result."""
        number = next(self._numbers)
        text = json.dumps([0, number, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        kind, answered, error, result = self._receive()
        assert (kind, answered) == (1, number)
        if error:
            raise ScriptFailed(f"{error['error']}: {error['message']}\n{error['stacktrace']}")
        return result

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function with system rights; a promise is waited for."""
        return self.command("WebDriver:ExecuteScript", script=script, args=list(arguments), sandbox="system")["value"]

    def quit(self) -> None:
        """Ask Thunderbird to end as from its menu."""
        self.command("Marionette:Quit", flags=["eAttemptQuit"])
        self.close()

    def close(self) -> None:
        """Leave Thunderbird alone."""
        self._incoming.close()
        self._socket.close()

    def _receive(self) -> Any:
        length = b""
        while (byte := self._incoming.read(1)) != b":":
            if not byte:
                raise ConnectionError("Thunderbird hung up")
            length += byte
        return json.loads(self._incoming.read(int(length)))


def _connected(port: int, seconds: float) -> socket.socket:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=seconds)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
