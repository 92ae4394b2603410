"""Hang up on clients that are silent, from outside the web server, which does not give its connections away.

WSGI names a client's address but not its port, so the connection is found by what the kernel knows of it (tcp_info,
tcp(7)): it came to our port, from this address, and has been silent both ways for as long as we have waited. The one
whose silence is most like the wait is taken. Should it be another one (idle, or one whose request has not found a
thread yet), its client connects anew, and the next look takes twice as many. Linux only: elsewhere nothing is hung
up.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from storage_plugin.dav.waiting import Wait

_LAST_SENT, _LAST_RECEIVED = 44, 52
"""Octets at which ``struct tcp_info`` has how long ago data went and came, in milliseconds (linux/tcp.h)."""

_SLACK = 0.2
_CLOCK = 0.01
"""How exactly the kernel knows, in seconds."""

_TRIES = 3
"""Looks after which a part of a body that came while we waited is thought of."""


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A connection to us: ``heard`` and ``spoke`` are the seconds since data came and went."""

    ours: socket.socket
    address: str
    port: int
    heard: float
    spoke: float


def hang_up(waits: Sequence[Wait], now: float) -> None:
    """End the hearing of a silent connection for each wait, where there is one; its reader is told that is all."""
    with ExitStack() as held:
        silent = [each for each in connections(held) if min(each.heard, each.spoke) > _SLACK]
        for wait in waits:
            for found in _likely(wait, now - wait.since, silent)[: 2 ** (wait.tries - 1)]:
                silent.remove(found)
                with suppress(OSError):  # it is closed already
                    found.ours.shutdown(socket.SHUT_RD)


def _likely(wait: Wait, waited: float, silent: Sequence[Connection]) -> list[Connection]:
    """Give the likeliest first: silent since just before we began to wait, or since a part of the body came."""
    least = waited - _CLOCK if wait.tries < _TRIES else waited / 2
    place = (wait.port, plain(wait.address))
    alike = [each for each in silent if (each.port, each.address) == place and each.heard >= least]
    return sorted(alike, key=lambda each: abs(each.heard - waited))


def connections(held: ExitStack) -> Iterator[Connection]:
    """Give the TCP connections of this process; ``held`` keeps them from being closed meanwhile."""
    if sys.platform != "linux":
        return
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # no socket, or closed meanwhile
            ours = held.enter_context(socket.socket(fileno=os.dup(int(name))))
            if ours.family in (socket.AF_INET, socket.AF_INET6):
                yield _connection(ours)


def _connection(ours: socket.socket) -> Connection:
    address = plain(str(ours.getpeername()[0]))
    info = ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    spoke, heard = (struct.unpack_from("=I", info, at)[0] / 1000 for at in (_LAST_SENT, _LAST_RECEIVED))
    return Connection(ours, address, int(ours.getsockname()[1]), heard, spoke)


def plain(address: str) -> str:
    """Give an address as it is compared: IPv4 although it came over an IPv6 socket."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)
