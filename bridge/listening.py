"""The sockets that the DAV workers accept on, opened once by the supervisor and inherited by its children.

On Linux each worker has a socket of its own on the one port (SO_REUSEPORT), and the kernel deals connections out
between them. Measured with 32 kept-alive clients and two workers: 14 and 18 landed on them, while with one shared
socket all 32 landed on one worker, which then has one processor for all of them. The supervisor keeps the
sockets open, so what waits in the queue of a worker that died is answered by its successor.
"""

from __future__ import annotations

import errno
import socket
import sys

BACKLOG = 1024


class CannotListen(Exception):
    """The address cannot be served; the text is one sentence with what to do."""


def listen(host: str, port: int, count: int) -> list[socket.socket]:
    """Open ``count`` sockets listening on ``host`` and ``port``; port 0 takes a free one."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        if sys.platform != "linux":
            return [_socket(family, address, shared=False)] * count
        # A socket that shares nothing tells whether the port is taken, by another Contact Bridge too.
        with _socket(family, address, shared=False) as probe:
            address = (address[0], probe.getsockname()[1], *address[2:])
        return [_socket(family, address, shared=True) for _ in range(count)]
    except OSError as error:
        raise CannotListen(_explained(error, host, port)) from error


def is_free(host: str, port: int) -> bool:
    """Tell whether ``listen`` would succeed now."""
    try:
        for listening in listen(host, port, 1):
            listening.close()
    except CannotListen:
        return False
    return True


def _socket(family: socket.AddressFamily, address: tuple[str | int | bytes, ...], *, shared: bool) -> socket.socket:
    listening = socket.create_server(
        address,
        family=family,
        backlog=BACKLOG,
        reuse_port=shared,
        dualstack_ipv6=family == socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6(),
    )
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # a phone that drove into a tunnel mid-request
    if sys.platform == "linux":
        for option, seconds in ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 10)):
            listening.setsockopt(socket.IPPROTO_TCP, option, seconds)
    listening.setblocking(False)
    return listening


def _explained(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: stop what serves there, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Only root may listen on port {port}: choose one above 1023 with --port."
    return f"{host} is not an address of this machine ({error.strerror}): choose another with --host."
