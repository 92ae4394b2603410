"""Refusals that need no body take it nevertheless, so that the connection goes on."""

from __future__ import annotations

import io
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from storage_plugin.database.incoming import MAX_CARD_OCTETS
from storage_plugin.dav import unread
from storage_plugin.dav.unread import MAX_DROPPED
from tests.cli.running import serving
from tests.dav.client import VCARD, Client, vcard
from tests.dav.conftest import Server

BODY = b"x" * 100_000


class Input(io.BytesIO):
    """An input that must be read in pieces, as granian's."""

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None and size > 0
        return super().read(size)


@pytest.mark.parametrize(
    ("signed", "method", "path", "status"),
    [
        (False, "PROPFIND", "/", 401),
        (False, "PROPFIND", "/.well-known/carddav", 301),
        (True, "PUT", "/bob/contacts/1.vcf", 403),
        (True, "PUT", "/alice/elsewhere/1.vcf", 409),
        (True, "MKCOL", "/alice/more/", 403),
        (True, "GET", "/alice/contacts/none.vcf", 404),
        (True, "PUT", "/a//../b", 400),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_refusal_takes_the_body_first(
    server: Server, phone: Client, signed: bool, method: str, path: str, status: int, chunked: bool
) -> None:
    client = phone if signed else Client(server.application)
    sent = Input(BODY)
    more = {"CONTENT_LENGTH": "" if chunked else str(len(BODY)), "wsgi.input": sent}
    more |= {"HTTP_TRANSFER_ENCODING": "chunked"} if chunked else {}
    assert client(method, path, headers=VCARD, **more).status == status
    assert sent.tell() == len(BODY)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_card_that_is_too_large_is_taken_to_its_end(phone: Client, chunked: bool) -> None:
    sent = Input(b"x" * (MAX_CARD_OCTETS + 3_000_000))
    more = {"CONTENT_LENGTH": "" if chunked else str(MAX_CARD_OCTETS + 3_000_000), "wsgi.input": sent}
    more |= {"HTTP_TRANSFER_ENCODING": "chunked"} if chunked else {}
    assert phone("PUT", phone.book + "1.vcf", headers=VCARD, **more).status == 413
    assert sent.read(1) == b""


def test_a_body_above_the_bound_is_left_unread(server: Server) -> None:
    sent = Input(b"x" * 10)
    more = {"CONTENT_LENGTH": str(MAX_DROPPED + 1), "wsgi.input": sent}
    assert Client(server.application)("PROPFIND", "/", **more).status == 401
    assert sent.tell() == 0


def test_a_body_in_chunks_is_left_at_the_bound(server: Server) -> None:
    sent = Input(b"x" * (MAX_DROPPED + 100_000))
    more = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": sent}
    assert Client(server.application)("PROPFIND", "/", **more).status == 401
    assert sent.tell() == MAX_DROPPED


def test_who_asks_whether_to_send_is_not_made_to(server: Server) -> None:
    sent = Input(BODY)
    more = {"CONTENT_LENGTH": str(len(BODY)), "HTTP_EXPECT": "100-continue", "wsgi.input": sent}
    assert Client(server.application)("PUT", "/alice/contacts/1.vcf", **more).status == 401
    assert sent.tell() == 0


def test_a_body_that_was_read_is_not_asked_for_again(phone: Client) -> None:
    class Once(Input):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            assert piece, "asked for more than was declared"
            return piece

    text = vcard("1").encode()
    reply = phone(
        "PUT", phone.book + "1.vcf", headers=VCARD, CONTENT_LENGTH=str(len(text)), **{"wsgi.input": Once(text)}
    )
    assert reply.status == 201


def test_bodies_that_never_come_hold_nobody_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "PATIENCE", 0.05)
    pipes = [socket.socketpair() for _ in range(12)]
    started = time.monotonic()
    for ours, _ in pipes:
        more = {"CONTENT_LENGTH": "5", "wsgi.input": ours.makefile("rb")}
        assert Client(server.application)("PROPFIND", "/", **more).status == 401
    assert time.monotonic() - started < 15
    for ours, theirs in pipes:
        theirs.close()
        ours.close()
    sent = Input(BODY)
    deadline = time.monotonic() + 5
    while not sent.tell():
        assert time.monotonic() < deadline, "the places are not free again"
        more = {"CONTENT_LENGTH": str(len(BODY)), "wsgi.input": sent}
        assert Client(server.application)("PROPFIND", "/", **more).status == 401


@pytest.mark.slow
def test_a_kept_connection_may_send_each_body_after_its_head(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as started:
        place = urlsplit(started.address)
        with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
            for path, status in (("/", b"401"), ("/.well-known/carddav", b"301")) * 2:
                head = f"PROPFIND {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(BODY)}\r\n\r\n"
                connection.sendall(head.encode())
                time.sleep(0.05)
                connection.sendall(BODY)
                assert _status(connection) == status


@pytest.mark.slow
def test_a_body_that_never_comes_is_waited_for_in_vain_but_not_for_long(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as started:
        place = urlsplit(started.address)
        with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
            connection.sendall(f"PROPFIND / HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 5\r\n\r\n".encode())
            assert _status(connection) == b"401"


def _status(connection: socket.socket) -> bytes:
    """Read one answer whole and give its status."""
    reading = connection.makefile("rb")
    first = reading.readline()
    length = 0
    while (line := reading.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    reading.read(length)
    return first.split()[1]
