"""The composition root of ``serve``: settings → sockets → parts → supervisor."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from bridge import dav_counts, logs
from bridge.listening import CannotListen, listen
from bridge.place import NotThere, Place
from bridge.settings import Settings
from bridge.supervisor import Part, Supervisor, child_environment, python_module
from storage_plugin.model.book import BookError

PAGE_AFTER = 3600.0
"""Seconds after which the page's process is started though nobody came."""

APPLICATION = "storage_plugin.dav.application:application"
"""The WSGI application of the DAV workers; it reads the database's URL from CONTACT_BRIDGE_DATABASE."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate chain and private key, as PEM files."""

    certificate: Path
    key: Path


def tls_of(settings: Settings, folder: Path) -> Tls | None:
    """Give the files for https, checked; None for http. Raises CannotListen when they cannot be used."""
    if not settings.certificate and not settings.private_key:
        return None
    if not settings.certificate or not settings.private_key:
        raise CannotListen("https needs both files: give --cert and --key.")
    tls = Tls(folder / settings.certificate, folder / settings.private_key)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, password="")
    except ssl.SSLError as error:
        reason = (error.reason or "no PEM file").replace("_", " ").lower()
        raise CannotListen(f"{tls.certificate} and {tls.key} cannot be used for https: {reason}.") from error
    except OSError as error:
        raise CannotListen(f"The certificate or its key cannot be read: {error.strerror}.") from error
    return tls


def serve(
    place: Place,
    settings: Settings,
    say: Callable[[str], None],
    on_ready: Callable[[str], None],
    beside: Sequence[Part] = (),
    page: socket.socket | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; ``on_ready`` gets the address when all of them answer, those ``beside``, too.

    ``page`` is the listening socket of the web page (``page_socket``).
    """
    with page or nullcontext():
        tls = tls_of(settings, place.folder.absolute())
        sockets = listen(settings.host, settings.port, settings.workers)
        port = sockets[0].getsockname()[1]
        counts = dav_counts.make(place.folder, f"port-{port}", len(sockets))
        workers = [_worker(*each, settings.threads, tls) for each in zip_longest(sockets, counts)]
        parts = [
            Part(f"DAV worker {index}", command, descriptors)
            for index, (command, descriptors) in enumerate(workers, start=1)
        ]
        parts += [*beside, _mirroring(place, settings, is_vital=False)]
        if page is not None:
            served = ("--port", str(sockets[0].getsockname()[1]), "--certificate", settings.certificate)
            parts.append(_page(place, page, served, is_vital=False))
        address = _address(sockets[0], settings.host, is_secure=tls is not None)
        Supervisor(parts, _environment(place, settings), say, lambda: on_ready(address)).run()


def _address(listening: socket.socket, host: str, *, is_secure: bool) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_secure else 'http'}://{shown}:{listening.getsockname()[1]}/"


def serve_mirrors(place: Place, settings: Settings, say: Callable[[str], None], on_ready: Callable[[], None]) -> None:
    """Run the mirrors alone until SIGTERM or Ctrl-C."""
    Supervisor([_mirroring(place, settings, is_vital=True)], _environment(place, settings), say, on_ready).run()


def page_socket(settings: Settings) -> socket.socket:
    """Open the socket of the web page; raise CannotListen."""
    try:
        return listen(settings.web_host, settings.web_port, 1)[0]
    except CannotListen as error:
        raise CannotListen(str(error).replace("--port", "--web-port").replace("--host", "--web-host")) from error


def page_address(listening: socket.socket) -> str:
    """Give the address at which a browser on this machine finds the page."""
    host = listening.getsockname()[0]
    return _address(listening, {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), is_secure=False)


def serve_page(place: Place, settings: Settings, say: Callable[[str], None], on_ready: Callable[[str], None]) -> None:
    """Serve the web page alone until SIGTERM or Ctrl-C."""
    with page_socket(settings) as listening:
        part = _page(place, listening, (), is_vital=True)
        Supervisor([part], _environment(place, settings), say, lambda: on_ready(page_address(listening))).run()


def _page(place: Place, listening: socket.socket, served: Sequence[str], *, is_vital: bool) -> Part:
    """The process that serves the page; beside the DAV workers it is started when somebody comes, or after a while.

    Nobody may ever come: it also lets go of what is too old, and tells of troubles by e-mail.
    ``served`` tells it how phones reach those, where that is not as set.
    """
    descriptor = listening.fileno()
    where = ("--data", str(place.folder.absolute()), "--listening", str(descriptor))
    command = python_module("bridge.web", *where, *served)
    if is_vital:
        return Part("the page", command, (descriptor,))

    begun = time.monotonic()

    def is_needed() -> bool:
        return bool(select.select([listening], [], [], 0)[0]) or time.monotonic() - begun > PAGE_AFTER

    return Part("the page", command, (descriptor,), is_needed, is_vital=False, look_again=0.1)


def _mirroring(place: Place, settings: Settings, *, is_vital: bool) -> Part:
    """The process that runs the mirrors; beside the DAV workers it is started when there is a mirror."""
    arguments = ["--data", str(place.folder.absolute())]
    if settings.notifications:
        arguments += ["--notifications", settings.notifications]
        arguments += ["--notifications-listen", settings.notifications_listen]
    command = python_module("bridge.mirroring", *arguments)
    if is_vital:
        return Part("the bridge", command)
    return Part("the bridge", command, is_needed=lambda: _has_mirrors(place), is_vital=False)


def _has_mirrors(place: Place) -> bool:
    """Tell whether a mirror is switched on; a database that is away has none for now."""
    from storage_plugin.database.mirrors import Mirrors, State

    try:
        with place.opened() as database:
            return any(each.state is not State.STOPPED for each in Mirrors(database).all())
    except (BookError, NotThere):
        return False


def _environment(place: Place, settings: Settings) -> dict[str, str]:
    """Tell the DAV workers what they read from their environment (``storage_plugin.dav.application``)."""
    said = {"CONTACT_BRIDGE_DATABASE": place.database_url(), "CONTACT_BRIDGE_THREADS": str(settings.threads)}
    said["CONTACT_BRIDGE_TRUSTED_PROXIES"] = " ".join(settings.trusted_proxies)
    said[logs.VARIABLE] = settings.log
    if settings.vcard4:
        said["CONTACT_BRIDGE_VCARD4"] = "1"
    if settings.radicale:
        said["RADICALE_CONFIG"] = str(place.folder.absolute() / settings.radicale)
    return child_environment(**said)


def _worker(
    listening: socket.socket, counts: int | None, threads: int, tls: Tls | None
) -> tuple[list[str], tuple[int, ...]]:
    """Give the command of a DAV worker, and the descriptors that it inherits."""
    descriptors = [listening.fileno()]
    arguments = [APPLICATION, "--listening", str(listening.fileno()), "--threads", str(threads)]
    if counts is not None:
        descriptors.append(counts)
        arguments += ["--counts", str(counts)]
    if tls is not None:
        arguments += ["--cert", str(tls.certificate), "--key", str(tls.key)]
    return python_module("bridge.worker", *arguments), tuple(descriptors)
