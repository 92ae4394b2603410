"""A mail server on loopback that keeps what it is sent (RFC 5321, as much of it as smtplib uses), also over TLS."""

from __future__ import annotations

import base64
import io
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

PASSWORD = "secret"


@dataclass
class Mailbox:
    """What arrived. ``tls`` is none, starttls (which it insists on) or tls; ``is_silent``: it never says a word.

    ``said`` are the commands, those before TLS in ``said_openly``; ``refuses``: every recipient is refused.
    """

    port: int = 0
    tls: str = "none"
    context: ssl.SSLContext | None = None
    refuses: bool = False
    is_silent: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    said_openly: list[str] = field(default_factory=list)


class _Session:
    """One connection."""

    def __init__(self, box: Mailbox, connection: socket.socket) -> None:
        self._box = box
        self._connection = connection
        self._lines: io.BufferedReader = connection.makefile("rb")
        self._is_secure = False

    def run(self) -> None:
        if self._box.tls == "tls":
            self._secure()
        self._say("220 ready")
        while line := self._lines.readline():
            said = line.decode().strip()
            self._box.said.append(said)
            if not self._is_secure:
                self._box.said_openly.append(said)
            if not self._answered(said):
                return

    def close(self) -> None:
        self._lines.close()
        self._connection.close()

    def _answered(self, said: str) -> bool:
        word, _, rest = said.partition(" ")
        is_open = self._box.tls == "starttls" and not self._is_secure
        match word.upper():
            case "EHLO":
                self._say("250-here", "250 STARTTLS" if is_open else "250 AUTH PLAIN")
            case "STARTTLS" if is_open:
                self._say("220 go on")
                self._secure()
            case "AUTH" | "MAIL" if is_open:
                self._say("530 only after STARTTLS")
            case "AUTH":
                self._say("235 welcome" if self._is_right(rest) else "535 wrong")
            case "RCPT" if self._box.refuses:
                self._say("550 nobody here")
            case "DATA":
                self._say("354 go on")
                self._take()
            case "QUIT":
                self._say("221 bye")
                return False
            case "MAIL" | "RCPT" | "RSET" | "NOOP":
                self._say("250 fine")
            case _:
                self._say("502 not here")
        return True

    def _is_right(self, rest: str) -> bool:
        return base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")[2] == PASSWORD

    def _take(self) -> None:
        lines = []
        while (line := self._lines.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self._box.mails.append(mail)
        self._say("250 taken")

    def _secure(self) -> None:
        assert self._box.context is not None
        self._lines.close()
        self._connection = self._box.context.wrap_socket(self._connection, server_side=True)
        self._lines = self._connection.makefile("rb")
        self._is_secure = True

    def _say(self, *lines: str) -> None:
        self._connection.sendall("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def serving_mail(tls: str = "none", certificate: tuple[Path, Path] | None = None) -> Iterator[Mailbox]:
    """Serve until the end of the block; ``certificate`` is its file and that of its key."""
    box = Mailbox(tls=tls)
    if certificate is not None:
        box.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        box.context.load_cert_chain(*certificate)
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if box.is_silent:
                over.wait(60)
                return
            session = _Session(box, self.request)
            try:
                session.run()
            except OSError:  # the client has hung up, or it does not trust us
                return
            finally:
                session.close()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            over.set()
            server.shutdown()
            thread.join()


def make_certificate(folder: Path, name: str, *, days: int = 2) -> tuple[Path, Path]:
    """Make a certificate for a host's name or address, signed by itself."""
    kind = "IP" if name[0].isdigit() else "DNS"
    file, key = folder / f"{name}.pem", folder / f"{name}.key"
    line = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    line += ["-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}", "-days", str(days)]
    subprocess.run([*line, "-keyout", str(key), "-out", str(file)], check=True, capture_output=True)
    return file, key
